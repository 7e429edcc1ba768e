import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginKind } from '../../../lib/config/authentication.ts';
import { loadConfiguration } from '../../../lib/config/load.ts';
import { patternFilter } from '../../../lib/policy/pattern-filter.ts';
import { flowOf, loaded, loadFixture, loadLines, problems, warnings } from './loaded.ts';

test('a file as articles show it means what its author meant, and warns of each mistake', () => {
  const result = loadFixture('as-articles-show.properties');
  const flow = flowOf(result, 'onprem', 'cloud');
  const { clusters } = loaded(result);
  assert.deepEqual(clusters.get('onprem')?.bootstrapServers, ['kafka.example:9092']);
  assert.deepEqual(clusters.get('cloud')?.bootstrapServers.length, 2);
  assert.equal(flow.enabled, true);
  assert.equal(flow.remoteTopics.replicationFactor, 3);
  const topics = patternFilter({ include: ['.*'], exclude: flow.topics.exclude });
  assert.deepEqual(['x.internal', '__x', 'internal', 'fleet.positions-dev'].filter(topics), [
    'internal',
    'fleet.positions-dev',
  ]);
  assert.equal(patternFilter(flow.topics)('fleet.positions-dev'), true);
  assert.equal(patternFilter(flow.topics)('fleet.positions-prod'), false);

  const said = warnings(result);
  for (const expected of [
    /^3 onprem\.bootstrap\.servers: kafka\.example:9092 is given more than once/,
    /^9 topics\.blacklist: a removed name; it is read as `topics\.exclude`/,
    /^9 topics\.blacklist: the quotes/,
    /^9 topics\.blacklist: `\*\.internal` is no regular expression/,
    /^18 status\.storage\.replication\.factor: a topic of Kafka Connect/,
    /^19 config\.storage\.replication\.factor: a topic of Kafka Connect/,
  ]) {
    assert.equal(said.filter((line) => expected.test(line)).length, 1, String(expected));
  }
  assert.equal(said.length, 6);
  assert.equal(clusters.get('cloud')?.connectOffsets.replicationFactor, 1);
});

test('ten mistakes are ten problems, each with its place', () => {
  assert.deepEqual(problems(loadFixture('ten-mistakes.properties')), [
    'undefined west.bootstrap.servers: nothing / host:port, several of them with commas between',
    '2 east.bootstrap.servers: "kafka.example:99999" / host:port, 1 to 65535',
    '3 east->west.enabled: "yes" / true or false',
    '4 east->wset: "east->wset" / a flow between two of east, west',
    '5 replication.factor: "three" / whole number, 1 to 32767, or -1 for the cluster’s default',
    '6 topics: "orders(" / a Java regular expression: a group is not closed',
    '7 topics.exclude: "a++" / a Java regular expression: possessive quantifiers (`*+`, `++`, `?+`) are not supported',
    '8 replication.policy.class: "com.example.CustomPolicy" / DefaultReplicationPolicy or IdentityReplicationPolicy',
    '9 west.producer.compression.type: "brotli" / none, gzip, snappy, lz4 or zstd',
    '10 offset-syncs.topic.location: "both" / source or target',
  ]);
  assert.deepEqual(
    loadFixture('ten-mistakes.yaml').problems?.map(({ line, key }) => [line, key]),
    [
      [undefined, 'west.bootstrap.servers'],
      [undefined, 'east->west.starting.position.timestamp'],
      [3, 'east.bootstrap.servers'],
      [4, 'east.vpc.subnets'],
      [8, 'east->west.topics'],
      [9, 'east->west.replication.factor'],
      [10, 'east->west.batch.size'],
      [11, 'east->west.pollers.minimum'],
      [13, 'east->west.on.error'],
      [14, 'west->north'],
    ],
  );
});

