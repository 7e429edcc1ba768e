/** What is found at every position of a log is what Kafka's own consumer reads next from there. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { compressionTypes } from '../../lib/kafka/compression.ts';
import { type FirstRecord, firstRecords } from '../../lib/kafka/first-records.ts';
import type { FetchPosition, KafkaDataPlane } from '../../lib/kafka/ports.ts';
import { useCluster } from '../support/data-plane.ts';
import { awkwardWriter } from '../support/oracle/awkward.ts';
import { type OracleCluster, startOracle } from '../support/oracle/oracle.ts';
import type { OracleRecord, PartitionDump } from '../support/oracle/records.ts';
import { sharedParts } from '../support/parts.ts';
import { writeTransactions } from '../support/writings.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  describe(`the first records of Kafka ${version}`, () => {
    const kafka = oracle.cluster(bootstrapServers);
    const cluster = useCluster(bootstrapServers);
    after(() => cluster.close());
    const plane = cluster.connect();

    for (const compression of compressionTypes) {
      test(`are found in batches of codec ${compression}`, async () => {
        const topic = await cluster.createTopic();
        const records = awkwardWriter(compression).records(0, 60);
        await kafka.produce(topic, records, { compression, batchSizes: [1, 5, 12] });
        await assertAllFound(plane, kafka, topic, { records: 60 });
      });
    }

    test('are found where the broker sets the timestamps', async () => {
      const configs = { 'message.timestamp.type': 'LogAppendTime' };
      const topic = await cluster.createTopic({ configs });
      await kafka.produce(topic, awkwardWriter('late').records(0, 10), { batchSizes: [4] });
      await assertAllFound(plane, kafka, topic, { records: 10 });
    });

    test('are found between the markers of transactions, committed, aborted or open', async () => {
      const topic = await cluster.createTopic();
      await writeTransactions(kafka, topic);
      await untilMarked(kafka, topic);
      await assertAllFound(plane, kafka, topic);
      const id = `${topic}-open`;
      const [open] = awkwardWriter('open').records(0, 1);
      await kafka.produce(topic, [open!], { transaction: { id, outcome: 'open' } });
      await assertAllFound(plane, kafka, topic);
      await kafka.endTransaction(id, 'abort');
      await untilMarked(kafka, topic);
      await assertAllFound(plane, kafka, topic);
    });

    test('are none where only markers follow', async () => {
      const topic = await cluster.createTopic();
      for (const outcome of ['commit', 'abort', 'abort'] as const) {
        const records = awkwardWriter(outcome).records(0, 2);
        await kafka.produce(topic, records, { transaction: { id: topic, outcome } });
      }
      await untilMarked(kafka, topic);
      assert.deepEqual(await firstOf(plane, { topic, partition: 0, offset: 8n }), { end: 9n });
      await assertAllFound(plane, kafka, topic, { records: 6 });
    });

    test('are found beyond what compaction took away', async () => {
      const topic = await cluster.createTopic();
      await kafka.produce(topic, replacing(120, { keys: 11 }), { batchSizes: [12] });
      await kafka.produce(topic, replacing(5, { keys: 3 }));
      await kafka.compact(topic);
      assert.ok((await readable(kafka, topic)).records.length < 20);
      await assertAllFound(plane, kafka, topic);
    });

    test('are found beyond the compacted batches of transactions', async () => {
      const topic = await cluster.createTopic();
      for (const outcome of ['commit', 'abort', 'commit', 'abort'] as const) {
        const transaction = { id: topic, outcome };
        const records = replacing(8, { keys: 3 });
        await kafka.produce(topic, records, { transaction, batchSizes: [3], compression: 'lz4' });
      }
      await untilMarked(kafka, topic);
      await kafka.compact(topic);
      assert.ok((await readable(kafka, topic)).records.length < 20);
      await assertAllFound(plane, kafka, topic);
    });

    test('are found beyond what retention took away, also within a batch', async () => {
      const topic = await cluster.createTopic();
      await kafka.produce(topic, awkwardWriter('old').records(0, 30), { batchSizes: [10] });
      for (const before of [5n, 10n, 14n, 29n]) {
        await kafka.deleteRecords(topic, 0, before);
        await assertAllFound(plane, kafka, topic, { records: Number(30n - before) });
      }
      await kafka.deleteRecords(topic, 0, 30n);
      await assertAllFound(plane, kafka, topic, { records: 0 });
    });

    test('are none in an empty partition', async () => {
      const topic = await cluster.createTopic({ partitionCount: 2 });
      await kafka.produce(topic, awkwardWriter('one').records(1, 1));
      const positions = [0, 1].map((partition) => ({ topic, partition, offset: 0n }));
      const [empty, other] = await firstRecords(plane, positions);
      assert.deepEqual(empty, { ok: true, value: { end: 0n } });
      assert.equal(other?.ok && 'offset' in other.value && other.value.offset, 0n);
    });

    test('are found in batches that are larger than what is asked for at first', async () => {
      const topic = await cluster.createTopic({ partitionCount: 40 });
      const load = { producer: 'large', partitions: 40, valueBytes: 90_000 };
      await kafka.load(topic, { ...load, count: 160, batchBytes: 400_000 });
      const dumps = await kafka.dump(topic, { isolation: 'read_uncommitted' });
      assert.equal(dumps.length, 40);
      for (const offset of [0n, 1n, 2n, 3n, 4n, 5n]) {
        const positions = dumps.map(({ partition }) => ({ topic, partition, offset }));
        const expected = dumps.map((dump) => ({ ok: true, value: expectedAt(dump, offset) }));
        assert.deepEqual(await firstRecords(plane, positions), expected);
      }
    });

    test('are found in a batch that is larger than all that is asked for', async () => {
      const configs = { 'max.message.bytes': '20000000' };
      const topic = await cluster.createTopic({ configs });
      const load = { producer: 'huge', valueBytes: 9_000_000, count: 2 };
      await kafka.load(topic, { ...load, batchBytes: 1 });
      await assertAllFound(plane, kafka, topic, { records: 2 });
    });

    test('are refused alone where the partition does not exist', async () => {
      const topic = await cluster.createTopic();
      await kafka.produce(topic, awkwardWriter('here').records(0, 1));
      const [absentTopic, here, absentPartition] = await firstRecords(plane, [
        { topic: `${topic}-absent`, partition: 0, offset: 0n },
        { topic, partition: 0, offset: 0n },
        { topic, partition: 1, offset: 0n },
      ]);
      assert.equal(absentTopic?.ok === false && absentTopic.error.code, 'TOPIC_MISSING');
      assert.equal(absentPartition?.ok === false && absentPartition.error.code, 'TOPIC_MISSING');
      assert.equal(here?.ok, true);
    });
  });
}

/** Of few keys, so that compaction leaves few of them. */
function replacing(count: number, { keys }: { keys: number }): OracleRecord[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => ({
    partition: 0,
    timestamp: now - count + index,
    key: Buffer.from(`key ${index % keys}`),
    value: Buffer.from(`value ${index}`),
    headers: [],
  }));
}

