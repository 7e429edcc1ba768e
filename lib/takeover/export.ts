/** Hands a flow that does not write back to MirrorMaker 2, which then goes on with the next record. */
import { setTimeout as delay } from 'node:timers/promises';
import { mapBounded } from '../bounded.ts';
import type { Deadline } from '../deadline.ts';
import { isPaused } from '../discovery/pause.ts';
import { MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { TopicPartition } from '../kafka/ports.ts';
import type { TopicCreation } from '../kafka/topic-creation.ts';
import { type ConnectOffset, dedicatedConnector } from '../mm2/connect-offsets.ts';
import { ensureCompactedTopic } from '../mm2/topics.ts';
import { mirrors } from '../policy/mirrored.ts';
import type { PauseStore } from '../state/ports.ts';
import { connectorsOf, readConnectOffsets, writeConnectOffsets } from './connect-log.ts';
import type { ExportRow, SeenCopy } from './export-plan.ts';
import type { LookDependencies } from './look.ts';
import { walkCopies } from './walk.ts';
import { type ConnectWorkers, findWorkers } from './workers.ts';

export interface ExportDependencies extends LookDependencies {
  /** The topic of positions is created where it is missing. */
  target: LookDependencies['target'] & { admin: TopicCreation };
  pauses: Pick<PauseStore, 'read'>;
}

export interface ExportOptions {
  offsetsTopic: string;
  /** By default the one under which positions of the source are kept, or MM2's own name. */
  connector?: string;
  /** Says that the flow does not run at all, so that it need not be paused. */
  isStopped?: boolean;
  deadline: Deadline;
}

export interface SeenCopies {
  workers: ConnectWorkers;
  connector: string;
  partitions: readonly SeenCopy[];
}

const walksAtOnce = 8;
/** Whoever still writes is seen by a log that has moved on meanwhile. */
const betweenLooksMs = 1000;

/** Throws TAKEOVER_REFUSED where it cannot be known whose positions are meant. */
export async function lookAtCopies(
  dependencies: ExportDependencies,
  options: ExportOptions,
): Promise<SeenCopies> {
  const { target, settings, state } = dependencies;
  const { deadline } = options;
  const { connector, stored } = await storedPositions(dependencies, options);
  const seen = await seenOf(dependencies, options);
  for (const copy of seen) {
    const offset = stored.get(nameOf(copy));
    if (offset !== undefined) copy.stored = offset;
  }
  const copied = seen.filter((copy) => copy.state !== undefined);
  await lookAtLogs(copied, dependencies, deadline);
  await delay(betweenLooksMs);
  const copies = copied.map((copy) => remoteOf(copy, dependencies));
  const [ends, states] = await deadline.within(
    Promise.all([target.dataPlane.listOffsets(copies, 'latest'), state.read(seen)]),
    'the second look',
  );
  for (const [index, copy] of copied.entries()) {
    const end = ends[index]!;
    if (copy.target === undefined) continue;
    if (end.ok) copy.target.endLater = end.value;
    else copy.failure ??= end.error;
  }
  for (const [index, copy] of seen.entries()) {
    const later = states[index];
    if (later !== undefined) copy.stateLater = later;
  }
  const finding = findWorkers(target.groups, settings.source.alias);
  const workers = await deadline.within(finding, 'the groups of the target');
  return { workers, connector, partitions: seen };
}

type Seen = { -readonly [K in keyof SeenCopy]: SeenCopy[K] };

async function storedPositions(
  { target, settings }: ExportDependencies,
  { offsetsTopic, connector, deadline }: ExportOptions,
) {
  const { alias } = settings.source;
  const all = (await readConnectOffsets(target.dataPlane, offsetsTopic, deadline)) ?? [];
  const ofSource = all.filter(({ cluster }) => cluster === alias);
  const { names } = connectorsOf(ofSource);
  if (connector === undefined && names.length > 1) {
    const what = `${offsetsTopic} has positions of ${alias} by several connectors (${names.join(', ')}): say with --connector which one goes on.`;
    throw new MirrorlessError('TAKEOVER_REFUSED', what, { place: { topic: offsetsTopic } });
  }
  const chosen = connector ?? names[0] ?? dedicatedConnector;
  const own = ofSource.filter((each) => each.connector === chosen);
  return { connector: chosen, stored: new Map(own.map((each) => [nameOf(each), each.offset])) };
}

async function seenOf(
  { source, state, pauses, policy, topicFilter, settings }: ExportDependencies,
  { isStopped = false, deadline }: ExportOptions,
): Promise<Seen[]> {
  const { target, heartbeatsReplicationEnabled } = settings;
  const rules = { policy, topicFilter, targetAlias: target.alias, heartbeatsReplicationEnabled };
  const [topics, paused] = await deadline.within(
    Promise.all([source.dataPlane.listTopics(), pauses.read()]),
    'the topics of the source',
  );
  const seen = topics
    .filter(({ topic }) => mirrors(topic, rules))
    .flatMap(({ topic, partitionCount }) =>
      Array.from({ length: partitionCount }, (_, partition): Seen => {
        return { topic, partition, isPaused: isStopped || isPaused(paused, topic) };
      }),
    );
  const states = await deadline.within(state.read(seen), 'the state of the flow');
  for (const [index, copy] of seen.entries()) {
    const known = states[index];
    if (known !== undefined) copy.state = known;
  }
  return seen;
}

async function lookAtLogs(
  copied: readonly Seen[],
  dependencies: ExportDependencies,
  deadline: Deadline,
): Promise<void> {
  const { source, target } = dependencies;
  const copies = copied.map((copy) => remoteOf(copy, dependencies));
  const looks = Promise.all([
    source.dataPlane.listOffsets(copied, 'earliest'),
    source.dataPlane.listOffsets(copied, 'latest'),
    target.dataPlane.listOffsets(copies, 'earliest'),
    target.dataPlane.listOffsets(copies, 'latest'),
  ]);
  const [starts, ends, copyStarts, copyEnds] = await deadline.within(looks, 'the logs');
  await mapBounded(copied, walksAtOnce, async (copy, index) => {
    const [start, end] = [starts[index]!, ends[index]!];
    const [copyStart, copyEnd] = [copyStarts[index]!, copyEnds[index]!];
    if (end.ok) copy.sourceEnd = end.value;
    if (copyEnd.ok) copy.target = { end: copyEnd.value, endLater: copyEnd.value };
    const failed = [start, end, copyStart, copyEnd].find((each) => !each.ok);
    if (failed !== undefined && !failed.ok) {
      if (failed.error.code !== 'TOPIC_MISSING') copy.failure = failed.error;
      return;
    }
    if (!start.ok || !end.ok || !copyStart.ok || !copyEnd.ok) return;
    const logs = {
      source: { plane: source.dataPlane, partition: copy, start: start.value, end: end.value },
      target: {
        plane: target.dataPlane,
        partition: copies[index]!,
        start: copyStart.value,
        end: copyEnd.value,
      },
      deadline,
    };
    const { segment, producerId, producerEpoch } = copy.state!;
    const from = { upstream: segment.upstreamEnd, downstream: segment.downstreamEnd };
    try {
      // Records of others on the target are theirs: only what this flow wrote counts.
      copy.walked = await walkCopies(
        logs,
        from,
        (batch) => batch.producerId === producerId && batch.producerEpoch === producerEpoch,
      );
    } catch (error) {
      copy.failure = toMirrorlessError(error);
    }
  });
}

export interface OffsetsTopicSettings {
  topic: string;
  partitionCount: number;
  replicationFactor: number;
}

/** Writes what the rows say, and reads it back. Throws TAKEOVER_REFUSED where it is not there then. */
export async function exportPositions(
  rows: readonly ExportRow[],
  { target, settings }: Pick<ExportDependencies, 'target' | 'settings'>,
  {
    offsets,
    connector,
    deadline,
  }: { offsets: OffsetsTopicSettings; connector: string; deadline: Deadline },
): Promise<void> {
  const cluster = settings.source.alias;
  const told = rows
    .filter(({ verdict }) => verdict === 'write' || verdict === 'remove')
    .map(({ topic, partition, position }): ConnectOffset => {
      return { connector, cluster, topic, partition, offset: position };
    });
  if (told.length === 0) return;
  const refusal = await deadline.within(ensureCompactedTopic(target.admin, offsets), 'the topic');
  if (refusal !== undefined) throw refusal;
  await deadline.within(
    writeConnectOffsets(target.dataPlane, offsets.topic, told),
    'the positions',
  );
  const back = (await readConnectOffsets(target.dataPlane, offsets.topic, deadline)) ?? [];
  const found = new Map(
    back
      .filter((each) => each.connector === connector && each.cluster === cluster)
      .map((each) => [nameOf(each), each.offset]),
  );
  const wrong = told.find((each) => found.get(nameOf(each)) !== each.offset);
  if (wrong === undefined) return;
  const what = `The position of ${nameOf(wrong)} was written to ${offsets.topic}, but is not what is read back: somebody else writes it.`;
  throw new MirrorlessError('TAKEOVER_REFUSED', what, { place: { topic: offsets.topic } });
}

function remoteOf(
  { topic, partition }: TopicPartition,
  { policy, settings }: Pick<ExportDependencies, 'policy' | 'settings'>,
): TopicPartition {
  return { topic: policy.formatRemoteTopic(settings.source.alias, topic), partition };
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
