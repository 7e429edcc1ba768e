import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookAtTopics } from '../../../lib/discovery/look-at-topics.ts';
import { withoutEndless } from '../../../lib/discovery/same-cluster.ts';
import { ModelledCluster } from './modelled-cluster.ts';

const formatRemoteTopic = (topic: string) => `us.${topic}`;

async function mirroredBy(mirrors: (topic: string) => boolean, own: { other?: boolean } = {}) {
  const source = new ModelledCluster().add('orders').add('payments').add('us.orders');
  const target = own.other ? new ModelledCluster().add('us.orders') : source;
  const clusters = { source, target, mirrors, formatRemoteTopic };
  const { topics, failures } = await withoutEndless(await lookAtTopics(clusters, []), clusters);
  return { mirrored: topics.mirrored.map(({ topic }) => topic), failures };
}

test('on one cluster no topic is copied of which the copy would be copied too', async () => {
  const { mirrored, failures } = await mirroredBy((topic) => /^(orders|us\..*)$/.test(topic));
  assert.deepEqual(mirrored, []);
  assert.deepEqual(
    failures.map(({ code }) => code),
    ['SAME_CLUSTER'],
  );
  assert.match(failures[0]!.message, /the copies of orders, us\.orders would be copied too/);
});

test('patterns that take no copy are served, and so is any other cluster', async () => {
  const named = await mirroredBy((topic) => topic === 'orders' || topic === 'payments');
  assert.deepEqual(named, { mirrored: ['orders', 'payments'], failures: [] });
  const all = await mirroredBy(() => true, { other: true });
  assert.deepEqual(all, { mirrored: ['orders', 'payments', 'us.orders'], failures: [] });
});
