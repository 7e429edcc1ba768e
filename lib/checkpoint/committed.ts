/** What the groups of the source have committed, by group and by partition. */
import type { MirrorlessError } from '../errors.ts';
import type { CommittedOffset, GroupListing, KafkaGroups } from '../kafka/ports.ts';
import type { PatternFilter } from '../policy/pattern-filter.ts';
import type { Partitions } from './partitions.ts';
import type { GroupPosition, GroupPositions } from './positions.ts';
import { selectGroups } from './select.ts';

export interface CommittedGroups {
  groups: GroupPositions[];
  /** Every group of the source; absent where a broker did not list its own. */
  listed?: ReadonlySet<string>;
  failures: MirrorlessError[];
}

/** Groups whose offsets are asked for together: an answer of some 10,000 offsets at once. */
const groupsAtOnce = 50;

/** Positions are entered in the partitions too. Throws where no broker lists its groups. */
export async function readCommitted(
  source: Pick<KafkaGroups, 'listGroups' | 'committedOffsets'>,
  partitions: Partitions,
  { groupFilter, names }: { groupFilter: PatternFilter; names?: readonly string[] | undefined },
): Promise<CommittedGroups> {
  const { groups: listed, failures } = await source.listGroups();
  const selected = selectGroups(listed, groupFilter, names);
  const groups: GroupPositions[] = [];
  for (let start = 0; start < selected.length; start += groupsAtOnce) {
    const some = selected.slice(start, start + groupsAtOnce);
    const answers = await source.committedOffsets(some.map(({ group }) => group));
    for (const [index, { group, state }] of some.entries()) {
      const answer = answers[index]!;
      if (!answer.ok) groups.push({ group, state, positions: [], failure: answer.error });
      else groups.push({ group, state, positions: enter(answer.value, partitions) });
    }
  }
  return {
    // MM2 leaves out a group without an offset in any topic of the filter.
    groups: groups.filter(({ positions, failure }) => positions.length > 0 || failure),
    ...(failures.length === 0 ? { listed: namesOf(listed) } : {}),
    failures,
  };
}

function enter(offsets: readonly CommittedOffset[], partitions: Partitions): GroupPosition[] {
  const positions: GroupPosition[] = [];
  for (const committed of offsets) {
    // Some clients reset an offset to -1: the same as none.
    const partition = committed.offset < 0n ? undefined : partitions.forGroups(committed);
    if (partition === undefined) continue;
    const position: GroupPosition = {
      topic: partition.topic,
      partition: partition.partition,
      remoteTopic: partition.remoteTopic,
      upstreamOffset: committed.offset,
      metadata: committed.metadata,
      downstream: notYet,
    };
    partition.positions.push(position);
    positions.push(position);
  }
  return positions;
}

const notYet = { status: 'no-map' } as const;

function namesOf(listed: readonly GroupListing[]): Set<string> {
  return new Set(listed.map(({ group }) => group));
}
