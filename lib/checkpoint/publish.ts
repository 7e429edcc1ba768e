/**
 * Writes the checkpoints of a flow: into MM2's topic on the target, then into the state. In this
 * order a crash in between has them written again, which changes nothing for a reader; in the other
 * order they would be missing in the topic for as long as the group stands still.
 *
 * What did not change is written neither here nor there. So what the state says of a group's lag is
 * of the time when the group was last written; metrics have the lag of every run.
 */
import type { EmissionSettings } from '../config/model.ts';
import type { Deadline } from '../deadline.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { TopicCreation } from '../kafka/topic-creation.ts';
import { encodeCheckpoint } from '../mm2/formats.ts';
import { appendRecords, ensureCompactedTopic, type NewRecord } from '../mm2/topics.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import type { CheckpointStore, GroupCheckpoints } from '../state/ports.ts';
import { type EarlierCheckpoints, readEarlier } from './earlier.ts';
import type { FlowPositions, GroupPosition, GroupPositions } from './positions.ts';
import { type GroupPlan, planGroup } from './recent.ts';

export interface PublishDependencies {
  target: {
    dataPlane: KafkaDataPlane;
    /** Creates the topic, where it is missing. */
    admin: TopicCreation;
  };
  checkpoints: Pick<CheckpointStore, 'read' | 'write'>;
  policy: Pick<ReplicationPolicy, 'checkpointsTopic'>;
  settings: { source: { alias: string }; checkpoints: EmissionSettings };
}

export interface PublishedGroup {
  group: string;
  /** Checkpoints that the target acknowledged. */
  publishedCount: number;
  /** Positions that say nothing more than what was published before. */
  repeatedCount: number;
  /** Positions that have no offset on the target; each says why. */
  refused: readonly GroupPosition[];
  /** Why the source told nothing of the group, or why its checkpoints are not written or stored. */
  failure?: MirrorlessError;
}

export interface PublishResult {
  topic: string;
  groups: readonly PublishedGroup[];
  /** Groups with checkpoints that the source has ceased to list since the last run. */
  gone: readonly string[];
  /** From the start of the run to the target's acknowledgement; one for each write. */
  latenciesMs: readonly number[];
  failures: readonly MirrorlessError[];
}

export interface Run {
  /** The time of the checkpoints, as in MM2 before any offset was read. */
  startedAtMs: number;
  deadline: Deadline;
}

/**
 * What fails of one group is no failure of the others. Throws where it cannot be read what was
 * published before: then nothing is written, since it could send a group back.
 */
export async function publishCheckpoints(
  { groups, listed }: FlowPositions,
  dependencies: PublishDependencies,
  run: Run,
): Promise<PublishResult> {
  const topic = dependencies.policy.checkpointsTopic(dependencies.settings.source.alias);
  const refusal = await ensureTopic(topic, dependencies, run.deadline);
  const earlier = await readEarlier(topic, dependencies, run.deadline);
  const slices: SliceOutcome[] = [];
  for (let start = 0; start < groups.length; start += groupsAtOnce) {
    const slice = { topic, groups: groups.slice(start, start + groupsAtOnce), earlier };
    slices.push(await publishSlice(slice, dependencies, run));
  }
  const marked = await markGone({ listed, earlier }, dependencies, run);
  return {
    topic,
    groups: slices.flatMap((slice) => slice.groups),
    gone: marked.gone,
    latenciesMs: slices.flatMap(({ latencyMs }) => latencyMs ?? []),
    failures: [...(refusal ? [refusal] : []), ...earlier.failures, ...marked.failures],
  };
}

/** Groups whose checkpoints are written together: some 10,000 records, and their memory. */
const groupsAtOnce = 50;

/** The target's refusal, if so: the topic may be there all the same. */
async function ensureTopic(
  topic: string,
  { target, settings }: PublishDependencies,
  deadline: Deadline,
): Promise<MirrorlessError | undefined> {
  const { topicReplicationFactor: replicationFactor } = settings.checkpoints;
  const ensuring = ensureCompactedTopic(target.admin, { topic, replicationFactor });
  return await deadline.within(ensuring, `creating ${topic}`);
}

