/**
 * How remote topics are named, with the results of MirrorMaker 2 4.3.1's DefaultReplicationPolicy
 * and IdentityReplicationPolicy for every name, odd ones included (`.topic`, `topic.`, `a..b`).
 */
import type { ReplicationPolicySettings } from '../config/flow-settings.ts';

export interface ReplicationPolicy {
  /** The name of the copy, on the target, of `topic` of the source cluster `sourceAlias`. */
  formatRemoteTopic(sourceAlias: string, topic: string): string;
  /** The alias of the cluster the topic was copied from; undefined where the name tells none. */
  topicSource(topic: string): string | undefined;
  /** The name of the topic on the cluster it was copied from; undefined where it is no copy. */
  upstreamTopic(topic: string): string | undefined;
  /** The name where the records were first written, through any number of copies. */
  originalTopic(topic: string): string;
  heartbeatsTopic(): string;
  /** `alias` is the cluster the topic is *not* on. */
  offsetSyncsTopic(alias: string): string;
  checkpointsTopic(sourceAlias: string): string;
  isHeartbeatsTopic(topic: string): boolean;
  isCheckpointsTopic(topic: string): boolean;
  isMM2InternalTopic(topic: string): boolean;
  /** True for what is never mirrored, whatever the topic filter says. */
  isInternalTopic(topic: string): boolean;
}

/** `sourceAlias` is `source.cluster.alias`: the Identity policy's answer to `topicSource`. */
export function replicationPolicy(
  settings: ReplicationPolicySettings,
  sourceAlias?: string,
): ReplicationPolicy {
  const naming = defaultNaming(settings.separator);
  return settings.class === 'IdentityReplicationPolicy'
    ? complete(identityNaming(naming, sourceAlias), settings)
    : complete(naming, settings);
}

type Naming = Pick<ReplicationPolicy, 'formatRemoteTopic' | 'topicSource' | 'upstreamTopic'>;

const heartbeats = 'heartbeats';

function defaultNaming(separator: string): Naming {
  const topicSource = (topic: string) => {
    const pieces = topic.split(separator);
    // Java's split drops trailing empty pieces, so `topic.` and `...` have no source.
    return pieces.slice(1).some((piece) => piece !== '') ? pieces[0] : undefined;
  };
  return {
    formatRemoteTopic: (sourceAlias, topic) => `${sourceAlias}${separator}${topic}`,
    topicSource,
    upstreamTopic(topic) {
      const source = topicSource(topic);
      return source === undefined ? undefined : topic.slice(source.length + separator.length);
    },
  };
}

/** Names are kept, except where they end like the heartbeats topic, `my-heartbeats` included. */
function identityNaming(renaming: Naming, alias: string | undefined): Naming {
  const looksLikeHeartbeats = (topic: string) => topic.endsWith(heartbeats);
  return {
    formatRemoteTopic: (sourceAlias, topic) =>
      looksLikeHeartbeats(topic) ? renaming.formatRemoteTopic(sourceAlias, topic) : topic,
    topicSource: (topic) => (looksLikeHeartbeats(topic) ? renaming.topicSource(topic) : alias),
    upstreamTopic: (topic) => (looksLikeHeartbeats(topic) ? renaming.upstreamTopic(topic) : topic),
  };
}

function complete(naming: Naming, settings: ReplicationPolicySettings): ReplicationPolicy {
  const separator = internalSeparator(settings);
  const originalTopic = (topic: string): string => {
    const upstream = naming.upstreamTopic(topic);
    return upstream === undefined || upstream === topic ? topic : originalTopic(upstream);
  };
  const isCheckpointsTopic = (topic: string) =>
    topic.endsWith(`${separator}checkpoints${separator}internal`);
  const isMM2InternalTopic = (topic: string) =>
    (topic.startsWith('mm2') && topic.endsWith(`${separator}internal`)) ||
    isCheckpointsTopic(topic);
  return {
    ...naming,
    originalTopic,
    heartbeatsTopic: () => heartbeats,
    offsetSyncsTopic: (alias) => `mm2-offset-syncs${separator}${alias}${separator}internal`,
    checkpointsTopic: (alias) => `${alias}${separator}checkpoints${separator}internal`,
    isHeartbeatsTopic: (topic) => originalTopic(topic) === heartbeats,
    isCheckpointsTopic,
    isMM2InternalTopic,
    isInternalTopic: (topic) =>
      isMM2InternalTopic(topic) || topic.startsWith('__') || topic.startsWith('.'),
  };
}

/** MM2 looks at the flag only where a separator is configured. */
function internalSeparator(settings: ReplicationPolicySettings): string {
  return settings.separatorConfigured && settings.internalTopicSeparatorEnabled
    ? settings.separator
    : '.';
}
