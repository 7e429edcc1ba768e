/** Which positions of consumer groups may be moved on the target, and why the others stay. */
import type { MirrorlessError } from '../errors.ts';
import type { CommittedOffset, GroupListing, TopicPartition } from '../kafka/ports.ts';
import type { FlowPositions, GroupPosition, GroupPositions } from './positions.ts';

/** All that can be said of one partition of a group. */
export const syncOutcomes = {
  moved: 'the target accepted the translated offset',
  'already-there': 'stood at the translated offset',
  'would-move': 'may be moved to the translated offset',
  live: 'the group has members on the target: its offsets there are its own',
  'other-type': 'on the target a group of this name exists that is no consumer group',
  'target-further': 'the group has committed beyond that there; no group is ever moved backwards',
  'before-map': 'records that the group has not read lie before the first one copied',
  'no-map': 'nothing of the partition was copied yet',
  'target-truncated': 'the target ends before what it had acknowledged, or is gone',
  'source-recreated': 'the source ends before what was copied of it: other records, or none',
  failed: 'not known where the group should stand or stands, or the commit was refused',
  'source-live': 'final only: the group has members on the source, so it may still go on',
  ahead: 'final only: the group has read records that are not copied yet',
  sampled:
    'final only: the group stands in what MirrorMaker 2 copied, where its offset syncs tell no exact place; --allow-sampled moves it there, and it reads some records again',
  'held-back': 'final only: kept for what else is missing, since a group moves whole or not at all',
} as const satisfies Record<string, string>;

export type SyncOutcome = keyof typeof syncOutcomes;

/** One partition of a group. */
export interface PartitionSync {
  position: GroupPosition;
  /** What the group had committed on the target; absent where nothing, or where it was not asked. */
  targetOffset?: bigint;
  outcome: SyncOutcome;
  /** Of a failure, a truncation, and where only the commit showed that the group is live. */
  error?: MirrorlessError;
}

export interface GroupSync {
  group: string;
  /** On the source. */
  state: string;
  partitions: readonly PartitionSync[];
  /** Why nothing, or not everything, is known of the group on the source. */
  failure?: MirrorlessError;
}

/** A group that was asked for, or seen before, and of which there are no positions. */
export interface AbsentGroup {
  group: string;
  /**
   * `gone`: the source does not have it; `not-translated`: the group filter refuses it, it is no
   * consumer group, or it has no offset in a mirrored topic; `unknown`: not every broker answered.
   */
  reason: 'gone' | 'not-translated' | 'unknown';
}

export function absentGroups(
  names: Iterable<string>,
  { groups, listed }: Pick<FlowPositions, 'groups' | 'listed'>,
): AbsentGroup[] {
  const present = new Set(groups.map(({ group }) => group));
  return [...names]
    .filter((group) => !present.has(group))
    .map((group) => {
      if (listed === undefined) return { group, reason: 'unknown' };
      return { group, reason: listed.has(group) ? 'not-translated' : 'gone' };
    });
}

/** What the target has of a group; of one that it does not know, `idle` without commits. */
export type TargetGroup =
  | { status: 'live' | 'other-type' }
  | { status: 'idle'; committed: readonly CommittedOffset[] }
  | { status: 'failed'; error: MirrorlessError };

/**
 * What is to be done for a group: `would-move` for each partition that may be moved, otherwise why
 * not. The rules are those of MM2's group offset sync, with two refusals more: a group with members
 * is not even tried, and where records would be skipped nothing is moved.
 *
 * A position that is `ahead` is moved to the end of what is copied: whoever goes on there now, in a
 * disaster, reads again only what comes after; as more is copied the group is moved on. It is never
 * beyond the exact position, so nothing is skipped. The same holds for one that is `sampled`.
 */
export function planGroupSync(source: GroupPositions, target: TargetGroup): GroupSync {
  const { group, state, positions, failure } = source;
  const committed = committedOn(target);
  const partitions = positions.map((position): PartitionSync => {
    const targetOffset = committed(position);
    const planned = planPosition(position, target, targetOffset);
    return { position, ...planned, ...(targetOffset === undefined ? {} : { targetOffset }) };
  });
  return { group, state, partitions, ...(failure === undefined ? {} : { failure }) };
}

/** Undefined where the status of the position gives none. */
export function translatedOffset({ downstream }: GroupPosition): bigint | undefined {
  return 'offset' in downstream ? downstream.offset : undefined;
}

/** Partitions of each outcome that there is, in the order of `syncOutcomes`. */
export function countOutcomes(groups: readonly GroupSync[]): Map<SyncOutcome, number> {
  const all = groups.flatMap(({ partitions }) => partitions.map(({ outcome }) => outcome));
  const counts = (Object.keys(syncOutcomes) as SyncOutcome[]).map(
    (outcome) => [outcome, all.filter((one) => one === outcome).length] as const,
  );
  return new Map(counts.filter(([, count]) => count > 0));
}

/** True for a group without members, of either protocol, on either side. */
export function isIdle({ state }: Pick<GroupListing, 'state'>): boolean {
  return state === 'Empty' || state === 'Dead';
}

function committedOn(target: TargetGroup): (position: GroupPosition) => bigint | undefined {
  if (target.status !== 'idle') return () => undefined;
  const key = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;
  // Some clients reset an offset to -1: the same as none.
  const offsets = new Map(
    target.committed.filter(({ offset }) => offset >= 0n).map((one) => [key(one), one.offset]),
  );
  return ({ remoteTopic, partition }) => offsets.get(key({ topic: remoteTopic, partition }));
}

type Planned = Pick<PartitionSync, 'outcome' | 'error'>;

function planPosition(
  { downstream }: GroupPosition,
  target: TargetGroup,
  targetOffset: bigint | undefined,
): Planned {
  if (target.status === 'failed') return { outcome: 'failed', error: target.error };
  if (target.status !== 'idle') return { outcome: target.status };
  switch (downstream.status) {
    case 'before-map':
    case 'no-map':
      return { outcome: downstream.status };
    case 'target-truncated':
    case 'source-recreated':
      return { outcome: downstream.status, error: downstream.error };
    case 'unknown':
      return { outcome: 'failed', error: downstream.error };
    case 'exact':
    case 'ahead':
    case 'sampled':
      if (targetOffset === undefined || targetOffset < downstream.offset) {
        return { outcome: 'would-move' };
      }
      return { outcome: targetOffset === downstream.offset ? 'already-there' : 'target-further' };
  }
}
