import type { MeasuredPartition, MeasuredTopic } from './measure.ts';

/** How far several partitions are behind together. */
export interface LagSum {
  /** Of the partitions that are known. */
  records: bigint;
  /** Age of the oldest record not replicated; absent where it is not known of every partition. */
  timeMs?: number;
  /** Partitions of which the lag is known, and of which it is not. */
  knownCount: number;
  unknownCount: number;
}

export function lagOf(partitions: readonly MeasuredPartition[]): LagSum {
  const lags = partitions.flatMap(({ lag }) => lag ?? []);
  const times = lags.flatMap(({ timeMs }) => timeMs ?? []);
  const areAllTimed = times.length === partitions.length;
  return {
    records: lags.reduce((sum, { records }) => sum + records, 0n),
    ...(areAllTimed && { timeMs: times.reduce((oldest, each) => Math.max(oldest, each), 0) }),
    knownCount: lags.length,
    unknownCount: partitions.length - lags.length,
  };
}

/** Of several topics: what is gone from the source has none, what nobody tells of is unknown. */
export function totalLag(
  topics: readonly Pick<MeasuredTopic, 'partitions' | 'isOnSource'>[],
): LagSum {
  const present = topics.filter(({ isOnSource }) => isOnSource !== false);
  const hiddenCount = present.filter(({ partitions }) => partitions.length === 0).length;
  const { timeMs, ...sum } = lagOf(present.flatMap(({ partitions }) => partitions));
  const isTimed = timeMs !== undefined && hiddenCount === 0;
  const unknownCount = sum.unknownCount + hiddenCount;
  return { ...sum, unknownCount, ...(isTimed && { timeMs }) };
}
