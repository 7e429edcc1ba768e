/** Remote topics follow their source on real brokers, 3.9 to 4.3; what MM2 hides is seen. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { watchTopics } from '../../lib/discovery/watch-topics.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import type { KnownTopic } from '../../lib/state/ports.ts';
import { sharedParts } from '../support/parts.ts';
import { openTopicSweep } from '../support/topic-sweep.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const sourceServers = parts.sourceBootstrapServers;
const targetServers = parts.targetBootstrapServers;

const options = (side: 'source' | 'target', servers: string) => {
  const cluster = { alias: side, bootstrapServers: servers.split(',') };
  return { cluster, side, requestTimeoutMs: 20_000 };
};
const sourcePlane = openDataPlane(options('source', sourceServers));
const targetPlane = openDataPlane(options('target', targetServers));
after(() => Promise.all([sourcePlane.close(), targetPlane.close()]));

function kafka(servers: string): Kafka {
  return new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING });
}

async function administer(servers: string, work: (admin: Admin) => Promise<unknown>) {
  const admin = kafka(servers).admin();
  await admin.connect();
  await work(admin).finally(() => admin.disconnect());
}

/** Topics of one test, and the flow that mirrors them and no other. */
function scene() {
  const prefix = `sweep-${randomBytes(4).toString('hex')}`;
  const topics = [`${prefix}.*`];
  const sweep = openTopicSweep({
    source: { bootstrapServers: [sourceServers] },
    target: { bootstrapServers: [targetServers] },
    topics,
    mirrorsHeartbeats: false,
  });
  after(() => sweep.close());
  const settled = async (expected: number) =>
    until(async () => (await sweep.look()).mirrored.length === expected);
  return { topic: `${prefix}-orders`, other: `${prefix}-other`, sweep, settled };
}

const one = { partitionCount: 1, replicationFactor: 1, configs: {} };

describe('a sweep', () => {
  test('creates, grows and configures, and then finds nothing to do', async () => {
    const { topic, other, sweep, settled } = scene();
    const configs = { 'segment.ms': '60000', 'min.insync.replicas': '1' };
    await sweep.source.createTopics([
      { topic, ...one, partitionCount: 3, configs },
      { topic: other, ...one },
    ]);
    await settled(2);
    const { done, refused } = await sweep.run();
    assert.deepEqual([done.length, refused], [2, []]);
    await until(async () => (await sweep.plan()).actions.length === 0);

    await sweep.source.createPartitions([{ topic, partitionCount: 5 }]);
    const changes = { 'segment.ms': null, 'max.message.bytes': '5000' };
    await sweep.source.alterConfigs([{ topic, changes }]);
    const kinds = async () => (await sweep.plan()).actions.map(({ kind }) => kind).join();
    await until(async () => (await kinds()) === 'add-partitions,alter-configs');
    assert.deepEqual((await sweep.run()).refused, []);
    await until(async () => (await sweep.plan()).actions.length === 0);

    const [remote] = await sweep.target.topicConfigs([`source.${topic}`]);
    assert.ok(remote?.ok);
    const own = remote.value.filter(({ origin }) => origin === 'topic');
    assert.deepEqual(
      own.map(({ name, value }) => [name, value]),
      [['max.message.bytes', '5000']],
    );
  });

  test('made twice at the same time refuses nothing and ends the same', async () => {
    const { topic, sweep, settled } = scene();
    const topics = Array.from({ length: 30 }, (_, index) => ({
      topic: `${topic}${index}`,
      ...one,
    }));
    await sweep.source.createTopics(topics);
    await settled(30);
    const runs = await Promise.all([sweep.run(), sweep.run()]);
    assert.deepEqual(
      runs.flatMap(({ refused }) => refused),
      [],
    );
    assert.equal(runs.flatMap(({ done }) => done).length, 30);
    await until(async () => (await sweep.plan()).actions.length === 0);
  });
});

const fresh = (topic: string): KnownTopic => ({ topic, states: [], emptyTails: [] });

/** What a run of discovery sees of one topic whose only partition stands at `progress`. */
async function detect(
  { topic, sweep }: ReturnType<typeof scene>,
  progress: [upstream: bigint, downstream: bigint],
  known = fresh(topic),
) {
  const identity = { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0 };
  const state = { ...identity, segment: emptySegment(...progress) };
  const { mirrors, formatRemoteTopic } = sweep;
  const { states, changes, failures, lost } = await watchTopics(
    await sweep.look(),
    { topics: [known], failures: [] },
    {
      state: {
        read: async (partitions) =>
          partitions.map(({ partition }) => (partition === 0 ? state : undefined)),
      },
      source: sourcePlane,
      target: targetPlane,
      mirrors,
      formatRemoteTopic,
      nowMs: 1,
    },
  );
  assert.deepEqual(failures, []);
  return { names: states.map(({ state: name }) => name), known: changes[0]!.after, lost };
}

