import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RemoteTopicSettings } from '../../../lib/config/model.ts';
import { planRemoteTopics, type RemoteTopicsView } from '../../../lib/discovery/remote-topics.ts';
import type { TopicConfig } from '../../../lib/kafka/admin.ts';

const settings: RemoteTopicSettings = {
  replicationFactor: 2,
  configPropertiesExclude: ['min.insync.replicas', 'follower\\..*'],
  useDefaultsFrom: 'target',
  heartbeatsReplicationEnabled: true,
};

function config(name: string, overrides: Partial<TopicConfig> = {}): TopicConfig {
  return { name, value: `value of ${name}`, isDefault: false, isStatic: false, ...overrides };
}

function view(overrides: Partial<RemoteTopicsView> = {}): RemoteTopicsView {
  return {
    mirrored: ['orders', 'payments'].map((topic) => ({
      topic,
      partitionCount: topic.length,
      replicationFactor: 3,
    })),
    configs: new Map(),
    formatRemoteTopic: (topic) => `us.${topic}`,
    existing: new Set(),
    ...overrides,
  };
}

describe('the plan of remote topics', () => {
  it('creates each missing one with the partitions of its source and the replicas of the flow', () => {
    assert.deepEqual(planRemoteTopics(view(), settings), [
      { topic: 'us.orders', partitionCount: 6, replicationFactor: 2, configs: {} },
      { topic: 'us.payments', partitionCount: 8, replicationFactor: 2, configs: {} },
    ]);
  });

  it('leaves what exists as it is', () => {
    const plan = planRemoteTopics(view({ existing: new Set(['us.orders', 'payments']) }), settings);
    assert.deepEqual(
      plan.map(({ topic }) => topic),
      ['us.payments'],
    );
  });

  const configs = new Map([
    [
      'orders',
      [
        config('cleanup.policy'),
        config('min.insync.replicas'),
        config('follower.replication.throttled.replicas'),
        config('xmin.insync.replicas'),
        config('retention.ms', { isDefault: true }),
        config('segment.bytes', { isStatic: true }),
        config('secret', { value: null }),
      ],
    ],
  ]);

  it('copies what the source topic itself sets, except what is excluded', () => {
    const [orders] = planRemoteTopics(view({ configs }), settings);
    assert.deepEqual(Object.keys(orders?.configs ?? {}), [
      'cleanup.policy',
      'xmin.insync.replicas',
    ]);
    assert.equal(orders?.configs?.['cleanup.policy'], 'value of cleanup.policy');
  });

  it('copies defaults too where they are to be the source’s', () => {
    const [orders] = planRemoteTopics(view({ configs }), {
      ...settings,
      useDefaultsFrom: 'source',
    });
    assert.ok('retention.ms' in (orders?.configs ?? {}));
    assert.ok(!('segment.bytes' in (orders?.configs ?? {})));
  });
});
