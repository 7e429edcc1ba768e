/** What a cluster does not take is told with its code, where it belongs, and harms nothing else. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openGroups } from '../../lib/kafka/groups.ts';
import type { ProduceAnswer } from '../../lib/kafka/ports.ts';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { batchOf, said, send, useCluster } from '../support/data-plane.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const parts = await sharedParts();
const fetchOptions = { maxWaitMs: 100, minBytes: 1, maxBytes: 1e6, maxPartitionBytes: 1e6 };

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  describe(`Kafka ${version}`, () => {
    const cluster = useCluster(bootstrapServers);
    after(() => cluster.close());
    const dataPlane = cluster.connect();

    test('a missing topic and a missing partition fail alone', async () => {
      const topic = await cluster.createTopic();
      const identity = await dataPlane.allocateProducer();
      const answers = await dataPlane.produce([
        batchOf(identity, { topic: `${topic}-absent`, from: 0, to: 1 }),
        batchOf(identity, { topic, partition: 1, from: 0, to: 1 }),
        batchOf(identity, { topic, from: 0, to: 1 }),
      ]);
      assert.deepEqual(answers.map(said), ['error 3', 'error 3', 'offset 0']);
      assert.equal(errorOf(answers[0]).code, 'TOPIC_MISSING');
      assert.deepEqual(errorOf(answers[1]).place, { cluster: 'backup', topic, partition: 1 });
      const [absent, here] = await dataPlane.listOffsets(
        [
          { topic: `${topic}-absent`, partition: 0 },
          { topic, partition: 0 },
        ],
        'latest',
      );
      assert.equal(absent?.ok === false && absent.error.code, 'TOPIC_MISSING');
      assert.deepEqual(here, { ok: true, value: 1n });
    });

    test('a topic is found as soon as it exists, and is never created by asking', async () => {
      const wished = `${await cluster.createTopic()}-wished`;
      const identity = await dataPlane.allocateProducer();
      assert.equal(await dataPlane.partitionCount(wished), undefined);
      assert.equal(await send(dataPlane, identity, { topic: wished, from: 0, to: 1 }), 'error 3');
      const admin = openTopics(bootstrapServers);
      after(() => admin.close());
      assert.equal(await admin.listing(wished), undefined);
      await admin.createTopics([{ topic: wished, partitionCount: 2, replicationFactor: 1 }]);
      assert.equal(await dataPlane.partitionCount(wished), 2);
      assert.equal(await send(dataPlane, identity, { topic: wished, from: 0, to: 1 }), 'offset 0');
    });

    test('a batch over the topic’s limit is refused, and the limit is read again', async () => {
      const topic = await cluster.createTopic({ configs: { 'max.message.bytes': '2000' } });
      const identity = await dataPlane.allocateProducer();
      assert.equal(await dataPlane.maxMessageBytes(topic), 2000);
      const large = batchOf(identity, { topic, from: 0, to: 1, valueBytes: 3000 });
      const [answer] = await dataPlane.produce([large]);
      assert.equal(said(answer), 'error 10');
      assert.equal(errorOf(answer).code, 'RECORD_TOO_LARGE');
      assert.match(errorOf(answer).message, new RegExp(`${topic}-0 .*MESSAGE_TOO_LARGE`));
      assert.equal(await dataPlane.maxMessageBytes(topic), 2000);
      assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 1 }), 'offset 0');
    });

    test('the default limit is the broker’s', async () => {
      assert.equal(await dataPlane.maxMessageBytes(await cluster.createTopic()), 1_048_588);
    });

    test('a record without a key for a compacted topic is refused for itself', async () => {
      const topic = await cluster.createTopic({ configs: { 'cleanup.policy': 'compact' } });
      const identity = await dataPlane.allocateProducer();
      const [answer] = await dataPlane.produce([batchOf(identity, { topic, from: 0, to: 2 })]);
      assert.equal(said(answer), 'error 87');
      assert.equal(errorOf(answer).code, 'RECORD_REFUSED');
      assert.match(errorOf(answer).message, /record 0 of the batch/);
    });

    test('a timestamp outside the topic’s bounds is refused for itself', async () => {
      const configs = { 'message.timestamp.before.max.ms': '1000' };
      const topic = await cluster.createTopic({ configs });
      const identity = await dataPlane.allocateProducer();
      const old = batchOf(identity, { topic, from: 0, to: 1, timestamp: Date.now() - 60_000 });
      const [answer] = await dataPlane.produce([old]);
      assert.equal(said(answer), 'error 32');
      assert.equal(errorOf(answer).code, 'RECORD_REFUSED');
    });

    test('a batch with a broken checksum is refused', async () => {
      const topic = await cluster.createTopic();
      const identity = await dataPlane.allocateProducer();
      const batch = batchOf(identity, { topic, from: 0, to: 1 });
      batch.bytes.writeUInt8(batch.bytes.at(-1)! ^ 1, batch.bytes.length - 1);
      const [answer] = await dataPlane.produce([batch]);
      assert.equal(said(answer), 'error 2');
      assert.equal(errorOf(answer).code, 'RECORD_REFUSED');
    });

    test('a position beyond the end is refused, the end itself is not', async () => {
      const topic = await cluster.createTopic();
      const identity = await dataPlane.allocateProducer();
      await send(dataPlane, identity, { topic, from: 0, to: 3 });
      const [beyond, end] = await dataPlane.fetch(
        [
          { topic, partition: 0, offset: 4n },
          { topic: `${topic}-absent`, partition: 0, offset: 0n },
        ],
        fetchOptions,
      );
      assert.equal(beyond?.ok === false && beyond.error.code, 'TARGET_TRUNCATED');
      assert.equal(end?.ok === false && end.error.code, 'TOPIC_MISSING');
      const [records] = await dataPlane.fetch([{ topic, partition: 0, offset: 3n }], fetchOptions);
      assert.equal(records?.ok && records.value.bytes.length, 0);
      assert.equal(records?.ok && records.value.highWatermark, 3n);
    });
  });
}

test('an internal topic takes nothing', async () => {
  const cluster = useCluster(parts.targetBootstrapServers);
  after(() => cluster.close());
  const dataPlane = cluster.connect();
  const groups = openGroups({
    cluster: { alias: 'backup', bootstrapServers: [parts.targetBootstrapServers] },
    side: 'target',
    requestTimeoutMs: 20_000,
  });
  after(() => groups.close());
  await groups.committedOffsets(['any']); // Kafka makes it for this.
  const identity = await dataPlane.allocateProducer();
  const internal = { topic: '__consumer_offsets', from: 0, to: 1 };
  const [answer] = await dataPlane.produce([batchOf(identity, internal)]);
  assert.equal(said(answer), 'error 17');
  assert.equal(errorOf(answer).code, 'TOPIC_REFUSED');
});

test('a principal without permission is refused on that topic alone', async (context) => {
  const own = await ownCluster(context, {
    version: '4.3.1',
    properties: authorizing,
  });
  const cluster = useCluster(own.bootstrapServers);
  context.after(() => cluster.close());
  const [denied, unreadable, allowed] = [
    await cluster.createTopic({ configs: { 'max.message.bytes': '5000' } }),
    await cluster.createTopic(),
    await cluster.createTopic(),
  ];
  const deny = denyAnonymous.bind(undefined, own.bootstrapServers);
  await deny({ type: 'topic', name: denied }, ['WRITE', 'DESCRIBE_CONFIGS']);
  await deny({ type: 'topic', name: unreadable }, ['DESCRIBE']);

  const dataPlane = cluster.connect();
  const identity = await dataPlane.allocateProducer();
  const answers = await dataPlane.produce(
    [denied, unreadable, allowed].map((topic) => batchOf(identity, { topic, from: 0, to: 1 })),
  );
  assert.deepEqual(answers.map(said), ['error 29', 'error 29', 'offset 0']);
  const error = errorOf(answers[0]);
  assert.equal(error.code, 'UNAUTHORIZED');
  assert.deepEqual([error.place.topic, error.place.partition], [denied, 0]);
  assert.match(error.message, new RegExp(`Produce of ${denied}-0 with TOPIC_AUTHORIZATION_FAILED`));
  assert.equal(await dataPlane.maxMessageBytes(denied), 1_048_588, 'the default where not allowed');
  await assert.rejects(dataPlane.partitionCount(unreadable), { code: 'UNAUTHORIZED' });
});

function errorOf(answer: ProduceAnswer | undefined) {
  assert.ok(answer && !answer.ok);
  return answer.error;
}