/** A broker answers the end of a transaction before it has written its marker. */
async function untilMarked(kafka: OracleCluster, topic: string): Promise<void> {
  for (;;) {
    const { partitions } = await kafka.describe(topic);
    if (partitions.every(({ stableEnd, end }) => stableEnd === end)) return;
    await pause(20);
  }
}

/** Every position from the beginning to beyond the end. */
async function assertAllFound(
  plane: KafkaDataPlane,
  kafka: OracleCluster,
  topic: string,
  counted: { records?: number } = {},
): Promise<void> {
  const dump = await readable(kafka, topic);
  assert.equal(dump.records.length, counted.records ?? dump.records.length);
  for (let offset = 0n; offset <= dump.end + 2n; offset += 1n) {
    const first = await firstOf(plane, { topic, partition: 0, offset });
    assert.deepEqual(first, expectedAt(dump, offset), `from ${offset}`);
  }
}

async function readable(kafka: OracleCluster, topic: string): Promise<PartitionDump> {
  const [dump] = await kafka.dump(topic, { isolation: 'read_uncommitted' });
  return dump!;
}

async function firstOf(plane: KafkaDataPlane, position: FetchPosition): Promise<FirstRecord> {
  const [first] = await firstRecords(plane, [position]);
  assert.ok(first?.ok);
  return first.value;
}

function expectedAt({ records, end }: PartitionDump, position: bigint): FirstRecord {
  const first = records.find(({ offset }) => offset >= position);
  return first ? { offset: first.offset, timestampMs: first.timestamp } : { end };
}
