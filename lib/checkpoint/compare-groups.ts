/** Where groups stand on the target, beside where they should go on there. Changes nothing. */
import type { MirrorlessError } from '../errors.ts';
import type { CommittedOffset, KafkaGroups, Settled } from '../kafka/ports.ts';
import type { StateStore } from '../state/ports.ts';
import { copiedBetween, type Distance } from './copied-between.ts';
import type { GroupPosition, GroupPositions } from './positions.ts';

/** What a consumer of the group would do that started on the target now. */
export const verdicts = {
  equal: 'reads on exactly where the group stands on the source',
  behind: 'would read records again',
  ahead: 'would skip records',
  absent: 'has no offset on the target: starts where auto.offset.reset says',
  unknown: 'there is nothing to compare with, or not yet',
} as const satisfies Record<string, string>;

export type Verdict = keyof typeof verdicts;

export interface PartitionComparison {
  /** Its downstream position is what is expected. */
  position: GroupPosition;
  /** What the group has committed on the target; absent where it has nothing there. */
  targetOffset?: bigint;
  verdict: Verdict;
  /** From what is expected, in copied records; where both offsets are known. */
  distance?: Distance;
  /** Why it is unknown, where the position does not tell. */
  error?: MirrorlessError;
}

export interface GroupComparison {
  group: string;
  /** On the source. */
  state: string;
  /** Absent where the target does not list the group. */
  targetState?: string;
  partitions: readonly PartitionComparison[];
  /** Why nothing, or not everything, is known of the group on the source. */
  failure?: MirrorlessError;
}

export interface CompareGroupsOptions {
  positions: readonly GroupPositions[];
  /** The groups of the target. */
  target: KafkaGroups;
  map: Pick<StateStore, 'translate' | 'segments'>;
}

export interface GroupsComparison {
  /** In the order of the positions. */
  groups: readonly GroupComparison[];
  /** Brokers of the target that did not list their groups. */
  failures: readonly MirrorlessError[];
}

/** Rejects where the map cannot be read at all. */
export async function compareGroups(options: CompareGroupsOptions): Promise<GroupsComparison> {
  const { positions, target, map } = options;
  const [listed, committed] = await Promise.all([
    target.listGroups(),
    target.committedOffsets(positions.map(({ group }) => group)),
  ]);
  const states = new Map(listed.groups.map(({ group, state }) => [group, state]));
  const groups = positions.map((source, index): GroupComparison => {
    const targetState = states.get(source.group);
    return {
      group: source.group,
      state: source.state,
      ...(targetState === undefined ? {} : { targetState }),
      partitions: comparePositions(source.positions, committed[index]!),
      ...(source.failure === undefined ? {} : { failure: source.failure }),
    };
  });
  return { groups: await withDistances(groups, map), failures: listed.failures };
}

export function isEqual({ partitions, failure }: GroupComparison): boolean {
  return failure === undefined && partitions.every(({ verdict }) => verdict === 'equal');
}

function comparePositions(
  positions: readonly GroupPosition[],
  committed: Settled<readonly CommittedOffset[]>,
): PartitionComparison[] {
  if (!committed.ok) {
    const { error } = committed;
    return positions.map((position) => ({ position, verdict: 'unknown', error }));
  }
  // Some clients reset an offset to -1: the same as none.
  const offsets = new Map(
    committed.value
      .filter(({ offset }) => offset >= 0n)
      .map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]),
  );
  return positions.map((position) => {
    const targetOffset = offsets.get(`${position.remoteTopic}-${position.partition}`);
    const verdict = verdictOf(position, targetOffset);
    return { position, ...(targetOffset === undefined ? {} : { targetOffset }), verdict };
  });
}

function verdictOf({ downstream }: GroupPosition, targetOffset: bigint | undefined): Verdict {
  // What is `ahead` has its place on the target only when more is copied; `sampled` is about there.
  if (downstream.status !== 'exact') return 'unknown';
  if (targetOffset === undefined) return 'absent';
  if (targetOffset === downstream.offset) return 'equal';
  return targetOffset < downstream.offset ? 'behind' : 'ahead';
}

/** Two offsets with no copied record in between are equal too. */
async function withDistances(
  groups: readonly GroupComparison[],
  map: CompareGroupsOptions['map'],
): Promise<GroupComparison[]> {
  const unequal = groups.flatMap(({ partitions }) => partitions.flatMap(stretchOf));
  const distances = await copiedBetween(
    map,
    unequal.map(({ stretch }) => stretch),
  );
  const measured = new Map(
    unequal.map(({ comparison }, index) => [
      comparison,
      withDistance(comparison, distances[index]!),
    ]),
  );
  return groups.map((group) => ({
    ...group,
    partitions: group.partitions.map((comparison) => measured.get(comparison) ?? comparison),
  }));
}

function stretchOf(comparison: PartitionComparison) {
  const { position, targetOffset, verdict } = comparison;
  const { downstream, topic, partition } = position;
  if (verdict !== 'behind' && verdict !== 'ahead') return [];
  if (downstream.status !== 'exact' || targetOffset === undefined) return [];
  const [from, to] =
    verdict === 'behind' ? [targetOffset, downstream.offset] : [downstream.offset, targetOffset];
  return [{ comparison, stretch: { partition: { topic, partition }, from, to } }];
}

/** Where the map does not answer, the verdict stands and the distance is not known. */
function withDistance(
  comparison: PartitionComparison,
  distance: Settled<Distance>,
): PartitionComparison {
  if (!distance.ok) return { ...comparison, error: distance.error };
  if (distance.value.records === 0n) return { ...comparison, verdict: 'equal' };
  return { ...comparison, distance: distance.value };
}
