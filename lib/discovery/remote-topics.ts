/**
 * What remote topics are missing, and how MM2 would create them. Their later life (more partitions,
 * changed settings, ACLs) is planned beside this, from the same view of both clusters.
 */
import type { RemoteTopicSettings } from '../config/model.ts';
import type { KafkaAdmin, NewTopic, TopicConfig, TopicDescription } from '../kafka/admin.ts';
import { patternFilter } from '../policy/pattern-filter.ts';

export interface RemoteTopicsView {
  /** The topics of the source that the flow mirrors. */
  mirrored: readonly TopicDescription[];
  /** By name, for those of `mirrored` that have no remote topic. */
  configs: ReadonlyMap<string, readonly TopicConfig[]>;
  formatRemoteTopic(topic: string): string;
  /** Every topic of the target. */
  existing: ReadonlySet<string>;
}

/**
 * The remote topics to create: the source's number of partitions, `replication.factor`, and the
 * source topic's own settings as far as the config property filter lets them pass.
 */
export function planRemoteTopics(
  view: RemoteTopicsView,
  settings: RemoteTopicSettings,
): NewTopic[] {
  const isCopied = copiedSettings(settings);
  return withoutRemoteTopic(view).map(({ topic, partitionCount }) => ({
    topic: view.formatRemoteTopic(topic),
    partitionCount,
    replicationFactor: settings.replicationFactor,
    configs: Object.fromEntries(
      (view.configs.get(topic) ?? [])
        .filter(isCopied)
        .map(({ name, value }) => [name, value as string]),
    ),
  }));
}

/** Mirrored topics that have no remote topic yet. */
function withoutRemoteTopic(view: Omit<RemoteTopicsView, 'configs'>): TopicDescription[] {
  return view.mirrored.filter(({ topic }) => !view.existing.has(view.formatRemoteTopic(topic)));
}

/**
 * MM2 at creation: never what is excluded, kept secret, or set by the source's brokers for all of
 * their topics; and what is left at its default only with `use.defaults.from=source`.
 */
function copiedSettings(settings: RemoteTopicSettings): (config: TopicConfig) => boolean {
  const { configPropertiesExclude, useDefaultsFrom } = settings;
  const isExcluded = patternFilter({ include: configPropertiesExclude, exclude: [] });
  return ({ name, value, isDefault, isStatic }) =>
    value !== null &&
    !isStatic &&
    !isExcluded(name) &&
    (!isDefault || useDefaultsFrom === 'source');
}

export interface DiscoverOptions {
  source: KafkaAdmin;
  target: KafkaAdmin;
  settings: RemoteTopicSettings;
  mirrors(topic: string): boolean;
  formatRemoteTopic(topic: string): string;
}

export interface Discovered {
  /** Mirrored topics of the source, by name. */
  topics: TopicDescription[];
  /** Remote topics that were created. */
  created: NewTopic[];
}

/** Creates the missing remote topics. Throws what either cluster answers. */
export async function createRemoteTopics(options: DiscoverOptions): Promise<Discovered> {
  const { source, target, settings, mirrors, formatRemoteTopic } = options;
  const [all, onTarget] = await Promise.all([source.listTopics(), target.listTopics()]);
  const mirrored = all
    .filter(({ topic }) => mirrors(topic))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
  const view = {
    mirrored,
    formatRemoteTopic,
    existing: new Set(onTarget.map(({ topic }) => topic)),
  };
  const missing = withoutRemoteTopic(view).map(({ topic }) => topic);
  const configs = await source.topicConfigs(missing);
  const created = planRemoteTopics({ ...view, configs }, settings);
  if (created.length > 0) await target.createTopics(created);
  return { topics: mirrored, created };
}
