/** What was published of the groups before this run. */
import type { Deadline } from '../deadline.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { decodeCheckpoint } from '../mm2/formats.ts';
import { readToEnd } from '../mm2/topics.ts';
import type { CheckpointStore, GroupCheckpoints } from '../state/ports.ts';
import type { GroupPosition } from './positions.ts';
import type { Earlier, Offsets } from './recent.ts';

export interface EarlierCheckpoints {
  stored: readonly GroupCheckpoints[];
  of(group: string): Earlier;
  failures: readonly MirrorlessError[];
}

export interface EarlierDependencies {
  checkpoints: Pick<CheckpointStore, 'read'>;
  target: { dataPlane: KafkaDataPlane };
}

/**
 * From the state; and where that has nothing of the flow yet, from the topic: a flow that is taken
 * over from MM2 sends no group back. As in MM2, a topic that is missing or may not be read holds
 * nothing back. Throws what else the state or the target says.
 */
export async function readEarlier(
  topic: string,
  { checkpoints, target }: EarlierDependencies,
  deadline: Deadline,
): Promise<EarlierCheckpoints> {
  const { groups, failures } = await deadline.within(checkpoints.read(), 'the stored checkpoints');
  const stored = new Map(groups.map((one) => [one.group, one]));
  const isFirstRun = groups.length === 0 && failures.length === 0;
  const found = isFirstRun ? await readTopic(topic, target.dataPlane, deadline) : nothing;
  return {
    stored: groups,
    of(group) {
      const [known, onTopic] = [stored.get(group), found.byGroup.get(group)];
      return {
        ...(known === undefined ? {} : { stored: known }),
        ...(onTopic === undefined ? {} : { found: (position) => onTopic.get(keyOf(position)) }),
      };
    },
    failures: [...failures, ...found.failures],
  };
}

interface FoundCheckpoints {
  /** Then by the name and number of the remote partition. */
  byGroup: Map<string, Map<string, Offsets>>;
  failures: MirrorlessError[];
}

const nothing: FoundCheckpoints = { byGroup: new Map(), failures: [] };

async function readTopic(
  topic: string,
  target: KafkaDataPlane,
  deadline: Deadline,
): Promise<FoundCheckpoints> {
  const byGroup: FoundCheckpoints['byGroup'] = new Map();
  try {
    for await (const record of readToEnd(target, topic, deadline)) {
      const checkpoint = decodeCheckpoint(record);
      if (checkpoint === undefined) continue;
      const { group, topic: remoteTopic, partition, upstreamOffset, downstreamOffset } = checkpoint;
      const ofGroup = byGroup.get(group) ?? new Map<string, Offsets>();
      byGroup.set(group, ofGroup);
      ofGroup.set(keyOf({ remoteTopic, partition }), { upstreamOffset, downstreamOffset });
    }
  } catch (thrown) {
    const error = toMirrorlessError(thrown);
    if (error.code === 'TOPIC_MISSING') return nothing;
    if (error.code === 'UNAUTHORIZED') return { byGroup: new Map(), failures: [error] };
    throw error;
  }
  return { byGroup, failures: [] };
}

function keyOf({ remoteTopic, partition }: Pick<GroupPosition, 'remoteTopic' | 'partition'>) {
  return `${partition} ${remoteTopic}`;
}
