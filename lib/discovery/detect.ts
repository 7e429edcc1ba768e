/**
 * States of a flow that nobody would see by its records: the clusters are compared with what is
 * stored of the flow. Compaction and the markers of transactions leave gaps, not losses.
 */
import type { TopicListing } from '../kafka/topic-admin.ts';
import type { KnownTopic } from '../state/ports.ts';
import type { DetectedState } from './detected-states.ts';

export interface PartitionLogs {
  partition: number;
  /** The next offset to be replicated, and the next one of its copies. */
  progress: { upstream: bigint; downstream: bigint };
  /** Not below progress: from there up to here the source was seen to hold no record. */
  emptyUpTo?: bigint;
  /** Where the logs begin and end now; absent where a cluster did not say. */
  source?: LogRange;
  target?: LogRange;
}

export interface LogRange {
  start: bigint;
  end: bigint;
}

export interface SeenTopic {
  /** What is stored of it. */
  known: KnownTopic;
  /** Absent where the cluster does not list it. */
  source?: TopicListing;
  remote?: TopicListing;
  remoteTopic: string;
  /** Of the partitions that were ever replicated: with none, nothing can be lost by a new topic. */
  logs: readonly PartitionLogs[];
}

/** What is the matter with one topic. A state of a whole topic stands for those of its partitions. */
export function detectStates(seen: SeenTopic): DetectedState[] {
  const { logs } = seen;
  const source = sourceState(seen);
  const remote = remoteState(seen);
  return [
    ...(source ? [source] : logs.flatMap((each) => sourceLogState(seen, each))),
    ...(remote ? [remote] : logs.flatMap((each) => remoteLogState(seen, each))),
    ...partitionsBeyond(seen),
  ];
}

function sourceState({ known, source, logs }: SeenTopic): DetectedState | undefined {
  const { topic } = known;
  if (source === undefined) {
    return { state: 'source-deleted', topic, what: `the source does not list ${topic}` };
  }
  if (logs.length === 0 || !isOther(known.sourceTopicId, source.topicId)) return undefined;
  const what = `${topic} had the id ${known.sourceTopicId}, now it has ${source.topicId}`;
  return { state: 'source-recreated', topic, what };
}

function sourceLogState({ known }: SeenTopic, logs: PartitionLogs): DetectedState[] {
  const { partition, progress, source, emptyUpTo = progress.upstream } = logs;
  if (source === undefined) return [];
  const { topic } = known;
  const name = `${topic}-${partition}`;
  if (source.start > emptyUpTo) {
    const what = `${name} begins at ${source.start}, replicated were those below ${emptyUpTo}`;
    return [{ state: 'source-truncated', topic, partition, what }];
  }
  if (source.end < progress.upstream) {
    const what = `${name} ends at ${source.end}, replicated were those below ${progress.upstream}`;
    return [{ state: 'source-rewound', topic, partition, what }];
  }
  return [];
}

function remoteState({ known, remote, remoteTopic, logs }: SeenTopic): DetectedState | undefined {
  const { topic, remoteTopicId } = known;
  if (logs.length === 0) return undefined;
  if (remote === undefined) {
    return { state: 'target-deleted', topic, what: `the target does not list ${remoteTopic}` };
  }
  if (!isOther(remoteTopicId, remote.topicId)) return undefined;
  const what = `${remoteTopic} had the id ${remoteTopicId}, now it has ${remote.topicId}`;
  return { state: 'target-recreated', topic, what };
}

function remoteLogState({ known, remoteTopic }: SeenTopic, logs: PartitionLogs): DetectedState[] {
  const { partition, progress, target } = logs;
  if (target === undefined || target.end >= progress.downstream) return [];
  const name = `${remoteTopic}-${partition}`;
  const what = `${name} ends at ${target.end}, it had acknowledged ${progress.downstream}`;
  return [{ state: 'target-truncated', topic: known.topic, partition, what }];
}

function partitionsBeyond({ known, source, remote, remoteTopic }: SeenTopic): DetectedState[] {
  if (!source || !remote || remote.partitionCount <= source.partitionCount) return [];
  const counts = `${remote.partitionCount} partitions, its source ${source.partitionCount}`;
  const what = `${remoteTopic} has ${counts}`;
  return [{ state: 'partitions-beyond-source', topic: known.topic, what }];
}

/** An id that one side does not know tells nothing. */
function isOther(known: string | undefined, seen: string | undefined): boolean {
  return known !== undefined && seen !== undefined && known !== seen;
}

/**
 * What is to be stored of the topic from now on. The ids are those of the topics that the offset map
 * speaks of: once there is one, only a person replaces them. A state keeps the time since when.
 */
export function rememberedTopic(
  { known, source, remote, logs }: SeenTopic,
  detected: readonly DetectedState[],
  nowMs: number,
): KnownTopic {
  const isMapped = logs.length > 0;
  const sourceTopicId =
    (isMapped && known.sourceTopicId) || (source?.topicId ?? known.sourceTopicId);
  const remoteTopicId =
    (isMapped && known.remoteTopicId) || (remote?.topicId ?? known.remoteTopicId);
  return {
    topic: known.topic,
    ...(sourceTopicId !== undefined && { sourceTopicId }),
    ...(remoteTopicId !== undefined && { remoteTopicId }),
    states: detected.map((state) => ({ ...state, sinceMs: sinceMs(known, state) ?? nowMs })),
    emptyTails: logs.flatMap(({ partition, progress: { upstream }, emptyUpTo }) =>
      emptyUpTo === undefined ? [] : [{ partition, from: upstream, upTo: emptyUpTo }],
    ),
  };
}

function sinceMs({ states }: KnownTopic, { state, partition }: DetectedState): number | undefined {
  const same = states.find((one) => one.state === state && one.partition === partition);
  return same?.sinceMs;
}
