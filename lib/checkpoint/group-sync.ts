/** Moves consumer groups on the target to where they stand on the source. */
import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import type { CommittedOffset, GroupListing, KafkaGroups, Settled } from '../kafka/ports.ts';
import {
  type GroupSync,
  isIdle,
  type PartitionSync,
  planGroupSync,
  type TargetGroup,
  translatedOffset,
} from './group-sync-plan.ts';
import type { GroupPositions } from './positions.ts';
import { isConsumerGroup } from './select.ts';

export interface SyncGroupsOptions {
  positions: readonly GroupPositions[];
  /** The groups of the target. */
  target: KafkaGroups;
  /** Says what would be moved, and moves nothing. */
  dryRun?: boolean;
  /** Nothing is moved after it, also where the process was frozen in between. */
  deadline?: Pick<Deadline, 'remainingMs'>;
  /** Takes back moves of a plan; the final mode does. */
  restrict?: (planned: GroupSync) => GroupSync;
}

export interface SyncGroupsResult {
  /** In the order of the positions. */
  groups: readonly GroupSync[];
  /** Brokers of the target that did not list their groups. */
  failures: readonly MirrorlessError[];
}

/** Groups whose offsets are asked for together, and committed side by side. */
const groupsAtOnce = 50;

/**
 * Moves every partition that `planGroupSync` allows, with the metadata of the commit on the source.
 * What fails is named in its group; the others are served. Rejects only where the target cannot
 * list its groups at all.
 *
 * The offsets on the target are read right before they are replaced, and a group that has come
 * alive in between is refused by its own broker. Kafka has no conditional commit, so a group that
 * joins, commits and leaves within these milliseconds could still be moved back.
 */
export async function syncGroups(options: SyncGroupsOptions): Promise<SyncGroupsResult> {
  const { positions, target, dryRun = false, restrict = (planned) => planned } = options;
  const isOver = (): boolean => (options.deadline?.remainingMs() ?? 1) <= 0;
  const { groups: listed, failures } = await target.listGroups();
  const listings = new Map(listed.map((listing) => [listing.group, listing]));
  const groups: GroupSync[] = [];
  for (let first = 0; first < positions.length; first += groupsAtOnce) {
    const some = positions.slice(first, first + groupsAtOnce);
    const found = isOver() ? [] : await targetGroups(some, listings, target);
    const onTarget = isOver() ? some.map(() => outOfTime()) : found;
    const planned = some.map((group, index) => restrict(planGroupSync(group, onTarget[index]!)));
    groups.push(...(dryRun ? planned : await Promise.all(planned.map((p) => move(p, target)))));
  }
  return { groups, failures };
}

function outOfTime(): TargetGroup {
  const error = new MirrorlessError('TIME_EXHAUSTED', 'Time was over before the group was moved.');
  return { status: 'failed', error };
}

/**
 * In the order of `groups`. Also those are asked for that the target does not list: it may hide
 * them, or its broker may not have answered.
 */
async function targetGroups(
  groups: readonly GroupPositions[],
  listings: ReadonlyMap<string, GroupListing>,
  target: KafkaGroups,
): Promise<TargetGroup[]> {
  const statuses = groups.map(({ group }) => statusOf(listings.get(group)));
  const idle = groups.filter((_, index) => statuses[index] === 'idle').map(({ group }) => group);
  const committed = await target.committedOffsets(idle);
  const byGroup = new Map(idle.map((group, index) => [group, committed[index]!]));
  return groups.map(({ group }, index): TargetGroup => {
    const status = statuses[index]!;
    if (status !== 'idle') return { status };
    const answer = byGroup.get(group)!;
    return answer.ok
      ? { status, committed: answer.value }
      : { status: 'failed', error: answer.error };
  });
}

function statusOf(listing: GroupListing | undefined): 'idle' | 'live' | 'other-type' {
  if (listing === undefined) return 'idle';
  if (!isConsumerGroup(listing)) return 'other-type';
  return isIdle(listing) ? 'idle' : 'live';
}

async function move(planned: GroupSync, target: KafkaGroups): Promise<GroupSync> {
  const moves = planned.partitions.filter(({ outcome }) => outcome === 'would-move');
  if (moves.length === 0) return planned;
  const answers = await target.commitOffsets(planned.group, moves.flatMap(commitOf));
  const results = new Map(
    moves.map((partition, index) => [partition, settle(partition, answers[index]!)]),
  );
  const partitions = planned.partitions.map((partition) => results.get(partition) ?? partition);
  return { ...planned, partitions };
}

function commitOf({ position }: PartitionSync): CommittedOffset[] {
  const { remoteTopic: topic, partition, metadata } = position;
  const offset = translatedOffset(position);
  return offset === undefined ? [] : [{ topic, partition, offset, metadata }];
}

function settle(partition: PartitionSync, answer: Settled<undefined>): PartitionSync {
  if (answer.ok) return { ...partition, outcome: 'moved' };
  const { error } = answer;
  return { ...partition, outcome: error.code === 'GROUP_ACTIVE' ? 'live' : 'failed', error };
}
