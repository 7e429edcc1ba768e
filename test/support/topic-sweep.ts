/** A sweep over topics as the discover function makes it, between two clusters. */
import type { ClusterSettings } from '../../lib/config/flow-settings.ts';
import type { RemoteTopicSettings } from '../../lib/config/model.ts';
import { applyTopics } from '../../lib/discovery/apply-topics.ts';
import { lookAtTopics, planRemoteTopics } from '../../lib/discovery/look-at-topics.ts';
import { openTopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { mirrors } from '../../lib/policy/mirrored.ts';
import { patternFilter } from '../../lib/policy/pattern-filter.ts';
import { replicationPolicy } from '../../lib/policy/replication-policy.ts';

type ClusterAddress = Omit<ClusterSettings, 'alias'>;

interface SweepOptions {
  source: ClusterAddress;
  target: ClusterAddress;
  /** Java regular expressions of topics. */
  topics: readonly string[];
  settings?: Partial<RemoteTopicSettings>;
  /** Not where tests share clusters, on which others emit heartbeats. */
  mirrorsHeartbeats?: boolean;
}

const mm2Defaults: RemoteTopicSettings = {
  replicationFactor: 1,
  configPropertiesExclude: [
    'follower.replication.throttled.replicas',
    'leader.replication.throttled.replicas',
    'message.timestamp.difference.max.ms',
    'log.message.timestamp.before.max.ms',
    'log.message.timestamp.after.max.ms',
    'message.timestamp.type',
    'unclean.leader.election.enable',
    'min.insync.replicas',
  ],
  useDefaultsFrom: 'target',
  heartbeatsReplicationEnabled: true,
};

/** Of the flow source->target under the default policy. */
export function openTopicSweep(options: SweepOptions) {
  const { topics, settings } = options;
  const admin = (side: 'source' | 'target') => {
    const cluster = { ...options[side], alias: side };
    return openTopicAdmin({ cluster, side, requestTimeoutMs: 60_000 });
  };
  const policy = replicationPolicy({
    class: 'DefaultReplicationPolicy',
    separator: '.',
    internalTopicSeparatorEnabled: true,
    separatorConfigured: false,
  });
  const mirrored = {
    policy,
    topicFilter: patternFilter({ include: topics, exclude: [] }),
    targetAlias: 'target',
    heartbeatsReplicationEnabled: options.mirrorsHeartbeats ?? true,
  };
  const clusters = {
    source: admin('source'),
    target: admin('target'),
    mirrors: (topic: string) => mirrors(topic, mirrored),
    formatRemoteTopic: (topic: string) => policy.formatRemoteTopic('source', topic),
  };
  return {
    ...clusters,
    look: () => lookAtTopics(clusters, topics),
    async plan(lost: ReadonlySet<string> = new Set()) {
      const sync = { topics: true, configs: true, acls: true };
      const options = { ...clusters, settings: { ...mm2Defaults, ...settings }, sync, lost };
      return planRemoteTopics(await lookAtTopics(clusters, topics), options);
    },
    async run() {
      return applyTopics(clusters.target, (await this.plan()).actions);
    },
    async close() {
      await Promise.all([clusters.source.close(), clusters.target.close()]);
    },
  };
}