test('mirrorless.yaml sets what it says and leaves the rest at its defaults', () => {
  const result = loadFixture('complete.yaml', { TIMEOUT: '90', WEST_PASSWORD: 'hunter2' });
  const { clusters, flows } = loaded(result);
  const [flow] = flows;
  assert.equal(flows.length, 1);
  assert.deepEqual(flow?.topics, { include: ['orders', 'audit\\.[a-z]{1,3}'], exclude: [] });
  assert.equal(flow?.replicationPolicy.class, 'IdentityReplicationPolicy');
  assert.equal(flow?.remoteTopics.replicationFactor, -1);
  assert.deepEqual(flow?.mapping, {
    startingPosition: { at: 'timestamp', timestampMs: Date.UTC(2030, 0, 31, 12) },
    batchSize: 500,
    maximumBatchingWindowSeconds: 1,
    topicStartingPositions: {},
    tags: {},
    deletedTopics: 'keep',
    pollers: { minimum: 2, maximum: 200 },
  });
  assert.deepEqual(flow?.functions.replicate, { memorySizeMb: 512, timeoutSeconds: 90 });
  assert.equal(flow?.producer.compressionType, 'zstd');
  assert.equal(flow?.stateTable, 'copies');
  assert.deepEqual(clusters.get('east')?.bootstrapServers, ['a.example:9092', 'b.example:9092']);
  assert.equal(loginKind(clusters.get('west')!.authentication), 'SCRAM-SHA-512');
  assert.equal(flow?.refreshTopics.intervalSeconds, 600);
});

test('the smallest file has the defaults of MirrorMaker 2', () => {
  const result = loadLines('a->b.enabled = true');
  const flow = flowOf(result);
  assert.deepEqual(warnings(result), []);
  assert.deepEqual(flow.topics, {
    include: ['.*'],
    exclude: ['mm2.*\\.internal', '.*\\.replica', '__.*'],
  });
  assert.equal(flow.remoteTopics.replicationFactor, 2);
  assert.equal(flow.stateTable, 'mirrorless-a-b');
  assert.deepEqual(flow.mapping.startingPosition, { at: 'earliest' });
  assert.deepEqual(flow.syncGroupOffsets, { enabled: false, intervalSeconds: 60 });
});

test('both formats load into the same model', () => {
  const yaml = loadConfiguration({
    file: 'mirrorless.yaml',
    environment: {},
    text: `
clusters:
  a: { bootstrap.servers: a:9092, consumer: { auto.offset.reset: latest } }
  b: { bootstrap.servers: b:9092, producer.compression.type: lz4 }
flows:
  a->b: { topics: [x, y] }
replication.factor: 4
`,
  });
  const properties = loadLines(
    [
      'a->b.enabled = true',
      'a->b.topics = x, y',
      'a.consumer.auto.offset.reset = latest',
      'b.producer.compression.type = lz4',
      'replication.factor = 4',
    ].join('\n'),
  );
  assert.deepEqual({ ...loaded(yaml), file: '' }, { ...loaded(properties), file: '' });
});

test('the format is told by the name of the file, or by the caller', () => {
  const text = 'clusters: { a: { bootstrap.servers: "a:1" }, b: { bootstrap.servers: "b:1" } }';
  const load = (file: string, format?: 'yaml' | 'properties') =>
    loadConfiguration({ text, file, environment: {}, ...(format && { format }) });
  for (const result of [load('x.yml'), load('x.yaml'), load('x.json'), load('x.conf', 'yaml')]) {
    assert.equal(loaded(result).clusters.size, 2);
  }
  assert.notEqual(load('x.conf').problems, undefined);
  assert.notEqual(load('x.yaml', 'properties').problems, undefined);
});

test('without clusters the rest of the file is checked all the same', () => {
  const result = loadConfiguration({
    text: 'a.bootstrap.servers = x\na->b.enabled = maybe\nreplication.factor = no',
    file: 'mm2.properties',
    environment: {},
  });
  assert.deepEqual(
    result.problems?.map(({ key }) => key),
    [
      'clusters',
      'b.bootstrap.servers',
      'a.bootstrap.servers',
      'a->b.enabled',
      'replication.factor',
    ],
  );
});

test('a text that is no YAML is one problem', () => {
  const text = 'clusters: [a';
  const result = loadConfiguration({ text, file: 'mirrorless.yaml', environment: {} });
  assert.deepEqual(problems(result), ['1 YAML: bad indent / valid YAML']);
});
