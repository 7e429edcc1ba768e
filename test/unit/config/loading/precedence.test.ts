import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowOf, loaded, loadLines } from '../loaded.ts';

const enabled = 'a->b.enabled = true\n';

test('a flow’s own setting wins over the top level', () => {
  const flow = flowOf(loadLines(`${enabled}topics = x\na->b.topics = y`));
  assert.deepEqual(flow.topics.include, ['y']);
});

test('a setting on a cluster does not reach its flows', () => {
  const flow = flowOf(loadLines(`${enabled}a.replication.factor = 7\nb.replication.factor = 8`));
  assert.equal(flow.remoteTopics.replicationFactor, 2);
});

test('the source’s consumer settings win over the flow’s plain ones', () => {
  const cases = [
    ['a.consumer.auto.offset.reset = latest', 'latest'],
    ['b.consumer.auto.offset.reset = latest', 'earliest'],
    ['consumer.auto.offset.reset = latest', 'earliest'],
    ['a->b.consumer.auto.offset.reset = latest', 'latest'],
    [
      'a->b.consumer.auto.offset.reset = latest\na.consumer.auto.offset.reset = earliest',
      'earliest',
    ],
    [
      'a->b.source.consumer.auto.offset.reset = latest\na.consumer.auto.offset.reset = earliest',
      'latest',
    ],
  ] as const;
  for (const [lines, at] of cases) {
    assert.deepEqual(flowOf(loadLines(enabled + lines)).mapping.startingPosition, { at }, lines);
  }
});

test('records are written by the target’s producer, or the flow’s override of it', () => {
  const cases = [
    ['b.producer.compression.type = gzip', 'gzip'],
    ['a.producer.compression.type = gzip', 'none'],
    ['producer.compression.type = gzip', 'none'],
    ['a->b.producer.compression.type = gzip', 'none'],
    ['b.producer.override.compression.type = gzip', 'none'],
    ['a->b.producer.override.compression.type = gzip', 'gzip'],
    ['a->b.producer.override.compression.type = gzip\nb.producer.compression.type = lz4', 'gzip'],
  ] as const;
  for (const [lines, compression] of cases) {
    assert.equal(flowOf(loadLines(enabled + lines)).producer.compressionType, compression, lines);
  }
});

test('how to connect may be said once for all clusters', () => {
  const { clusters } = loaded(
    loadLines(`${enabled}security.protocol = SSL\nb.security.protocol = PLAINTEXT`),
  );
  assert.deepEqual(clusters.get('a')?.authentication, { tls: { verifiesHostName: true } });
  assert.deepEqual(clusters.get('b')?.authentication, {});
});

test('topics of MM2’s Connect worker count at the top level before those of a cluster', () => {
  const of = (lines: string) =>
    loaded(loadLines(`${enabled}${lines}`)).clusters.get('b')?.connectOffsets;
  assert.deepEqual(of(''), { partitionCount: 25, replicationFactor: 3 });
  assert.deepEqual(of('b.offset.storage.topic = own\nb.offset.storage.partitions = -1'), {
    topic: 'own',
    partitionCount: -1,
    replicationFactor: 3,
  });
  const both = of('b.offset.storage.topic = own\noffset.storage.topic = common');
  assert.equal(both?.topic, 'common');
});

test('a flow exists where it is enabled or emits heartbeats', () => {
  const flows = (lines: string) =>
    loaded(loadLines(lines)).flows.map(({ source, target, enabled }) => [source, target, enabled]);
  assert.deepEqual(flows('a->b.enabled = TRUE'), [
    ['a', 'b', true],
    ['b', 'a', false],
  ]);
  assert.deepEqual(flows('a->b.enabled = true\nemit.heartbeats.enabled = false'), [
    ['a', 'b', true],
  ]);
  assert.deepEqual(flows('a->b.enabled = true\nb->a.emit.heartbeats.enabled = false'), [
    ['a', 'b', true],
  ]);
  assert.deepEqual(flows('enabled = true'), [
    ['a', 'b', true],
    ['b', 'a', true],
  ]);
  // The flow does not exist, so that the top level has nothing to enable.
  assert.deepEqual(flows('enabled = true\nemit.heartbeats.enabled = false'), []);
});

test('an alias may look like the beginning of other keys', () => {
  const text = [
    'clusters = source, topics',
    'source.bootstrap.servers = s:1',
    'topics.bootstrap.servers = t:1',
    'source->topics.enabled = true',
    'source.consumer.auto.offset.reset = latest',
    'topics.exclude = x',
  ];
  const flow = flowOf(loadLines(text.join('\n')), 'source', 'topics');
  assert.deepEqual(flow.mapping.startingPosition, { at: 'latest' });
  assert.deepEqual(flow.topics.exclude, ['x']);
});
