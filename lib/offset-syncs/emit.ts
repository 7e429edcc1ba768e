import { mapBounded } from '../bounded.ts';
import type { FlowSettings } from '../config/flow-settings.ts';
import type { Deadline } from '../deadline.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { TopicCreation } from '../kafka/topic-creation.ts';
import { encodeOffsetSync } from '../mm2/formats.ts';
import { appendRecords, ensureCompactedTopic, type NewRecord } from '../mm2/topics.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import type {
  CheckpointStore,
  PartitionState,
  Segment,
  SourcePartition,
  StateStore,
} from '../state/ports.ts';
import { knownSyncs } from './known.ts';
import { type CopiedRecord, planSyncs, standingOf } from './plan.ts';

export interface OffsetSyncDependencies {
  source: OffsetSyncCluster;
  target: OffsetSyncCluster;
  policy: ReplicationPolicy;
  state: Pick<StateStore, 'read' | 'segments'>;
  store: Pick<CheckpointStore, 'readSyncs' | 'writeSyncs'>;
  settings: FlowSettings['offsetSyncs'];
}

export interface OffsetSyncCluster {
  alias: string;
  dataPlane: KafkaDataPlane;
  /** Creates the topic, where it is missing. */
  admin: TopicCreation;
}

export interface OffsetSyncsResult {
  /** The alias of the cluster that has the topic. */
  cluster: string;
  topic: string;
  emittedCount: number;
  /** Where earlier syncs told of other records; readers forget them and begin with these. */
  restarted: readonly SourcePartition[];
  /** Of the topic, or of one partition each: the others were emitted. */
  failures: readonly MirrorlessError[];
}

/**
 * Tells MM2's readers what was copied since the last run, of the partitions that the flow mirrors.
 * To be called by one invocation at a time: what two told at once would go back and forth. What has
 * been told is read from the topic, so nothing is told twice even where a run ended in the middle.
 * Never rejects: without these syncs nothing of Mirrorless is missing.
 */
export async function emitOffsetSyncs(
  dependencies: OffsetSyncDependencies,
  partitions: readonly SourcePartition[],
  deadline: Deadline,
): Promise<OffsetSyncsResult> {
  const { host, topic } = whereTo(dependencies);
  const result = { cluster: host.alias, topic, emittedCount: 0 };
  const restarted: SourcePartition[] = [];
  const failures: MirrorlessError[] = [];
  try {
    const { topicReplicationFactor: replicationFactor } = dependencies.settings;
    const refusal = await ensureCompactedTopic(host.admin, { topic, replicationFactor });
    const log = { dataPlane: host.dataPlane, topic, refusal };
    const known = await knownSyncs({ log, store: dependencies.store }, partitions, deadline);
    // The map after the topic: what has been told is then in the map, whoever told it.
    const states = await deadline.within(dependencies.state.read(partitions), 'reading the state');
    const told = await mapBounded(partitions, partitionsAtOnce, async (partition, index) => {
      try {
        const state = states[index];
        if (state === undefined) return [];
        const plan = await planPartition({ partition, state, known: known[index] }, dependencies);
        if (plan.isRestarted) restarted.push(partition);
        return plan.records.map((record) => recordOf(partition, record));
      } catch (error) {
        failures.push(toMirrorlessError(error));
        return [];
      }
    });
    const records = told.flat();
    await deadline.within(appendRecords(host.dataPlane, topic, records), `writing ${topic}`);
    return { ...result, emittedCount: records.length, restarted, failures };
  } catch (error) {
    failures.push(toMirrorlessError(error));
    return { ...result, restarted: [], failures };
  }
}

/** Of each, as much of the map is in memory as is new; where nothing was ever told, all of it. */
const partitionsAtOnce = 8;

/** MM2's naming: after the alias of the cluster that the topic is *not* on. */
function whereTo({ source, target, policy, settings }: OffsetSyncDependencies) {
  const [host, other] = settings.location === 'source' ? [source, target] : [target, source];
  return { host, topic: policy.offsetSyncsTopic(other.alias) };
}

interface View {
  partition: SourcePartition;
  state: PartitionState;
  /** The newest sync in the topic. */
  known: CopiedRecord | undefined;
}

async function planPartition(view: View, dependencies: OffsetSyncDependencies) {
  const { lagMax } = dependencies.settings;
  const { partition, state, known } = view;
  const { upstreamEnd } = state.segment;
  const wholeMap = () => dependencies.state.segments(partition, 0n, upstreamEnd);
  if (known === undefined) {
    return { isRestarted: false, records: planSyncs(await wholeMap(), { lagMax }) };
  }
  const segments = await mapSince(known, view, dependencies);
  const standing = standingOf(known, segments);
  if (standing === 'same') {
    const records = planSyncs(segments, { lagMax, after: known.upstreamOffset });
    return { isRestarted: false, records };
  }
  if (standing === 'ahead' && (await isHeld(known, view, dependencies))) {
    return { isRestarted: false, records: [] };
  }
  return { isRestarted: true, records: planSyncs(await wholeMap(), { lagMax }) };
}

/** Most often the newest segment has all of it, and nothing more need be read. */
async function mapSince(
  { upstreamOffset }: CopiedRecord,
  { partition, state: { segment } }: View,
  { state }: OffsetSyncDependencies,
): Promise<readonly Segment[]> {
  if (upstreamOffset >= segment.upstreamStart) return [segment];
  return await state.segments(partition, upstreamOffset, segment.upstreamEnd);
}

/**
 * Whether the target holds the record that lies beyond the map: then the map is a restored one that
 * has yet to find it, otherwise the target's topic is another one.
 */
async function isHeld(
  { downstreamOffset }: CopiedRecord,
  { partition: { topic, partition } }: View,
  { source, target, policy }: OffsetSyncDependencies,
): Promise<boolean> {
  const remoteTopic = policy.formatRemoteTopic(source.alias, topic);
  const [end] = await target.dataPlane.listOffsets([{ topic: remoteTopic, partition }], 'latest');
  if (end?.ok) return downstreamOffset < end.value;
  throw end?.error;
}

/** As MM2's own, with the time of writing. */
function recordOf(partition: SourcePartition, record: CopiedRecord): NewRecord {
  const { topic, partition: number } = partition;
  const sync = encodeOffsetSync({ topic, partition: number, ...record });
  return { ...sync, timestampMs: Date.now() };
}
