import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RemoteTopicSettings } from '../../../lib/config/model.ts';
import { missingTopics, planTopics, type TopicsView } from '../../../lib/discovery/plan-topics.ts';
import type { TopicConfig, TopicListing } from '../../../lib/kafka/topic-admin.ts';
import { noSettings } from './modelled-cluster.ts';

const settings: RemoteTopicSettings = {
  replicationFactor: 2,
  configPropertiesExclude: ['min.insync.replicas', 'follower\\..*'],
  useDefaultsFrom: 'target',
  heartbeatsReplicationEnabled: true,
};

function listing(topic: string, partitionCount = topic.length): TopicListing {
  return { topic, partitionCount, replicationFactor: 3 };
}

function config(name: string, overrides: Partial<TopicConfig> = {}): TopicConfig {
  return { name, value: `value of ${name}`, origin: 'topic', ...noSettings, ...overrides };
}

function view(overrides: Partial<TopicsView> = {}): TopicsView {
  return {
    mirrored: [listing('orders'), listing('payments')],
    sourceConfigs: new Map([
      ['orders', []],
      ['payments', []],
    ]),
    formatRemoteTopic: (topic) => `us.${topic}`,
    existing: new Map(),
    lost: new Set(),
    ...overrides,
  };
}

function existing(...listings: TopicListing[]): TopicsView['existing'] {
  return new Map(listings.map((each) => [each.topic, each]));
}

describe('the plan of remote topics', () => {
  it('creates each missing one with the partitions of its source and the replicas of the flow', () => {
    const reason = 'the target has no such topic';
    const created = { replicationFactor: 2, configs: {} };
    assert.deepEqual(planTopics(view(), settings), [
      {
        kind: 'create-topic',
        topic: 'orders',
        created: { topic: 'us.orders', partitionCount: 6, ...created },
        reason,
      },
      {
        kind: 'create-topic',
        topic: 'payments',
        created: { topic: 'us.payments', partitionCount: 8, ...created },
        reason,
      },
    ]);
  });

  it('grows a remote topic with fewer partitions, and leaves one with as many or more', () => {
    const found = existing(listing('us.orders', 5), listing('us.payments', 9));
    assert.deepEqual(planTopics(view({ existing: found }), settings), [
      {
        kind: 'add-partitions',
        topic: 'orders',
        remoteTopic: 'us.orders',
        partitionCount: 6,
        existingCount: 5,
        reason: 'the source has 6 partitions, the target 5',
      },
    ]);
    const equal = existing(listing('us.orders', 6), listing('us.payments', 8));
    assert.deepEqual(planTopics(view({ existing: equal }), settings), []);
  });

  it('knows what is missing by the name of the copy, not of the source', () => {
    const found = existing(listing('us.orders'), listing('payments'));
    assert.deepEqual(missingTopics(view({ existing: found })), ['payments']);
  });

  it('creates nothing whose settings could not be read, or that is gone with its records', () => {
    const plan = planTopics(view({ sourceConfigs: new Map([['orders', []]]) }), settings);
    assert.deepEqual(
      plan.map(({ topic }) => topic),
      ['orders'],
    );
    const lost = planTopics(view({ lost: new Set(['us.orders']) }), settings);
    assert.deepEqual(
      lost.map(({ topic }) => topic),
      ['payments'],
    );
  });
});

describe('the settings of a new remote topic', () => {
  const sourceConfigs = new Map([
    [
      'orders',
      [
        config('cleanup.policy'),
        config('min.insync.replicas'),
        config('follower.replication.throttled.replicas'),
        config('xmin.insync.replicas'),
        config('max.message.bytes', { origin: 'dynamic-broker' }),
        config('retention.ms', { origin: 'default' }),
        config('segment.bytes', { origin: 'static-broker' }),
        config('secret', { value: null }),
        config('password', { isSensitive: true }),
        config('fixed', { isReadOnly: true }),
      ],
    ],
  ]);
  const settingsWith = (useDefaultsFrom: RemoteTopicSettings['useDefaultsFrom']) => {
    const [first] = planTopics(view({ sourceConfigs }), { ...settings, useDefaultsFrom });
    assert.ok(first?.kind === 'create-topic');
    return first.created.configs;
  };

  it('are those that the source topic or its brokers set at run time, but for excluded ones', () => {
    assert.deepEqual(settingsWith('target'), {
      'cleanup.policy': 'value of cleanup.policy',
      'xmin.insync.replicas': 'value of xmin.insync.replicas',
      'max.message.bytes': 'value of max.message.bytes',
    });
  });

  it('are defaults too where they are to be the source’s', () => {
    const names = Object.keys(settingsWith('source'));
    assert.ok(names.includes('retention.ms'));
    assert.ok(!names.includes('segment.bytes'));
  });
});
