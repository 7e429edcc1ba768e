/** Which positions of a group are published: those that tell its reader more than the last time. */
import type { GroupCheckpoints, StoredCheckpoint } from '../state/ports.ts';
import type { DownstreamPosition, GroupPosition, GroupPositions } from './positions.ts';

export type Offsets = Pick<StoredCheckpoint, 'upstreamOffset' | 'downstreamOffset'>;

/**
 * MM2's rule: the first one; a group that was rewound on the source; or one that goes on further in
 * the target than was known. The same again says nothing, and nobody is sent back who did not go
 * back.
 */
export function isMoreRecent(next: Offsets, previous: Offsets | undefined): boolean {
  if (previous === undefined) return true;
  const isRewound = next.upstreamOffset < previous.upstreamOffset;
  const isFurther = next.downstreamOffset > previous.downstreamOffset;
  return isRewound || isFurther;
}

export interface GroupPlan {
  group: string;
  /** To be written, with the offsets that they have on the target. */
  publish: readonly Published[];
  /** Positions that tell nothing more than before. */
  repeatedCount: number;
  /** Positions without an offset on the target. */
  refused: readonly GroupPosition[];
  /** What is to be stored once they are written; absent where that is stored already. */
  stored?: GroupCheckpoints;
}

export interface Published {
  position: GroupPosition;
  downstreamOffset: bigint;
}

/** What was published of a group before this run. */
export interface Earlier {
  /** Absent where the store does not know the group. */
  stored?: GroupCheckpoints;
  /** What somebody else published, as it lies on the target; only where the store is empty. */
  found?(position: GroupPosition): Offsets | undefined;
}

/** What of a group's positions is written into the checkpoints topic, and then into the store. */
export function planGroup(
  { group, positions }: GroupPositions,
  { stored, found }: Earlier,
  nowMs: number,
): GroupPlan {
  const checkpoints = new Map(stored?.checkpoints.map((one) => [keyOf(one), one]));
  const publish: Published[] = [];
  const refused: GroupPosition[] = [];
  let repeatedCount = 0;
  let isChanged = stored === undefined || stored.goneSinceMs !== undefined;
  for (const position of positions) {
    const { downstream, upstreamOffset } = position;
    if (!('offset' in downstream)) {
      refused.push(position);
      continue;
    }
    const key = keyOf(position);
    const last = checkpoints.get(key);
    const previous = last ?? found?.(position);
    const next = { upstreamOffset, downstreamOffset: downstream.offset };
    const isNews = isMoreRecent(next, previous);
    if (isNews) publish.push({ position, downstreamOffset: downstream.offset });
    else repeatedCount += 1;
    const checkpoint = checkpointOf(position, isNews ? next : (previous ?? next));
    isChanged ||= isNews || last?.exactness !== checkpoint.exactness;
    checkpoints.set(key, checkpoint);
  }
  const plan = { group, publish, repeatedCount, refused };
  if (!isChanged) return plan;
  return {
    ...plan,
    stored: { group, publishedAtMs: nowMs, checkpoints: [...checkpoints.values()] },
  };
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${partition} ${topic}`;
}

function checkpointOf(position: GroupPosition, offsets: Offsets): StoredCheckpoint {
  const { topic, partition, metadata, downstream, lag } = position;
  return {
    topic,
    partition,
    upstreamOffset: offsets.upstreamOffset,
    downstreamOffset: offsets.downstreamOffset,
    metadata,
    exactness: exactnessOf(downstream, offsets),
    ...(lag === undefined ? {} : { lagRecords: lag.records }),
  };
}

/** What was published before stays where it is, though by now more may be known. */
function exactnessOf(
  downstream: DownstreamPosition,
  { downstreamOffset }: Offsets,
): StoredCheckpoint['exactness'] {
  if (downstream.status === 'sampled') return 'sampled';
  const isExact = downstream.status === 'exact' && downstream.offset === downstreamOffset;
  return isExact ? 'exact' : 'ahead';
}
