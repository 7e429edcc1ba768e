/** What there is on both clusters, and what is to be done about it on the target. */
import type { RemoteTopicSettings } from '../config/model.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { Settled } from '../kafka/ports.ts';
import type { TopicAcl, TopicAdmin, TopicConfig, TopicListing } from '../kafka/topic-admin.ts';
import { patternFilter } from '../policy/pattern-filter.ts';
import type { RemoteTopicAction } from './apply-topics.ts';
import { planAcls } from './plan-acls.ts';
import { type ConfigsView, planConfigs, type UnknownConfig } from './plan-configs.ts';
import { missingTopics, planTopics } from './plan-topics.ts';

type LookedAt = Pick<TopicAdmin, 'listTopics' | 'describeTopics' | 'topicConfigs' | 'topicAcls'>;

export interface Clusters {
  source: LookedAt;
  target: LookedAt;
  /** Which topics of the source the flow mirrors, by name alone. */
  mirrors(topic: string): boolean;
  formatRemoteTopic(topic: string): string;
}

export interface Topics {
  /** Every topic that the source lists. */
  names: ReadonlySet<string>;
  /** The topics of the source that the flow mirrors, by name. */
  mirrored: TopicListing[];
  /** Every topic of the target, by name. */
  existing: ReadonlyMap<string, TopicListing>;
  /** Patterns of `topics` that take no topic, and why where they are names that may not be seen. */
  unmatched: { pattern: string; error?: MirrorlessError }[];
}

/** Rejects where a cluster does not list its topics. */
export async function lookAtTopics(
  { source, target, mirrors }: Clusters,
  patterns: readonly string[],
): Promise<Topics> {
  const [all, onTarget] = await Promise.all([source.listTopics(), target.listTopics()]);
  const names = all.map(({ topic }) => topic);
  return {
    names: new Set(names),
    mirrored: all.filter(({ topic }) => mirrors(topic)),
    existing: new Map(onTarget.map((listing) => [listing.topic, listing])),
    unmatched: await whyUnseen(source, unmatchedPatterns(patterns, names)),
  };
}

/** Patterns that make no sense but together with their neighbours are left out. */
function unmatchedPatterns(patterns: readonly string[], names: readonly string[]): string[] {
  return patterns.filter((pattern) => {
    try {
      return !names.some(patternFilter({ include: [pattern], exclude: [] }));
    } catch {
      return false;
    }
  });
}

const couldBeName = /^[A-Za-z0-9._-]{1,249}$/;

/** A list leaves out what may not be seen: where a pattern is a name, its topic is asked for. */
async function whyUnseen(
  source: LookedAt,
  patterns: readonly string[],
): Promise<Topics['unmatched']> {
  const names = patterns.filter((pattern) => couldBeName.test(pattern));
  const outcomes = await source.describeTopics(names);
  const errors = new Map(
    names.flatMap((name, index) => {
      const outcome = outcomes[index]!;
      return outcome.ok ? [] : [[name, outcome.error]];
    }),
  );
  return patterns.map((pattern) => {
    const error = errors.get(pattern);
    return { pattern, ...(error?.code === 'UNAUTHORIZED' && { error }) };
  });
}

export interface PlanOptions extends Clusters {
  settings: RemoteTopicSettings;
  /** What is to be looked at in this run. */
  sync: { topics: boolean; configs: boolean; acls: boolean };
  /** Remote topics that are gone with what was replicated: they are not created again. */
  lost: ReadonlySet<string>;
}

export interface TopicsPlan {
  actions: RemoteTopicAction[];
  /** Settings that the target does not know. */
  unknownConfigs: UnknownConfig[];
  /** The cluster that authorizes nobody, so that there are no ACLs to follow. */
  withoutAcls?: 'source' | 'target';
  /** What could not be looked at; the rest is planned. */
  failures: MirrorlessError[];
}

/** Writes nothing. Never rejects. */
export async function planRemoteTopics(topics: Topics, options: PlanOptions): Promise<TopicsPlan> {
  const { settings, sync, formatRemoteTopic, lost } = options;
  const { mirrored, existing } = topics;
  const plan: TopicsPlan = { actions: [], unknownConfigs: [], failures: [] };
  const missing = sync.topics ? missingTopics({ mirrored, existing, formatRemoteTopic }) : [];
  const [newConfigs, configs] = await Promise.all([
    readConfigs(options.source, missing, plan),
    sync.configs ? readBoth(topics, options, plan) : [],
    sync.acls ? planMissingAcls(options, plan) : undefined,
  ]);
  const view = { mirrored, existing, formatRemoteTopic, lost, sourceConfigs: newConfigs };
  const { actions, unknown } = planConfigs(configs, settings);
  plan.actions.unshift(...(sync.topics ? planTopics(view, settings) : []), ...actions);
  plan.unknownConfigs.push(...unknown);
  return plan;
}

async function readBoth(
  { mirrored, existing }: Topics,
  { source, target, formatRemoteTopic }: Clusters,
  plan: TopicsPlan,
): Promise<ConfigsView[]> {
  const both = mirrored
    .map(({ topic }) => ({ topic, remoteTopic: formatRemoteTopic(topic) }))
    .filter(({ remoteTopic }) => existing.has(remoteTopic));
  const [ofSource, ofTarget] = await Promise.all([
    readConfigs(
      source,
      both.map(({ topic }) => topic),
      plan,
    ),
    readConfigs(
      target,
      both.map(({ remoteTopic }) => remoteTopic),
      plan,
    ),
  ]);
  return both.flatMap((names) => {
    const [configs, remote] = [ofSource.get(names.topic), ofTarget.get(names.remoteTopic)];
    return configs && remote ? [{ ...names, source: configs, remote }] : [];
  });
}

async function readConfigs(
  cluster: LookedAt,
  topics: readonly string[],
  { failures }: TopicsPlan,
): Promise<Map<string, TopicConfig[]>> {
  const outcomes = await cluster.topicConfigs(topics);
  const read = new Map<string, TopicConfig[]>();
  for (const [index, topic] of topics.entries()) {
    const outcome = outcomes[index]!;
    if (outcome.ok) read.set(topic, outcome.value);
    // Deleted since it was listed: the next run does not list it.
    else if (outcome.error.code !== 'TOPIC_MISSING') failures.push(outcome.error);
  }
  return read;
}

async function planMissingAcls(
  { source, target, mirrors, formatRemoteTopic }: Clusters,
  plan: TopicsPlan,
): Promise<void> {
  const outcomes = await Promise.all([readAcls(source), readAcls(target)]);
  const [ofSource, ofTarget] = outcomes.map((outcome) => {
    if (outcome.ok) return outcome.value;
    plan.failures.push(outcome.error);
    return undefined;
  });
  if (outcomes.some(({ ok }) => !ok)) return;
  if (ofSource && ofTarget) {
    const view = { source: ofSource, target: ofTarget, mirrors, formatRemoteTopic };
    plan.actions.push(...planAcls(view));
  } else plan.withoutAcls = ofSource ? 'target' : 'source';
}

async function readAcls(cluster: LookedAt): Promise<Settled<TopicAcl[] | undefined>> {
  try {
    return { ok: true, value: await cluster.topicAcls() };
  } catch (error) {
    return { ok: false, error: toMirrorlessError(error) };
  }
}
