/** Looks at everything that MirrorMaker 2 left of a flow: on both clusters, and in the state. */
import { setTimeout as delay } from 'node:timers/promises';
import { mapBounded } from '../bounded.ts';
import type { FlowSettings } from '../config/flow-settings.ts';
import type { Deadline } from '../deadline.ts';
import { isMirrorlessError, MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane, KafkaGroups, TopicPartition } from '../kafka/ports.ts';
import { answeredFor } from '../kafka/read-log.ts';
import type { ConnectOffset } from '../mm2/connect-offsets.ts';
import { decodeOffsetSync } from '../mm2/formats.ts';
import { readToEnd } from '../mm2/topics.ts';
import { mirrors } from '../policy/mirrored.ts';
import type { PatternFilter } from '../policy/pattern-filter.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import type { SampledSync, StateStore } from '../state/ports.ts';
import { connectorsOf, readConnectOffsets } from './connect-log.ts';
import type { SeenPartition } from './import-plan.ts';
import { addSync } from './sync-history.ts';
import { endsBefore, type Logs, type Walked, walkCopies } from './walk.ts';
import { type ConnectWorkers, findWorkers } from './workers.ts';

export interface LookDependencies {
  source: { dataPlane: KafkaDataPlane };
  target: { dataPlane: KafkaDataPlane; groups: Pick<KafkaGroups, 'listGroups'> };
  state: Pick<StateStore, 'read'>;
  policy: ReplicationPolicy;
  topicFilter: PatternFilter;
  settings: Pick<
    FlowSettings,
    'source' | 'target' | 'heartbeatsReplicationEnabled' | 'offsetSyncs'
  >;
}

export interface LookOptions {
  /** Of Connect's source offsets, on the target. */
  offsetsTopic: string;
  /** Only positions of this connector; needed where several keep one for the same partition. */
  connector?: string;
  deadline: Deadline;
}

export interface SeenMirror {
  workers: ConnectWorkers;
  /** The names under which positions of this source are kept. */
  connectors: readonly string[];
  partitions: readonly SeenPartition[];
}

/** Logs of so many partitions are compared at a time. */
const walksAtOnce = 8;
/** Whoever still writes is seen by a log that has moved on meanwhile. */
const betweenLooksMs = 1000;

/**
 * Reads positions and offset syncs before the ends of the logs, so that neither can tell of a record
 * beyond them but by a loss. Throws TAKEOVER_REFUSED where there are no positions, or nobody knows whose
 * are meant; what fails of one partition is in that partition.
 */
export async function lookAtMirror(
  dependencies: LookDependencies,
  options: LookOptions,
): Promise<SeenMirror> {
  const { source, target, settings } = dependencies;
  const { deadline } = options;
  const positions = await positionsOf(dependencies, options);
  const syncs = await syncsOf(dependencies, deadline);
  const topics = await deadline.within(source.dataPlane.listTopics(), 'the topics of the source');
  const counts = new Map(topics.map(({ topic, partitionCount }) => [topic, partitionCount]));
  const seen = seenOf({ ...positions, counts }, dependencies);
  const mirrored = seen.filter(({ isMirrored }) => isMirrored);
  const firstLookAtMs = Date.now();
  await lookAtLogs(mirrored, dependencies, deadline);
  await mapBounded(mirrored, walksAtOnce, async (partition) => {
    partition.syncs = syncs.get(nameOf(partition)) ?? [];
    await walk(partition, dependencies, deadline);
  });
  await delay(Math.max(0, firstLookAtMs + betweenLooksMs - Date.now()));
  await lookAgain(mirrored, dependencies, deadline);
  const workers = await deadline.within(
    findWorkers(target.groups, settings.source.alias),
    'the groups of the target',
  );
  return { workers, connectors: positions.connectors, partitions: seen };
}

interface Positions {
  connectors: readonly string[];
  offsets: readonly ConnectOffset[];
}

async function positionsOf(
  { target, settings }: LookDependencies,
  { offsetsTopic, connector, deadline }: LookOptions,
): Promise<Positions> {
  const all = await readConnectOffsets(target.dataPlane, offsetsTopic, deadline);
  if (all === undefined) throw missing(offsetsTopic, settings.target.alias);
  const ofSource = all.filter(({ cluster }) => cluster === settings.source.alias);
  const offsets = ofSource.filter(
    (each) => connector === undefined || each.connector === connector,
  );
  const { names, contested } = connectorsOf(offsets);
  if (contested !== undefined) {
    const { topic, partition } = contested;
    const what = `${offsetsTopic} has positions of ${topic}-${partition} by several connectors (${names.join(', ')}): say with --connector whose are meant.`;
    throw new MirrorlessError('TAKEOVER_REFUSED', what, { place: { topic: offsetsTopic } });
  }
  return { connectors: names, offsets };
}

function missing(topic: string, alias: string): MirrorlessError {
  const what = `Cluster ${alias} has no topic ${topic}, where MirrorMaker 2 would keep its positions: --offsets-topic says which one it is.`;
  return new MirrorlessError('TAKEOVER_REFUSED', what, { place: { topic } });
}

