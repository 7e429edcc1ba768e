/**
 * The discover function on one screen: looks at both clusters, at the state and at the event source
 * mappings, plans what is to be done, and does it. What cannot be looked at or is refused is named,
 * and the rest is done; run again, it goes on where it stopped.
 *
 * The order is what keeps it safe at every step: a flow between one and the same cluster, or others
 * than before, is refused at once, what is detected is stored before anything is created, remote topics come before their mappings, and nothing is remembered of a run but what the
 * clusters, the state and Lambda show themselves.
 */
import type { MappingsApi } from '../aws/mappings.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import { scheduled, schedulesOf } from '../every.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { TopicAdmin } from '../kafka/topic-admin.ts';
import type { ClusterIdStore, KnownTopicStore, PauseStore, StateStore } from '../state/ports.ts';
import { type Applied, applyTopics } from './apply-topics.ts';
import { checkClusterIds, type Ends, keepClusterIds } from './cluster-ids.ts';
import { haltedTopics } from './detected-states.ts';
import {
  type KeptMappings,
  keepMappings,
  lookAtMappings,
  type WantedMappings,
} from './keep-mappings.ts';
import { lookAtTopics, planRemoteTopics, type Topics, type TopicsPlan } from './look-at-topics.ts';
import { isPaused } from './pause.ts';
import { type MappingAction, planMappings } from './plan-mappings.ts';
import type { DiscoverySettings } from './settings.ts';
import { type Watched, watchTopics } from './watch-topics.ts';

export interface DiscoveryDependencies {
  source: ClusterClients;
  target: ClusterClients;
  state: Pick<StateStore, 'read'>;
  clusterIds: ClusterIdStore;
  knownTopics: KnownTopicStore;
  pauses: Pick<PauseStore, 'read'>;
  mappings: MappingsApi;
  /** The patterns of `topics`: one that takes no topic is named. */
  patterns: readonly string[];
  /** Which topics of the source the flow mirrors, by name alone. */
  mirrors(topic: string): boolean;
  formatRemoteTopic(topic: string): string;
  settings: DiscoverySettings;
}

interface ClusterClients {
  admin: TopicAdmin;
  dataPlane: KafkaDataPlane;
}

/** What a run is for: topics with their partitions, states and mappings; settings; ACLs. */
export type Duty = 'topics' | 'configs' | 'acls';

/**
 * What a run by hand is for: as at MM2's start, topics are looked at even where they are not
 * refreshed later.
 */
export function dutiesOf({ syncTopicConfigs, syncTopicAcls }: DiscoverySettings): Set<Duty> {
  return new Set<Duty>([
    'topics',
    ...(syncTopicConfigs.enabled ? (['configs'] as const) : []),
    ...(syncTopicAcls.enabled ? (['acls'] as const) : []),
  ]);
}

/** What is to be done how often, in MM2's keys. */
export function schedules({
  refreshTopics,
  syncTopicConfigs,
  syncTopicAcls,
}: DiscoverySettings): ReturnType<typeof schedulesOf<Duty>> {
  return schedulesOf<Duty>([
    scheduled('topics', refreshTopics),
    scheduled('configs', syncTopicConfigs),
    scheduled('acls', syncTopicAcls),
  ]);
}

/** What there is, and what is to be done about topics. */
interface Found {
  topics: Topics;
  /** What is the matter with them. */
  watched: Watched;
  plan: TopicsPlan;
  pauses: Awaited<ReturnType<PauseStore['read']>>;
}

export interface DiscoveryPlan extends Found {
  mappings: MappingAction[];
  /** What could not be looked at. */
  failures: MirrorlessError[];
}

/**
 * Writes nothing. Rejects where a cluster does not list its topics, where the state cannot be read,
 * and with SAME_CLUSTER or CLUSTER_REPLACED.
 */
export async function planDiscovery(
  dependencies: DiscoveryDependencies,
  duties: ReadonlySet<Duty>,
  nowMs: number,
): Promise<DiscoveryPlan> {
  await checkClusterIds(endsOf(dependencies));
  const found = await look(dependencies, duties, nowMs);
  const failures = [...found.watched.failures, ...found.plan.failures];
  const mappings = await orFailure(failures, async () => {
    if (!duties.has('topics')) return [];
    const keeping = keepOptions(dependencies, duties, found, remoteTopicsAfter(found, []));
    return planMappings(await lookAtMappings(dependencies.mappings, keeping));
  });
  return { ...found, mappings: mappings ?? [], failures };
}

export interface DiscoveryRun extends Found {
  applied: Applied;
  /** Absent where mappings were not to be looked at, or could not be. */
  kept?: KeptMappings;
  /** What could not be looked at or done. What was refused of a topic is in `applied` and `kept`. */
  failures: MirrorlessError[];
}

