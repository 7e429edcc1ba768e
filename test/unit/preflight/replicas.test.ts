import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrowed } from '../../../lib/preflight/narrowed.ts';
import { replicasChecks } from '../../../lib/preflight/replicas.ts';
import { topicsChecks } from '../../../lib/preflight/topics.ts';
import { loadFlow } from '../discovery/mapped-flow.ts';

function flowOf(...flow: string[]) {
  const { configuration, problems } = loadFlow({ flow });
  assert.ok(configuration, JSON.stringify(problems));
  return configuration.flows[0]!;
}

test('more replicas than brokers fail for what is still to be created', () => {
  const flow = flowOf(
    'topics: [a]',
    'replication.factor: 3',
    'heartbeats.topic.replication.factor: 2',
    'checkpoints.topic.replication.factor: -1',
  );
  const judged = (brokerCount: number, missing: string[], isThere = false) =>
    replicasChecks({
      flow,
      place: { cluster: 'eu' },
      brokerCount,
      missing,
      isThere: () => isThere,
    }).map(({ topic = '', outcome }) => `${topic} ${outcome}`);
  assert.deepEqual(judged(1, ['us.a']), [' failed', 'heartbeats failed']);
  assert.deepEqual(judged(1, [], true), [' warning', 'heartbeats warning']);
  assert.deepEqual(judged(2, ['us.a']), [' failed']);
  assert.deepEqual(judged(3, ['us.a']), [' ok']);
});

test('a flow is narrowed to topics that it takes, under either of their names', () => {
  const flow = flowOf("topics: ['pay.*', orders]");
  const include = (...names: string[]) => narrowed(flow, names).topics.include;
  assert.deepEqual(include('pay.eu', 'us.orders', 'other'), ['pay\\.eu', 'orders']);
  assert.deepEqual(include('eu.orders'), []);
  assert.equal(narrowed(flow, ['orders']).remoteTopics.heartbeatsReplicationEnabled, false);
});

test('patterns that take nothing are named, but for topics that may not be seen', () => {
  const topic = { topic: 'a', partitionCount: 1, replicationFactor: 1 };
  const place = { cluster: 'us' };
  const found = topicsChecks({ mirrored: [topic], unmatched: [{ pattern: 'b' }] }, place);
  assert.deepEqual(
    found.map(({ outcome, found: what }) => `${outcome} ${what}`),
    ['ok the flow takes 1 topic', 'warning `b` takes no topic'],
  );
  assert.equal(topicsChecks({ mirrored: [], unmatched: [] }, place)[0]?.outcome, 'warning');
});
