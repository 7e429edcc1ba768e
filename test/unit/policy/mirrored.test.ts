import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicationPolicySettings } from '../../../lib/config/flow-settings.ts';
import { isCycle } from '../../../lib/policy/cycle.ts';
import { mirrors } from '../../../lib/policy/mirrored.ts';
import { patternFilter } from '../../../lib/policy/pattern-filter.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';

const settings: ReplicationPolicySettings = {
  class: 'DefaultReplicationPolicy',
  separator: '.',
  internalTopicSeparatorEnabled: true,
  separatorConfigured: false,
};
const renaming = replicationPolicy(settings, 'source');
const identity = (alias?: string) =>
  replicationPolicy({ ...settings, class: 'IdentityReplicationPolicy' }, alias);

test('a topic that passed through the target is a cycle', () => {
  assert.equal(isCycle(renaming, 'target.topic1', 'target'), true);
  assert.equal(isCycle(renaming, 'source.target.topic1', 'target'), true);
  assert.equal(isCycle(renaming, 'topic1', 'target'), false);
  assert.equal(isCycle(renaming, 'source.topic1', 'target'), false);
  assert.equal(isCycle(renaming, 'target', 'target'), false);
});

test('with kept names only heartbeats, or the configured source itself, tell a cycle', () => {
  assert.equal(isCycle(identity('source'), 'target.topic1', 'target'), false);
  assert.equal(isCycle(identity('source'), 'target.heartbeats', 'target'), true);
  assert.equal(isCycle(identity('target'), 'topic1', 'target'), true);
  assert.equal(isCycle(identity(), 'topic1', 'target'), false);
});

test('the filter decides, but never for internal topics and cycles', () => {
  const options = {
    policy: renaming,
    topicFilter: patternFilter({ include: ['.*'], exclude: ['skipped'] }),
    targetAlias: 'target',
    heartbeatsReplicationEnabled: true,
  };
  assert.equal(mirrors('orders', options), true);
  assert.equal(mirrors('skipped', options), false);
  for (const topic of ['__consumer_offsets', '.hidden', 'mm2-x.internal', 'target.orders']) {
    assert.equal(mirrors(topic, options), false, topic);
  }
});

test('heartbeats pass without the filter, not without the cycle rule', () => {
  const options = {
    policy: renaming,
    topicFilter: patternFilter({ include: ['orders'], exclude: ['.*heartbeats'] }),
    targetAlias: 'target',
    heartbeatsReplicationEnabled: true,
  };
  assert.equal(mirrors('heartbeats', options), true);
  assert.equal(mirrors('other.heartbeats', options), true);
  assert.equal(mirrors('target.heartbeats', options), false);
  assert.equal(mirrors('heartbeats', { ...options, heartbeatsReplicationEnabled: false }), false);
});
