/** Where the logs of mirrored topics stand, beside what was replicated of them. */
import type { MirrorlessError } from '../errors.ts';
import { firstRecords } from '../kafka/first-records.ts';
import type { KafkaDataPlane, Settled, TopicPartition } from '../kafka/ports.ts';
import type { KnownTopic, StateStore } from '../state/ports.ts';
import type { LogRange, PartitionLogs } from './detect.ts';

export interface LoggedTopic {
  topic: string;
  remoteTopic: string;
  /** 0 where the cluster does not list it. */
  partitionCount: number;
  remotePartitionCount: number;
  known: KnownTopic | undefined;
}

export interface LogReaders {
  state: Pick<StateStore, 'read'>;
  source: Pick<KafkaDataPlane, 'listOffsets' | 'fetch'>;
  target: Pick<KafkaDataPlane, 'listOffsets'>;
}

export interface TopicLogs {
  /** Of the partitions that were ever replicated, by the upstream name. */
  logs: Map<string, PartitionLogs[]>;
  /** What a cluster did not say. */
  failures: MirrorlessError[];
}

/** Of these many partitions the state and the ends of logs are in memory at the same time. */
const partitionsAtOnce = 1000;
/**
 * Markers of transactions behind the last record are looked for only this near to the end: a flow
 * that is further behind has records in between.
 */
const tailMax = 100n;

/** Rejects where the state cannot be read. */
export async function lookAtLogs(
  topics: readonly LoggedTopic[],
  readers: LogReaders,
): Promise<TopicLogs> {
  const found: TopicLogs = { logs: new Map(), failures: [] };
  const partitions = topics.flatMap(partitionsOf);
  for (let first = 0; first < partitions.length; first += partitionsAtOnce) {
    await lookAtSome(partitions.slice(first, first + partitionsAtOnce), readers, found);
  }
  return found;
}

interface Partition {
  of: LoggedTopic;
  partition: number;
}

/** A source topic that is gone may still be known by the partitions of its copy. */
function partitionsOf(of: LoggedTopic): Partition[] {
  const length = Math.max(of.partitionCount, of.remotePartitionCount);
  return Array.from({ length }, (_, partition) => ({ of, partition }));
}

interface Replicated extends Partition {
  progress: PartitionLogs['progress'];
  source?: LogRange;
  target?: LogRange;
  emptyUpTo?: bigint;
}

async function lookAtSome(
  partitions: readonly Partition[],
  { state, source, target }: LogReaders,
  found: TopicLogs,
): Promise<void> {
  const states = await state.read(partitions.map(upstream));
  const replicated = partitions.flatMap((each, index): Replicated[] => {
    const segment = states[index]?.segment;
    if (segment === undefined) return [];
    const { upstreamEnd, downstreamEnd } = segment;
    return [{ ...each, progress: { upstream: upstreamEnd, downstream: downstreamEnd } }];
  });
  const onSource = replicated.filter(({ of, partition }) => partition < of.partitionCount);
  const onTarget = replicated.filter(({ of, partition }) => partition < of.remotePartitionCount);
  const [ofSource, ofTarget] = await Promise.all([
    rangesOf(source, onSource.map(upstream), found),
    rangesOf(target, onTarget.map(downstream), found),
  ]);
  for (const [index, each] of onSource.entries()) {
    const range = ofSource[index];
    if (range) each.source = range;
  }
  for (const [index, each] of onTarget.entries()) {
    const range = ofTarget[index];
    if (range) each.target = range;
  }
  await findEmptyTails(source, onSource);
  for (const { of, ...logs } of replicated) {
    const ofTopic = found.logs.get(of.topic) ?? [];
    ofTopic.push(logs);
    found.logs.set(of.topic, ofTopic);
  }
}

function upstream({ of, partition }: Partition): TopicPartition {
  return { topic: of.topic, partition };
}

function downstream({ of, partition }: Partition): TopicPartition {
  return { topic: of.remoteTopic, partition };
}

/** Starts first: of a log that is written and deleted meanwhile, no start is after its end. */
async function rangesOf(
  plane: Pick<KafkaDataPlane, 'listOffsets'>,
  partitions: readonly TopicPartition[],
  { failures }: TopicLogs,
): Promise<(LogRange | undefined)[]> {
  if (partitions.length === 0) return [];
  const starts = await plane.listOffsets(partitions, 'earliest');
  const ends = await plane.listOffsets(partitions, 'latest');
  return starts.map((start, index) => {
    const end = ends[index]!;
    const refused = [start, end].find((one): one is Refused => !one.ok);
    if (refused) failures.push(refused.error);
    return start.ok && end.ok ? { start: start.value, end: end.value } : undefined;
  });
}

type Refused = Extract<Settled<bigint>, { ok: false }>;

/** What was seen before still holds: below its end nothing can be written any more. */
async function findEmptyTails(
  source: LogReaders['source'],
  replicated: readonly Replicated[],
): Promise<void> {
  const open: Replicated[] = [];
  for (const each of replicated) {
    const { progress, source: range } = each;
    const seen = each.of.known?.emptyTails.find(({ partition, from, upTo }) => {
      const covers = from <= progress.upstream && progress.upstream <= upTo;
      return partition === each.partition && covers;
    });
    if (seen) each.emptyUpTo = seen.upTo;
    const next = each.emptyUpTo ?? progress.upstream;
    const isNear = range && range.start <= next && range.end > next && range.end - next <= tailMax;
    if (isNear) open.push(each);
  }
  if (open.length === 0) return;
  const first = await firstRecords(
    source,
    open.map((each) => ({ ...upstream(each), offset: each.emptyUpTo ?? each.progress.upstream })),
  );
  for (const [index, each] of open.entries()) {
    const outcome = first[index]!;
    if (outcome.ok && 'end' in outcome.value) each.emptyUpTo = outcome.value.end;
  }
}