interface SliceOutcome {
  groups: PublishedGroup[];
  latencyMs?: number;
}

async function publishSlice(
  slice: { topic: string; groups: readonly GroupPositions[]; earlier: EarlierCheckpoints },
  { target, checkpoints }: PublishDependencies,
  { startedAtMs, deadline }: Run,
): Promise<SliceOutcome> {
  const { topic, groups, earlier } = slice;
  const plans = groups.map((group) => planGroup(group, earlier.of(group.group), startedAtMs));
  const records = plans.flatMap((plan) => recordsOf(plan, startedAtMs));
  try {
    await deadline.within(appendRecords(target.dataPlane, topic, records), `writing ${topic}`);
  } catch (error) {
    const failure = toMirrorlessError(error);
    return { groups: plans.map((plan, index) => notWritten(plan, groups[index]!, failure)) };
  }
  const latency = records.length === 0 ? {} : { latencyMs: Date.now() - startedAtMs };
  const changed = plans.flatMap(({ stored }) => stored ?? []);
  const failures = await store(changed, checkpoints, deadline);
  return {
    groups: plans.map((plan, index) => written(plan, groups[index]!, failures.get(plan.group))),
    ...latency,
  };
}

function recordsOf({ group, publish }: GroupPlan, timestampMs: number): NewRecord[] {
  return publish.map(({ position, downstreamOffset }) => {
    const { remoteTopic: topic, partition, upstreamOffset, metadata } = position;
    const checkpoint = { group, topic, partition, upstreamOffset, downstreamOffset, metadata };
    return { ...encodeCheckpoint(checkpoint), timestampMs };
  });
}

/** By group, what could not be stored. Never rejects: what is published, is. */
async function store(
  groups: readonly GroupCheckpoints[],
  checkpoints: PublishDependencies['checkpoints'],
  deadline: Deadline,
): Promise<Map<string, MirrorlessError>> {
  if (groups.length === 0) return new Map();
  try {
    const answers = await deadline.within(checkpoints.write(groups), 'storing the checkpoints');
    const failed = answers.flatMap((answer, index): [string, MirrorlessError][] => {
      return answer.ok ? [] : [[groups[index]!.group, answer.error]];
    });
    return new Map(failed);
  } catch (error) {
    return new Map(groups.map(({ group }) => [group, toMirrorlessError(error)]));
  }
}

function written(
  { group, publish, repeatedCount, refused }: GroupPlan,
  found: GroupPositions,
  failure = found.failure,
): PublishedGroup {
  const counts = { publishedCount: publish.length, repeatedCount };
  return { group, ...counts, refused, ...(failure === undefined ? {} : { failure }) };
}

/** A group that had nothing to be written lost nothing. */
function notWritten(
  plan: GroupPlan,
  found: GroupPositions,
  failure: MirrorlessError,
): PublishedGroup {
  if (plan.publish.length === 0) return written(plan, found);
  return { ...written(plan, found, failure), publishedCount: 0 };
}

/**
 * A group that was deleted keeps its checkpoints: consumers on the target may go on from there. It
 * is said once. Where a broker did not list its groups, nobody knows which ones are gone.
 */
async function markGone(
  { listed, earlier }: { listed: FlowPositions['listed']; earlier: EarlierCheckpoints },
  { checkpoints }: PublishDependencies,
  { startedAtMs, deadline }: Run,
): Promise<{ gone: string[]; failures: MirrorlessError[] }> {
  if (listed === undefined) return { gone: [], failures: [] };
  const gone = earlier.stored
    .filter(({ group, goneSinceMs }) => goneSinceMs === undefined && !listed.has(group))
    .map((one) => ({ ...one, goneSinceMs: startedAtMs }));
  const failures = await store(gone, checkpoints, deadline);
  return { gone: gone.map(({ group }) => group), failures: [...failures.values()] };
}
