/** The topics of a flow, as far as anybody tells of them, and how far the copies of each are. */
import { measureCopies } from '../../checkpoint/copies.ts';
import type { PartitionView } from '../../checkpoint/partitions.ts';
import type { Lag } from '../../checkpoint/positions.ts';
import type { MirrorlessError } from '../../errors.ts';
import type { ListedTopic, Settled } from '../../kafka/ports.ts';
import { settle } from '../../state/settle.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { FlowAccess } from '../flow-access.ts';

export interface MeasuredTopic {
  topic: string;
  remoteTopic: string;
  /** False where the flow does not take the topic any more, or never did. */
  isMirrored: boolean;
  /** Undefined where the source did not answer. */
  isOnSource: boolean | undefined;
  /** From 0 on; empty where neither cluster told how many there are. */
  partitions: readonly MeasuredPartition[];
}

export interface MeasuredPartition {
  partition: number;
  /** The next offsets of either side; absent where nothing was copied yet, or it is not known. */
  progress?: { upstream: bigint; downstream: bigint };
  sourceEnd?: bigint;
  /** Absent where it is not known. */
  lag?: Lag;
}

export interface MeasuredFlow {
  /** By name. */
  topics: readonly MeasuredTopic[];
  isSourceListed: boolean;
  /** False where the progress of no partition could be read. */
  isStateRead: boolean;
  failures: readonly MirrorlessError[];
}

export interface MeasureOptions {
  /** Topics that the flow is known to have, whatever the source says. */
  known?: Iterable<string>;
  /** Only these, under either of their names. */
  only?: readonly string[] | undefined;
  /** True where it is of interest whether the target answers. */
  asksTarget?: boolean;
}

/** What does not answer is named, and the rest is told. Never rejects. */
export async function measureFlow(
  access: FlowAccess,
  { known = [], only, asksTarget = false }: MeasureOptions = {},
): Promise<MeasuredFlow> {
  const listTarget = () => settle(() => access.target.dataPlane.listTopics());
  const asked = asksTarget ? listTarget() : undefined;
  const source = await settle(() => access.source.dataPlane.listTopics());
  const target = await (asked ?? (source.ok ? noTopics : listTarget()));
  const seen = seenTopics(access, {
    source: source.ok ? source.value : undefined,
    target: target.ok ? target.value : [],
    known,
  });
  const topics = seen.filter(
    ({ topic, remoteTopic }) => !only || only.includes(topic) || only.includes(remoteTopic),
  );
  const measured = await measureTopics(topics, access);
  const unreached = [source, target].flatMap((answer) => (answer.ok ? [] : [answer.error]));
  return {
    ...measured,
    isSourceListed: source.ok,
    failures: [...unreached, ...measured.failures],
  };
}

const noTopics: Settled<ListedTopic[]> = { ok: true, value: [] };

type SeenTopic = Omit<MeasuredTopic, 'partitions'> & { partitionCount: number };

interface Seen {
  /** Undefined where it did not answer. */
  source: readonly ListedTopic[] | undefined;
  target: readonly ListedTopic[];
  known: Iterable<string>;
}

/** Where the source does not answer, its topics are those of which the target holds copies. */
function seenTopics(access: FlowAccess, { source, target, known }: Seen): SeenTopic[] {
  const { policy, settings } = access;
  const { alias } = settings.source;
  const onSource = source && new Map(source.map((each) => [each.topic, each.partitionCount]));
  const onTarget = new Map(target.map((each) => [each.topic, each.partitionCount]));
  const listed = onSource?.keys() ?? copiedTopics([...onTarget.keys()], access);
  const names = new Set([...[...listed].filter(access.mirrors), ...known]);
  return [...names].sort().map((topic) => {
    const remoteTopic = policy.formatRemoteTopic(alias, topic);
    return {
      topic,
      remoteTopic,
      isMirrored: access.mirrors(topic),
      isOnSource: onSource?.has(topic),
      partitionCount: onSource?.get(topic) ?? onTarget.get(remoteTopic) ?? 0,
    };
  });
}

function copiedTopics(remote: readonly string[], { policy, settings }: FlowAccess): string[] {
  return remote.flatMap((topic) => {
    const isCopy = policy.topicSource(topic) === settings.source.alias;
    return isCopy ? (policy.upstreamTopic(topic) ?? []) : [];
  });
}

async function measureTopics(
  topics: readonly SeenTopic[],
  { source, state, settings }: FlowAccess,
): Promise<Pick<MeasuredFlow, 'topics' | 'isStateRead' | 'failures'>> {
  const views = topics.map(({ topic, remoteTopic, partitionCount: length }) =>
    Array.from({ length }, (_, partition): PartitionView => {
      return { topic, partition, remoteTopic, positions: [], known: [] };
    }),
  );
  const onSource = new Set(topics.flatMap((each) => (each.isOnSource ? [each.topic] : [])));
  const measured = await settle(() =>
    measureCopies(
      views.flat(),
      { source: source.dataPlane, state },
      { startsAtEarliest: settings.startsAtEarliest, isOnSource: (topic) => onSource.has(topic) },
    ),
  );
  const lags = new Map(
    (measured.ok ? measured.value.lags : []).map((one) => [
      `${one.partition} ${one.topic}`,
      one.lag,
    ]),
  );
  return {
    topics: topics.map(({ partitionCount: _, ...topic }, index) => ({
      ...topic,
      partitions: views[index]!.map(({ partition, mapEnd, sourceEnd }) => {
        const lag = lags.get(`${partition} ${topic.topic}`);
        return {
          partition,
          ...(mapEnd && { progress: mapEnd }),
          ...(sourceEnd !== undefined && { sourceEnd }),
          ...(lag && { lag }),
        };
      }),
    })),
    isStateRead: measured.ok,
    failures: measured.ok ? measured.value.failures : [measured.error],
  };
}

/** Names that were asked for, and that are a topic of none of the flows. */
export function absentTopics(
  flows: readonly Pick<MeasuredFlow, 'topics'>[],
  names: readonly string[] = [],
): string[] {
  const topics = flows.flatMap((flow) => flow.topics);
  const found = new Set(topics.flatMap(({ topic, remoteTopic }) => [topic, remoteTopic]));
  return names.filter((name) => !found.has(name));
}

/** Whether it is all that could be told. */
export function lookExitCode(flows: readonly MeasuredFlow[], absent: readonly string[]): ExitCode {
  if (absent.length === 0 && flows.every(({ failures }) => failures.length === 0)) {
    return exitCodes.done;
  }
  const isNothing = flows.every(({ isStateRead, topics }) => !isStateRead || topics.length === 0);
  return isNothing ? exitCodes.failed : exitCodes.partlyDone;
}