/** By partition. Without the topic, or the permission to read it, there are none. */
async function syncsOf(
  { source, target, policy, settings }: LookDependencies,
  deadline: Deadline,
): Promise<Map<string, SampledSync[]>> {
  const isAtSource = settings.offsetSyncs.location === 'source';
  const topic = policy.offsetSyncsTopic(settings[isAtSource ? 'target' : 'source'].alias);
  const host = isAtSource ? source : target;
  const histories = new Map<string, SampledSync[]>();
  try {
    for await (const record of readToEnd(host.dataPlane, topic, deadline)) {
      const sync = decodeOffsetSync(record);
      if (sync === undefined) continue;
      const { upstreamOffset, downstreamOffset } = sync;
      const history = histories.get(nameOf(sync)) ?? [];
      histories.set(nameOf(sync), history);
      addSync(history, { upstreamOffset, downstreamOffset });
    }
  } catch (error) {
    const { code } = toMirrorlessError(error);
    if (code !== 'TOPIC_MISSING' && code !== 'UNAUTHORIZED') throw error;
  }
  return histories;
}

type Seen = { -readonly [K in keyof SeenPartition]: SeenPartition[K] };

/** Every partition that the flow mirrors, and every other one that has a position. */
function seenOf(
  { offsets, counts }: Positions & { counts: ReadonlyMap<string, number> },
  { policy, topicFilter, settings }: LookDependencies,
): Seen[] {
  const { source, target, heartbeatsReplicationEnabled } = settings;
  const rules = { policy, topicFilter, targetAlias: target.alias, heartbeatsReplicationEnabled };
  const seen = new Map<string, Seen>();
  const add = ({ topic, partition }: TopicPartition): Seen => {
    const isMirrored = partition < (counts.get(topic) ?? 0) && mirrors(topic, rules);
    const remoteTopic = policy.formatRemoteTopic(source.alias, topic);
    const added: Seen = { topic, partition, remoteTopic, isMirrored, syncs: [] };
    seen.set(nameOf(added), added);
    return added;
  };
  for (const [topic, count] of counts) {
    if (!mirrors(topic, rules)) continue;
    for (let partition = 0; partition < count; partition += 1) add({ topic, partition });
  }
  for (const { offset, topic, partition } of offsets) {
    if (offset === undefined) continue;
    const known = seen.get(nameOf({ topic, partition })) ?? add({ topic, partition });
    known.position = offset;
  }
  return [...seen.values()].sort(byPlace);
}

async function lookAtLogs(
  partitions: readonly Seen[],
  { source, target, state }: LookDependencies,
  deadline: Deadline,
): Promise<void> {
  const copies = partitions.map(copyOf);
  const looks = Promise.all([
    source.dataPlane.listOffsets(partitions, 'earliest'),
    source.dataPlane.listOffsets(partitions, 'latest'),
    target.dataPlane.listOffsets(copies, 'earliest'),
    target.dataPlane.listOffsets(copies, 'latest'),
    state.read(partitions),
  ]);
  const [starts, ends, copyStarts, copyEnds, states] = await deadline.within(looks, 'the logs');
  for (const [index, partition] of partitions.entries()) {
    const known = states[index];
    if (known !== undefined) partition.state = known;
    try {
      partition.source = { start: answeredFor(starts[index]), end: answeredFor(ends[index]) };
      const [start, end] = [answeredFor(copyStarts[index]), answeredFor(copyEnds[index])];
      partition.target = { start, end, endLater: end };
    } catch (error) {
      const isMissing = isMirrorlessError(error) && error.code === 'TOPIC_MISSING';
      if (!isMissing) partition.failure = toMirrorlessError(error);
    }
  }
}

async function lookAgain(
  partitions: readonly Seen[],
  { target }: LookDependencies,
  deadline: Deadline,
): Promise<void> {
  const there = partitions.filter((partition) => partition.target !== undefined);
  const ends = await deadline.within(
    target.dataPlane.listOffsets(there.map(copyOf), 'latest'),
    'the logs of the target',
  );
  for (const [index, partition] of there.entries()) {
    const end = ends[index]!;
    if (end.ok) partition.target = { ...partition.target!, endLater: end.value };
    else partition.failure = end.error;
  }
}

/** From the newest offset sync on; without one, by the ends of both logs alone. */
async function walk(
  partition: Seen,
  { source, target }: LookDependencies,
  deadline: Deadline,
): Promise<void> {
  const { source: originals, target: copies } = partition;
  if (originals === undefined || copies === undefined) return;
  const logs: Logs = {
    source: { plane: source.dataPlane, partition, ...originals },
    target: { plane: target.dataPlane, partition: copyOf(partition), ...copies },
    deadline,
  };
  try {
    const walked = await walkFrom(logs, partition);
    if (walked !== undefined) partition.walked = walked;
  } catch (error) {
    partition.failure = toMirrorlessError(error);
  }
}

async function walkFrom(logs: Logs, seen: Seen): Promise<Walked | undefined> {
  const { source, target } = logs;
  const { position, syncs } = seen;
  const newest = syncs.at(-1);
  const last = newest?.upstreamOffset ?? position;
  if (last === undefined || target.end === 0n) return { status: 'expired' };
  // What was mirrored is not there: the source is another one.
  if (last >= source.end || (position ?? 0n) >= source.end) return undefined;
  if (newest === undefined) return endsBefore(logs, last + 1n);
  const { upstreamOffset: upstream, downstreamOffset: downstream } = newest;
  if (downstream >= target.end) return { status: 'differs', downstream: target.end };
  const isHeld = upstream >= source.start && downstream >= target.start;
  const from = { upstream, downstream };
  return walkCopies(logs, isHeld ? from : { upstream: upstream + 1n, downstream: downstream + 1n });
}

function copyOf({ remoteTopic: topic, partition }: SeenPartition): TopicPartition {
  return { topic, partition };
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function byPlace(one: TopicPartition, other: TopicPartition): number {
  if (one.topic === other.topic) return one.partition - other.partition;
  return one.topic < other.topic ? -1 : 1;
}
