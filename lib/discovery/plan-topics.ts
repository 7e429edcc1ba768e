/** Which remote topics are to be created, and which need more partitions. */
import type { RemoteTopicSettings } from '../config/model.ts';
import type { NewTopic, TopicConfig, TopicListing } from '../kafka/topic-admin.ts';
import { copiedConfig } from './copied-configs.ts';

export interface TopicsView {
  /** The topics of the source that the flow mirrors. */
  mirrored: readonly TopicListing[];
  /** By name, as far as they could be read: a topic without them is not created. */
  sourceConfigs: ReadonlyMap<string, readonly TopicConfig[]>;
  /** Every topic of the target, by name. */
  existing: ReadonlyMap<string, TopicListing>;
  formatRemoteTopic(topic: string): string;
  /** Remote topics that are gone and hold what was replicated: only a person may begin them anew. */
  lost: ReadonlySet<string>;
}

/** `topic` is the upstream name; `reason` is a sentence without its full stop. */
export type TopicAction =
  | { kind: 'create-topic'; topic: string; created: NewTopic; reason: string }
  | {
      kind: 'add-partitions';
      topic: string;
      remoteTopic: string;
      partitionCount: number;
      existingCount: number;
      reason: string;
    };

/**
 * MM2's rules: a missing remote topic gets the source's number of partitions, `replication.factor`
 * and the source topic's settings; one with fewer partitions than the source is grown. A remote
 * topic with more is left alone, here and there; lib/discovery/detect.ts names it.
 */
export function planTopics(view: TopicsView, settings: RemoteTopicSettings): TopicAction[] {
  return view.mirrored.flatMap((source): TopicAction[] => {
    const remoteTopic = view.formatRemoteTopic(source.topic);
    const existing = view.existing.get(remoteTopic);
    if (existing !== undefined) return growth(source, existing);
    const configs = view.sourceConfigs.get(source.topic);
    if (configs === undefined || view.lost.has(remoteTopic)) return [];
    return [creation(source, { remoteTopic, configs, settings })];
  });
}

/** Mirrored topics without a remote topic: of these the settings are needed to create it. */
export function missingTopics({
  mirrored,
  existing,
  formatRemoteTopic,
}: Pick<TopicsView, 'mirrored' | 'existing' | 'formatRemoteTopic'>): string[] {
  const isMissing = ({ topic }: TopicListing) => !existing.has(formatRemoteTopic(topic));
  return mirrored.filter(isMissing).map(({ topic }) => topic);
}

function creation(
  { topic, partitionCount }: TopicListing,
  from: {
    remoteTopic: string;
    configs: readonly TopicConfig[];
    settings: RemoteTopicSettings;
  },
): TopicAction {
  const { remoteTopic, configs, settings } = from;
  const { replicationFactor, useDefaultsFrom } = settings;
  const isCopied = copiedConfig(settings);
  const kept = configs.filter(
    (config) => isCopied(config) && (config.origin !== 'default' || useDefaultsFrom === 'source'),
  );
  return {
    kind: 'create-topic',
    topic,
    created: {
      topic: remoteTopic,
      partitionCount,
      replicationFactor,
      configs: Object.fromEntries(kept.map(({ name, value }) => [name, value as string])),
    },
    reason: 'the target has no such topic',
  };
}

function growth(source: TopicListing, existing: TopicListing): TopicAction[] {
  const { topic, partitionCount } = source;
  if (existing.partitionCount >= partitionCount) return [];
  const reason = `the source has ${partitionCount} partitions, the target ${existing.partitionCount}`;
  return [
    {
      kind: 'add-partitions',
      topic,
      remoteTopic: existing.topic,
      partitionCount,
      existingCount: existing.partitionCount,
      reason,
    },
  ];
}