async function produce(servers: string, topic: string, count: number, transactional = false) {
  const messages = Array.from({ length: count }, (_, index) => ({ value: String(index) }));
  const producer = kafka(servers).producer(
    transactional ? { transactionalId: topic, idempotent: true, maxInFlightRequests: 1 } : {},
  );
  await producer.connect();
  if (transactional) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages });
    await transaction.commit();
  } else await producer.send({ topic, messages });
  await producer.disconnect();
}

/** Below the offset. */
async function deleteRecords(servers: string, topic: string, upTo: bigint) {
  await administer(servers, async (admin) => {
    // It deletes only in topics that it has asked for before.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(upTo) }] });
  });
}

async function recreate(servers: string, topic: string) {
  const listed = (admin: Admin) => admin.listTopics().then((topics) => topics.includes(topic));
  await administer(servers, async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await listed(admin)));
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await until(() => listed(admin));
  });
  sourcePlane.refresh();
  targetPlane.refresh();
}

async function opened() {
  const given = scene();
  const { topic, sweep, settled } = given;
  await sweep.source.createTopics([{ topic, ...one }]);
  await settled(1);
  await sweep.run();
  await until(async () => (await sweep.look()).existing.has(`source.${topic}`));
  return given;
}

describe('detection', () => {
  test('a source topic that was made again has another id, for good', async () => {
    const given = await opened();
    await produce(sourceServers, given.topic, 3);
    await produce(targetServers, `source.${given.topic}`, 3);
    const before = await detect(given, [3n, 3n]);
    assert.deepEqual(before.names, []);
    await recreate(sourceServers, given.topic);
    const later = await detect(given, [3n, 3n], before.known);
    assert.deepEqual(later.names, ['source-recreated']);
    assert.equal(later.known.sourceTopicId, before.known.sourceTopicId);
  });

  test('a source that deleted what was not replicated has lost it; one that was read has not', async () => {
    const given = await opened();
    await produce(sourceServers, given.topic, 10);
    await produce(targetServers, `source.${given.topic}`, 10);
    await deleteRecords(sourceServers, given.topic, 7n);
    assert.deepEqual((await detect(given, [7n, 7n])).names, []);
    assert.deepEqual((await detect(given, [6n, 6n])).names, ['source-truncated']);
  });

  test('markers of transactions behind the last record are no loss when they are deleted', async () => {
    const given = await opened();
    await produce(sourceServers, given.topic, 3, true);
    await produce(targetServers, `source.${given.topic}`, 3);
    // The marker is written after the transaction has ended.
    await until(async () => {
      const partition = { topic: given.topic, partition: 0 };
      const [end] = await sourcePlane.listOffsets([partition], 'latest');
      return end?.ok === true && end.value === 4n;
    });
    const before = await detect(given, [3n, 3n]);
    assert.deepEqual(before.known.emptyTails, [{ partition: 0, from: 3n, upTo: 4n }]);
    await deleteRecords(sourceServers, given.topic, 4n);
    assert.deepEqual((await detect(given, [3n, 3n], before.known)).names, []);
    assert.deepEqual((await detect(given, [2n, 2n], before.known)).names, ['source-truncated']);
  });

  test('a remote topic that is gone is not created again; one made again is known', async () => {
    const given = await opened();
    const remote = `source.${given.topic}`;
    await produce(sourceServers, given.topic, 5);
    await produce(targetServers, remote, 5);
    const before = await detect(given, [5n, 5n]);
    assert.deepEqual(before.names, []);
    assert.deepEqual((await detect(given, [5n, 6n])).names, ['target-truncated']);
    await recreate(targetServers, remote);
    assert.deepEqual((await detect(given, [5n, 5n], before.known)).names, ['target-recreated']);
    await administer(targetServers, (admin) => admin.deleteTopics({ topics: [remote] }));
    await until(async () => !(await given.sweep.look()).existing.has(remote));
    const gone = await detect(given, [5n, 5n], before.known);
    assert.deepEqual(gone.names, ['target-deleted']);
    assert.deepEqual((await given.sweep.plan(gone.lost)).actions, []);
  });

  test('more partitions than the source, and a source that is gone', async () => {
    const given = await opened();
    const remote = `source.${given.topic}`;
    await given.sweep.target.createPartitions([{ topic: remote, partitionCount: 2 }]);
    await until(async () => (await given.sweep.look()).existing.get(remote)?.partitionCount === 2);
    assert.deepEqual((await detect(given, [0n, 0n])).names, ['partitions-beyond-source']);
    await administer(sourceServers, (admin) => admin.deleteTopics({ topics: [given.topic] }));
    await given.settled(0);
    assert.deepEqual((await detect(given, [0n, 0n])).names, ['source-deleted']);
  });
});