/** Rejects as `planDiscovery` does. */
export async function discover(
  dependencies: DiscoveryDependencies,
  duties: ReadonlySet<Duty>,
  options: { nowMs: number; waitForLambda(): Promise<boolean>; isDeploying?: boolean },
): Promise<DiscoveryRun> {
  const { nowMs, waitForLambda, isDeploying = false } = options;
  const { mappings: api, knownTopics, target } = dependencies;
  await keepClusterIds(endsOf(dependencies));
  const found = await look(dependencies, duties, nowMs);
  const failures = [...found.watched.failures, ...found.plan.failures];
  const written = await knownTopics.write(found.watched.changes);
  failures.push(...written.flatMap((outcome) => (outcome.ok ? [] : [outcome.error])));
  const applied = await applyTopics(target.admin, found.plan.actions);
  const kept = await orFailure(failures, async () => {
    if (!duties.has('topics')) return undefined;
    const refused = applied.refused.filter(({ setting }) => setting === undefined);
    const notThere = refused.map(({ topic }) => topic);
    const remoteTopics = remoteTopicsAfter(found, notThere);
    const { wanted, comparesTags } = keepOptions(dependencies, duties, found, remoteTopics);
    return keepMappings({ api, wanted: { ...wanted, isDeploying }, comparesTags, waitForLambda });
  });
  return { ...found, applied, ...(kept && { kept }), failures };
}

function endsOf({ source, target, clusterIds, settings }: DiscoveryDependencies): Ends {
  const { mapped } = settings;
  return {
    source: { alias: mapped.source, admin: source.admin },
    target: { alias: mapped.target, admin: target.admin },
    store: clusterIds,
  };
}

async function look(
  dependencies: DiscoveryDependencies,
  duties: ReadonlySet<Duty>,
  nowMs: number,
): Promise<Found> {
  const { source, target, mirrors, formatRemoteTopic, patterns, settings } = dependencies;
  const clusters = { source: source.admin, target: target.admin, mirrors, formatRemoteTopic };
  const [topics, pauses] = await Promise.all([
    lookAtTopics(clusters, patterns),
    dependencies.pauses.read(),
  ]);
  const watched = await watch(topics, dependencies, duties, nowMs);
  const plan = await planRemoteTopics(topics, {
    ...clusters,
    settings: settings.remoteTopics,
    sync: {
      topics: duties.has('topics'),
      configs: duties.has('configs'),
      acls: duties.has('acls'),
    },
    lost: watched.lost,
  });
  return { topics, watched, plan, pauses };
}

async function watch(
  topics: Topics,
  { source, target, state, knownTopics, mirrors, formatRemoteTopic }: DiscoveryDependencies,
  duties: ReadonlySet<Duty>,
  nowMs: number,
): Promise<Watched> {
  if (!duties.has('topics')) return { states: [], changes: [], lost: new Set(), failures: [] };
  const stored = await knownTopics.read();
  const readers = { state, source: source.dataPlane, target: target.dataPlane };
  const watched = await watchTopics(topics, stored, {
    ...readers,
    mirrors,
    formatRemoteTopic,
    nowMs,
  });
  return { ...watched, failures: [...stored.failures, ...watched.failures] };
}

/** By name: those that there are, and those that the plan creates but for the refused ones. */
function remoteTopicsAfter(
  { topics, plan }: Found,
  refused: readonly string[],
): ReadonlySet<string> {
  const created = plan.actions.flatMap((action) => {
    const isThere = action.kind === 'create-topic' && !refused.includes(action.topic);
    return isThere ? [action.created.topic] : [];
  });
  return new Set([...topics.existing.keys(), ...created]);
}

function keepOptions(
  { settings, formatRemoteTopic }: DiscoveryDependencies,
  duties: ReadonlySet<Duty>,
  { topics, watched, pauses }: Found,
  remoteTopics: ReadonlySet<string>,
): { wanted: WantedMappings; comparesTags: boolean } {
  const { mapped, functionName } = settings;
  const wanted: WantedMappings = {
    flow: mapped,
    functionName,
    mirrored: topics.mirrored.map(({ topic }) => topic),
    hasTopic: (topic) => topics.names.has(topic),
    halted: haltedTopics(watched.states),
    hasRemoteTopic: (topic) => remoteTopics.has(formatRemoteTopic(topic)),
    isPaused: (topic) => isPaused(pauses, topic),
    stackTopics: new Set(settings.stackTopics),
  };
  // Each mapping's tags are a request of their own: they are settings, and looked at with them.
  const comparesTags = duties.has('configs') && Object.keys(mapped.mapping.tags).length > 0;
  return { wanted, comparesTags };
}

async function orFailure<T>(
  failures: MirrorlessError[],
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failures.push(toMirrorlessError(error));
    return undefined;
  }
}
