/** What is appended to a topic of MM2's kind is read back by us, and by Kafka's own consumer. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { type Deadline, deadlineAt } from '../../lib/deadline.ts';
import type { KafkaDataPlane } from '../../lib/kafka/ports.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/mm2/formats.ts';
import {
  appendRecords,
  ensureCompactedTopic,
  type NewRecord,
  type ReadRecord,
  readOn,
  readToEnd,
} from '../../lib/mm2/topics.ts';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { useCluster } from '../support/data-plane.ts';
import { awkwardWriter } from '../support/oracle/awkward.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const compact = { 'cleanup.policy': 'compact' };

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  const kafka = oracle.cluster(bootstrapServers);
  const cluster = useCluster(bootstrapServers);
  after(() => cluster.close());
  const plane = cluster.connect();
  const newTopic = () => `mm2-topics-${randomBytes(4).toString('hex')}`;

  describe(`a compacted topic of Kafka ${version}`, () => {
    const admin = openTopics(bootstrapServers);
    after(() => admin.close());
    const policyOf = (topic: string) => admin.setting(topic, 'cleanup.policy');

    for (const replicationFactor of [1, -1]) {
      test(`is created with the replication factor ${replicationFactor}`, async () => {
        const topic = newTopic();
        assert.equal(await ensureCompactedTopic(admin, { topic, replicationFactor }), undefined);
        const { topicId: _, ...listed } = (await admin.listing(topic))!;
        assert.deepEqual(listed, { topic, partitionCount: 1, replicationFactor: 1 });
        assert.equal(await policyOf(topic), 'compact');
      });
    }

    test('is created once where several ask for it at the same time', async () => {
      const wanted = { topic: newTopic(), replicationFactor: 1 };
      const asked = Array.from({ length: 4 }, () => ensureCompactedTopic(admin, wanted));
      assert.deepEqual(await Promise.all(asked), Array(4).fill(undefined));
    });

    test('that exists is left as it is', async () => {
      const topic = await cluster.createTopic({ partitionCount: 3 });
      assert.equal(await ensureCompactedTopic(admin, { topic, replicationFactor: 1 }), undefined);
      assert.equal(await plane.partitionCount(topic), 3);
      assert.equal(await policyOf(topic), 'delete');
    });

    test('is refused where the cluster has too few brokers', async () => {
      const wanted = { topic: newTopic(), replicationFactor: 3 };
      await assert.rejects(ensureCompactedTopic(admin, wanted), { code: 'TOPIC_CREATION_REFUSED' });
    });
  });

  describe(`records appended to Kafka ${version}`, () => {
    test('are read back in order, however many batches they took', async () => {
      const configs = { ...compact, 'max.message.bytes': '20000' };
      const topic = await cluster.createTopic({ configs });
      const records = checkpoints(25_000);
      await appendRecords(plane, topic, records);
      const read = await collect(plane, topic);
      assert.deepEqual(read, records.map(storedAs));
      assert.equal(decodeCheckpoint(read[24_999]!)?.upstreamOffset, 24_999n);
    });

    test('are what Kafka’s own consumer reads', async () => {
      const topic = await cluster.createTopic({ configs: compact });
      const records = checkpoints(10);
      await appendRecords(plane, topic, records);
      const [dump] = await kafka.dump(topic);
      assert.deepEqual(
        dump?.records,
        records.map(({ key, value, timestampMs }, index) => ({
          offset: BigInt(index),
          timestamp: timestampMs,
          timestampType: 'CreateTime',
          key,
          value,
          headers: [],
        })),
      );
    });

    test('replace others of their key in the compacted topic, which is read across its holes', async () => {
      const topic = await cluster.createTopic({ configs: compact });
      for (let round = 0; round < 5; round += 1) {
        await appendRecords(plane, topic, checkpoints(20, round));
      }
      await kafka.compact(topic);
      const read = (await collect(plane, topic)).filter((record) => decodeCheckpoint(record));
      assert.deepEqual(
        read.map(({ offset }) => offset),
        Array.from({ length: 20 }, (_, index) => BigInt(80 + index)),
      );
    });

    test('are none, and no request, where there are none to append', async () => {
      await appendRecords(plane, `${newTopic()}-absent`, []);
    });

    test('are refused where the topic is missing, or the record too large', async () => {
      const absent = appendRecords(plane, newTopic(), checkpoints(1));
      await assert.rejects(absent, { code: 'TOPIC_MISSING' });
      const configs = { ...compact, 'max.message.bytes': '1000' };
      const topic = await cluster.createTopic({ configs });
      const large = { ...checkpoints(1)[0]!, value: Buffer.alloc(2000) };
      const [small] = checkpoints(1);
      const appended = appendRecords(plane, topic, [small!, large, small!]);
      await assert.rejects(appended, { code: 'RECORD_TOO_LARGE' });
      assert.equal((await collect(plane, topic)).length, 1);
    });
  });

  describe(`a topic of Kafka ${version}, read to its end`, () => {
    test('ends where it did when the reading began', async () => {
      const topic = await cluster.createTopic({ configs: compact });
      await appendRecords(plane, topic, checkpoints(3));
      const offsets: bigint[] = [];
      for await (const { offset } of readToEnd(plane, topic, soon())) {
        await appendRecords(plane, topic, checkpoints(1));
        offsets.push(offset);
      }
      assert.deepEqual(offsets, [0n, 1n, 2n]);
      assert.equal((await collect(plane, topic)).length, 6);
    });

    test('begins where its log begins, and leaves markers of transactions out', async () => {
      const topic = await cluster.createTopic();
      const records = awkwardWriter('mixed').records(0, 8);
      for (const outcome of ['commit', 'abort'] as const) {
        await kafka.produce(topic, records, { transaction: { id: topic, outcome } });
      }
      await kafka.deleteRecords(topic, 0, 3n);
      const [dump] = await kafka.dump(topic, { isolation: 'read_uncommitted' });
      const expected = dump?.records.map(({ offset, timestamp, key, value }) => {
        return { offset, timestampMs: timestamp, key, value };
      });
      assert.equal(expected?.length, 13);
      assert.deepEqual(await collect(plane, topic), expected);
    });

    test('is read from an offset on', async () => {
      const topic = await cluster.createTopic({ configs: { 'retention.ms': '-1' } });
      await appendRecords(plane, topic, checkpoints(5));
      await kafka.deleteRecords(topic, 0, 1n);
      for (const [offset, count] of [
        [0n, 4],
        [3n, 2],
        [5n, 0],
        [6n, 0],
      ] as const) {
        const records = await gather(readOn(plane, { topic, offset }, soon()));
        assert.equal(records.length, count, `from ${offset}`);
        assert.equal(records.at(-1)?.offset, count === 0 ? undefined : 4n);
      }
    });

    test('may be empty', async () => {
      const topic = await cluster.createTopic();
      assert.deepEqual(await collect(plane, topic), []);
      await kafka.produce(topic, awkwardWriter('gone').records(0, 4));
      await kafka.deleteRecords(topic, 0, 4n);
      assert.deepEqual(await collect(plane, topic), []);
    });

    test('may be missing', async () => {
      await assert.rejects(collect(plane, newTopic()), { code: 'TOPIC_MISSING' });
    });
  });
}

test('where creating is not permitted, the refusal is returned, and what exists is used', async (context) => {
  const own = await ownCluster(context, { version: '4.3.1', properties: authorizing });
  const { bootstrapServers } = own;
  const admin = openTopics(bootstrapServers);
  context.after(() => admin.close());
  const ensure = async (topic: string) => {
    const refusal = await ensureCompactedTopic(admin, { topic, replicationFactor: 1 });
    return refusal?.code;
  };
  const [absent, hidden, existing] = ['absent', 'hidden', 'existing'] as const;
  assert.equal(await ensure(existing), undefined);
  await denyAnonymous(bootstrapServers, { type: 'cluster', name: 'kafka-cluster' }, ['CREATE']);
  await denyAnonymous(bootstrapServers, { type: 'topic', name: absent }, ['CREATE']);
  await denyAnonymous(bootstrapServers, { type: 'topic', name: hidden }, ['CREATE', 'DESCRIBE']);

  assert.equal(await ensure(absent), 'UNAUTHORIZED');
  assert.equal(await ensure(hidden), 'UNAUTHORIZED');
  assert.equal(await ensure(existing), undefined);
  assert.equal(await admin.partitionCount(absent), undefined);
});

/** Timestamps are in the past, as those of MM2 would be. */
function checkpoints(count: number, round = 0): NewRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    ...encodeCheckpoint({
      group: `group ${index % 100}`,
      topic: 'primary.orders',
      partition: index,
      upstreamOffset: BigInt(index + round),
      downstreamOffset: BigInt(index),
      metadata: '',
    }),
    timestampMs: 1_700_000_000_000 + index,
  }));
}

function storedAs({ key, value, timestampMs }: NewRecord, index: number): ReadRecord {
  return { offset: BigInt(index), timestampMs, key, value };
}

function collect(plane: KafkaDataPlane, topic: string): Promise<ReadRecord[]> {
  return gather(readToEnd(plane, topic, soon()));
}

async function gather(reading: AsyncGenerator<ReadRecord>): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const record of reading) records.push(record);
  return records;
}

function soon(): Deadline {
  return deadlineAt(Date.now() + 30_000);
}
