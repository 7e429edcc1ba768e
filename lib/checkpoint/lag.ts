/** How far the copy, and each group, is behind the source: in records and in time. */
import type { MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { firstUnread, lookAt, type Question } from './first-unread.ts';
import type { PartitionView } from './partitions.ts';
import type { GroupPosition, Lag, PartitionLag } from './positions.ts';

const none: Lag = { records: 0n, timeMs: 0 };

/**
 * From where on nothing of a partition is acknowledged. Undefined where nobody can tell: of what is
 * not copied yet, a flow that does not start at the earliest record leaves out as much as it likes,
 * if there is any.
 */
function uncoveredFrom(
  { mapEnd, sourceEnd }: PartitionView,
  { startsAtEarliest }: { startsAtEarliest: boolean },
): bigint | undefined {
  if (mapEnd !== undefined) return mapEnd.upstream;
  return startsAtEarliest || sourceEnd === 0n ? 0n : undefined;
}

/**
 * One batched look at the first record of each partition that is not copied, which tells the lag of
 * the copy, and whether groups beyond it have anything before them.
 */
export function lookAtUncovered(
  partitions: readonly PartitionView[],
  source: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  options: { startsAtEarliest: boolean },
): Promise<MirrorlessError[]> {
  const questions = partitions.flatMap((partition): Question[] => {
    const { sourceEnd, unmapped } = partition;
    const offset = unmapped === undefined ? uncoveredFrom(partition, options) : 0n;
    if (offset === undefined || sourceEnd === undefined || offset >= sourceEnd) return [];
    return [{ partition, offset }];
  });
  return lookAt(source, questions);
}

/** How far each partition's copy is behind; of those where both sides told. */
export function partitionLags(
  partitions: readonly PartitionView[],
  options: { startsAtEarliest: boolean; nowMs: number },
): PartitionLag[] {
  return partitions.flatMap((view) => {
    const { topic, partition } = view;
    const from = uncoveredFrom(view, options);
    const lag = from === undefined ? undefined : lagAt(view, from, options.nowMs);
    return lag === undefined ? [] : [{ topic, partition, lag }];
  });
}

/**
 * Gives every position its lag. In time it is known of the records that were looked at: each round
 * looks once into each partition, at the group that is furthest behind there.
 */
export async function measureGroups(
  partitions: readonly PartitionView[],
  source: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  { rounds, nowMs }: { rounds: number; nowMs: number },
): Promise<MirrorlessError[]> {
  const failures: MirrorlessError[] = [];
  for (const { positions } of partitions) positions.sort(byUpstreamOffset);
  for (let round = 0; round < rounds; round += 1) {
    failures.push(...(await lookAt(source, partitions.flatMap(furthestBehind))));
  }
  for (const partition of partitions) setLags(partition, nowMs);
  return failures;
}

function byUpstreamOffset(one: GroupPosition, other: GroupPosition): number {
  if (one.upstreamOffset === other.upstreamOffset) return 0;
  return one.upstreamOffset < other.upstreamOffset ? -1 : 1;
}

function furthestBehind(partition: PartitionView): Question[] {
  const { positions, sourceEnd } = partition;
  if (sourceEnd === undefined) return [];
  const found = positions.find(
    ({ upstreamOffset: offset }) =>
      offset < sourceEnd && firstUnread(partition, offset) === undefined,
  );
  return found === undefined ? [] : [{ partition, offset: found.upstreamOffset }];
}

/** Groups that stand alike share one object. */
function setLags(partition: PartitionView, nowMs: number): void {
  let last: GroupPosition | undefined;
  for (const position of partition.positions) {
    const isAlike = last?.upstreamOffset === position.upstreamOffset;
    const lag = isAlike ? last?.lag : lagAt(partition, position.upstreamOffset, nowMs);
    if (lag !== undefined) position.lag = lag;
    last = position;
  }
}

/** Of a reader whose next offset this is; undefined where the source did not say its end. */
function lagAt(
  partition: Pick<PartitionView, 'known' | 'sourceEnd'>,
  offset: bigint,
  nowMs: number,
): Lag | undefined {
  const { sourceEnd } = partition;
  if (sourceEnd === undefined) return undefined;
  if (offset >= sourceEnd) return none;
  const first = firstUnread(partition, offset);
  if (first === undefined) return { records: sourceEnd - offset };
  // A record that came after the end was read is no lag yet.
  if ('end' in first || first.offset >= sourceEnd) return none;
  return { records: sourceEnd - first.offset, timeMs: Math.max(0, nowMs - first.timestampMs) };
}
