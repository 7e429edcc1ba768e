import assert from 'node:assert/strict';
import { it } from 'node:test';
import { remoteHeartbeatsTopics } from '../../../lib/heartbeat/remote-heartbeats.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';

const settings = {
  separator: '.',
  internalTopicSeparatorEnabled: true,
  separatorConfigured: false,
} as const;

const topics = [
  'heartbeats',
  'us.heartbeats',
  'us.asia.heartbeats',
  'asia.us.heartbeats',
  'us.my-heartbeats',
  'us.heartbeats.of.orders',
  'my-heartbeats',
  'orders',
];

for (const name of ['DefaultReplicationPolicy', 'IdentityReplicationPolicy'] as const) {
  it(`finds what the source has sent, over any number of clusters: ${name}`, () => {
    const policy = replicationPolicy({ class: name, ...settings }, 'us');
    assert.deepEqual(remoteHeartbeatsTopics(topics, policy, 'us'), [
      'us.heartbeats',
      'us.asia.heartbeats',
    ]);
  });
}
