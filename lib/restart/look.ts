/** What is the matter with topics that are to be restarted, and where their partitions would begin. */
import { checkClusterIds } from '../discovery/cluster-ids.ts';
import type { LogRange } from '../discovery/detect.ts';
import type { DiscoveryDependencies } from '../discovery/discover.ts';
import { lookAtTopics, type Topics } from '../discovery/look-at-topics.ts';
import { watchTopics } from '../discovery/watch-topics.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane, KafkaGroups, TopicPartition } from '../kafka/ports.ts';
import { answeredFor } from '../kafka/read-log.ts';
import type { KnownTopic, PauseStore, Pauses, StateStore } from '../state/ports.ts';
import {
  type NewStart,
  newStarts,
  type RestartRules,
  restartedPartitions,
  type SeenPartition,
  type SeenTopic,
  whyRefused,
} from './plan.ts';

export interface RestartDependencies extends DiscoveryDependencies {
  state: Pick<StateStore, 'read' | 'startGeneration'>;
  pauses: PauseStore;
  /** Of the source. */
  groups: Pick<KafkaGroups, 'listGroups' | 'commitOffsets'>;
}

export interface PlannedRestart extends SeenTopic {
  /** Why it is not restarted. */
  refusal?: string;
  /** By partition; none where it is refused, or could not be looked at. */
  starts: readonly NewStart[];
  failure?: MirrorlessError;
  /** What is stored of it. */
  known?: KnownTopic;
}

export interface RestartLook {
  planned: PlannedRestart[];
  topics: Topics;
  pauses: Pauses;
  /** What a cluster did not say of a topic. */
  failures: MirrorlessError[];
}

/**
 * Changes nothing. Looks at both clusters as discovery does, and at nothing that it has stored but
 * ids: a state that has ended is none. Rejects where a cluster or the state does not answer.
 */
export async function lookAtRestart(
  names: readonly string[],
  dependencies: RestartDependencies,
  rules: RestartRules & { nowMs: number },
): Promise<RestartLook> {
  const { source, target, state, clusterIds, settings, formatRemoteTopic } = dependencies;
  const { mapped } = settings;
  await checkClusterIds({
    source: { alias: mapped.source, admin: source.admin },
    target: { alias: mapped.target, admin: target.admin },
    store: clusterIds,
  });
  const wanted = new Set(names);
  const mirrors = (topic: string) => wanted.has(topic) && dependencies.mirrors(topic);
  const [topics, stored, pauses] = await Promise.all([
    topicsOf(names, dependencies),
    dependencies.knownTopics.read(),
    dependencies.pauses.read(),
  ]);
  const readers = { state, source: source.dataPlane, target: target.dataPlane };
  const { nowMs } = rules;
  const watched = await watchTopics(topics, stored, {
    ...{ ...readers, mirrors, formatRemoteTopic, nowMs },
  });
  const planned: PlannedRestart[] = [];
  for (const topic of wanted) {
    const known = stored.topics.find((each) => each.topic === topic);
    const seen: SeenTopic = {
      topic,
      remoteTopic: formatRemoteTopic(topic),
      isMirrored: mirrors(topic),
      isOnSource: topics.names.has(topic),
      states: watched.states.filter((each) => each.topic === topic),
      isRestarting: pauses.restarting?.has(topic) === true,
    };
    const refusal = whyRefused(seen, rules);
    const begun = { ...seen, ...(known && { known }), starts: [] };
    if (refusal !== undefined) planned.push({ ...begun, refusal });
    else planned.push(await withStarts(begun, topics, { dependencies, rules }));
  }
  const broken = stored.failures.filter(({ place }) => wanted.has(place.topic ?? ''));
  return { planned, topics, pauses, failures: [...broken, ...watched.failures] };
}

/** What both clusters have of these topics. Rejects where one of them does not list its topics. */
export function topicsOf(
  names: readonly string[],
  { source, target, mirrors, formatRemoteTopic }: RestartDependencies,
): Promise<Topics> {
  const clusters = {
    ...{ source: source.admin, target: target.admin, formatRemoteTopic },
    mirrors: (topic: string) => names.includes(topic) && mirrors(topic),
  };
  return lookAtTopics(clusters, []);
}

interface Given {
  dependencies: RestartDependencies;
  rules: RestartRules;
}

async function withStarts(
  planned: PlannedRestart,
  topics: Topics,
  given: Given,
): Promise<PlannedRestart> {
  try {
    return { ...planned, starts: await lookAtStarts(planned, topics, given) };
  } catch (error) {
    return { ...planned, failure: toMirrorlessError(error) };
  }
}

/** Rejects where a cluster does not say where a log begins and ends. */
export async function lookAtStarts(
  seen: SeenTopic,
  { mirrored, existing }: Pick<Topics, 'mirrored' | 'existing'>,
  given: Given,
): Promise<NewStart[]> {
  const { source, target, state } = given.dependencies;
  const { topic, remoteTopic } = seen;
  const onSource = mirrored.find((each) => each.topic === topic)?.partitionCount ?? 0;
  const onTarget = existing.get(remoteTopic)?.partitionCount ?? 0;
  const partitions = partitionsOf(topic, Math.max(onSource, onTarget));
  const [states, ofSource, ofTarget] = await Promise.all([
    state.read(partitions),
    rangesOf(source.dataPlane, partitionsOf(topic, onSource)),
    rangesOf(target.dataPlane, partitionsOf(remoteTopic, onTarget)),
  ]);
  const found = partitions.map(({ partition }): SeenPartition => {
    const [stored, range, remote] = [states[partition], ofSource[partition], ofTarget[partition]];
    return {
      partition,
      ...(stored && { state: stored }),
      ...(range && { source: range }),
      ...(remote && { target: remote }),
    };
  });
  return newStarts(found, given.rules.from, restartedPartitions(seen, given.rules));
}

function partitionsOf(topic: string, count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}

/** Starts first: of a log that is written and deleted meanwhile, no start is after its end. */
async function rangesOf(
  plane: Pick<KafkaDataPlane, 'listOffsets'>,
  partitions: readonly TopicPartition[],
): Promise<LogRange[]> {
  if (partitions.length === 0) return [];
  const starts = await plane.listOffsets(partitions, 'earliest');
  const ends = await plane.listOffsets(partitions, 'latest');
  return starts.map((start, index) => ({
    start: answeredFor(start),
    end: answeredFor(ends[index]),
  }));
}
