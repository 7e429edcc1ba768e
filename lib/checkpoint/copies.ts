/** How far the copies of a flow are: what is asked of them where no group is of interest. */
import type { MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { StateStore } from '../state/ports.ts';
import { lookAtUncovered, partitionLags } from './lag.ts';
import type { PartitionView } from './partitions.ts';
import type { PartitionLag } from './positions.ts';

export interface CopiesDependencies {
  source: Pick<KafkaDataPlane, 'listOffsets' | 'fetch'>;
  state: Pick<StateStore, 'translate'>;
}

/**
 * Gives partitions the end of their map, and those that `isOnSource` the end of the source. What
 * fails of a partition is returned. Rejects where the state cannot be read.
 */
export async function measureCopies(
  partitions: readonly PartitionView[],
  { source, state }: CopiesDependencies,
  options: { startsAtEarliest: boolean; isOnSource(topic: string): boolean },
): Promise<{ lags: PartitionLag[]; failures: MirrorlessError[] }> {
  const failures: MirrorlessError[] = [];
  const requests = partitions.map((partition) => ({ partition, offsets: [] }));
  // The map first: what is copied meanwhile is no lag.
  const maps = await state.translate(requests, 'downstream');
  for (const [index, map] of maps.entries()) {
    if (!map.ok) failures.push(map.error);
    else if (map.value.end !== undefined) partitions[index]!.mapEnd = map.value.end;
  }
  const known = partitions.filter((_, index) => maps[index]!.ok);
  const read = known.filter(({ topic }) => options.isOnSource(topic));
  const ends = read.length === 0 ? [] : await source.listOffsets(read, 'latest');
  const nowMs = Date.now();
  for (const [index, end] of ends.entries()) {
    if (end.ok) read[index]!.sourceEnd = end.value;
    else failures.push(end.error);
  }
  failures.push(...(await lookAtUncovered(read, source, options)));
  return { lags: partitionLags(read, { ...options, nowMs }), failures };
}
