import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type KafkaCluster, startKafkaCluster } from '../../lib/local/parts/kafka-cluster.ts';
import { installKafka, type KafkaVersion } from '../../lib/local/parts/kafka-distribution.ts';
import { awkwardWriter, foreignRecords, shapesOf } from '../support/oracle/awkward.ts';
import { startJava } from '../support/oracle/java-process.ts';
import { type Compression, type OracleCluster, startOracle } from '../support/oracle/oracle.ts';
import type { OracleRecord, PartitionDump, RecordContent } from '../support/oracle/records.ts';

const codecs: Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const versions: KafkaVersion[] = ['4.3.1', '3.9.2'];

const oracle = await startOracle({ after });

for (const version of versions) {
  describe(`the oracle on Kafka ${version}`, () => {
    let directory: string;
    let kafka: KafkaCluster;
    let cluster: OracleCluster;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'oracle-'));
      kafka = await startKafkaCluster({ version, directory, notify: () => {} });
      cluster = oracle.cluster(kafka.bootstrapServers);
    });
    after(async () => {
      await kafka.stop();
      await rm(directory, { recursive: true, force: true });
    });

    for (const compression of codecs) {
      test(`every awkward shape comes back as it was written, ${compression}`, async () => {
        const topic = `shapes-${compression}`;
        const writer = awkwardWriter('p1', { large: true });
        const records = [...writer.records(1), ...writer.end()];
        await cluster.createTopic(topic, { partitions: 2 });

        const offsets = await cluster.produce(topic, records, { compression, batchSizes: [1, 7] });
        const [empty, dump] = await cluster.dump(topic);

        assert.deepEqual(empty, { partition: 0, start: 0n, end: 0n, records: [] });
        assert.deepEqual(
          dump!.records.map((record) => record.offset),
          offsets,
        );
        assertSameContents(dump!.records, records);
        await assertStored(topic, { compression, records });
      });
    }

    /** The broker's own file shows that the codec and the batch sizes were those asked for. */
    async function assertStored(
      topic: string,
      expected: { compression: Compression; records: OracleRecord[] },
    ): Promise<void> {
      const segment = join(directory, 'broker-1', `${topic}-1`, `${'0'.repeat(20)}.log`);
      const batches = await oracle.decodeBatches(await readFile(segment));
      assert.deepEqual(
        [...new Set(batches.map((batch) => batch.compression))],
        [expected.compression],
      );
      const [first, second] = batches;
      assert.deepEqual([first!.records.length, second!.records.length], [1, 7]);
      assertSameContents(
        batches.flatMap((batch) => batch.records),
        expected.records,
      );
    }

    test('a transaction is seen when committed, hidden when aborted or open', async () => {
      const topic = 'transactions';
      const [aborted, committed, open] = ['aborted', 'committed', 'open'].map((producer) =>
        awkwardWriter(producer).records(0, 3),
      ) as [OracleRecord[], OracleRecord[], OracleRecord[]];
      await cluster.createTopic(topic);

      await cluster.produce(topic, aborted, { transaction: { id: 'a', outcome: 'abort' } });
      await cluster.produce(topic, committed, { transaction: { id: 'b', outcome: 'commit' } });
      await cluster.produce(topic, open, { transaction: { id: 'c', outcome: 'open' } });

      const dump = await onlyDump(cluster, topic);
      assertSameContents(dump.records, committed);
      assert.equal(dump.end, 8n, 'the open transaction begins after 3 + marker + 3 + marker');
      const [everything] = await cluster.dump(topic, { isolation: 'read_uncommitted' });
      assertSameContents(everything!.records, [...aborted, ...committed, ...open]);
      const { partitions } = await cluster.describe(topic);
      assert.equal(partitions[0]!.stableEnd, 8n);
      assert.equal(partitions[0]!.end, 11n);

      await cluster.endTransaction('c', 'commit');
      const ended = await onlyDump(cluster, topic);
      assertSameContents(ended.records, [...committed, ...open]);
      assert.equal(ended.end, 12n);
    });

    for (const dropTombstones of [false, true]) {
      const what = dropTombstones ? 'but no tombstone' : 'tombstones too';
      test(`compaction leaves gaps and the last record of each key, ${what}`, async () => {
        const topic = `compacted-${dropTombstones}`;
        const writer = awkwardWriter('p1', { keyed: true });
        const overwritten = writer.records(0, 40).map((record) => ({ ...record, key: keyOf(1) }));
        const tombstone = { ...writer.records(0, 1)[0]!, key: keyOf(2), value: null };
        const last = writer.end();
        await cluster.createTopic(topic);
        await cluster.produce(topic, [...overwritten, tombstone, ...last], { batchSizes: [9] });

        await cluster.compact(topic, { dropTombstones });

        const kept = [overwritten.at(-1)!, ...(dropTombstones ? [] : [tombstone]), ...last];
        const { records } = await onlyDump(cluster, topic);
        assertSameContents(records.slice(0, kept.length), kept);
        assert.deepEqual(
          records.slice(0, kept.length).map((record) => record.offset),
          dropTombstones ? [39n, 41n] : [39n, 40n, 41n],
        );
      });
    }

    test('deleted records, a deleted topic and added partitions are seen at once', async () => {
      const topic = 'deletions';
      await cluster.createTopic(topic);
      const first = await cluster.describe(topic);
      await cluster.produce(topic, foreignRecords(0, 10));

      await cluster.deleteRecords(topic, 0, 6n);
      const dump = await onlyDump(cluster, topic);
      assert.deepEqual([dump.start, dump.end, dump.records.length], [6n, 10n, 4]);
      const [tail] = await cluster.dump(topic, { partition: 0, from: 8n });
      assert.deepEqual([tail!.start, tail!.end, tail!.records.length], [8n, 10n, 2]);

      await cluster.addPartitions(topic, 3);
      assert.equal((await cluster.dump(topic)).length, 3);

      await cluster.deleteTopic(topic);
      await assert.rejects(cluster.describe(topic), /UnknownTopicOrPartition/);
      await cluster.createTopic(topic);
      const second = await cluster.describe(topic);
      assert.notEqual(second.topicId, first.topicId);
      assert.deepEqual(second.partitions[0]!.end, 0n);
    });

    test('a topic of LogAppendTime says so', async () => {
      const topic = 'append-time';
      const configs = { 'message.timestamp.type': 'LogAppendTime' };
      await cluster.createTopic(topic, { configs });
      await cluster.produce(topic, awkwardWriter('p1').records(0, 2));
      const { records } = await onlyDump(cluster, topic);
      assert.deepEqual(
        records.map((record) => record.timestampType),
        ['LogAppendTime', 'LogAppendTime'],
      );
      await cluster.alterConfigs(topic, { 'message.timestamp.type': null });
      await cluster.produce(topic, awkwardWriter('p1').records(0, 1));
      assert.equal((await onlyDump(cluster, topic)).records.at(-1)!.timestampType, 'CreateTime');
    });

    test('a load of 100,000 records is written and dumped whole', async (t) => {
      const topic = 'load';
      await cluster.createTopic(topic, { partitions: 2 });
      await cluster.load(topic, { producer: 'p1', count: 100_000, valueBytes: 100, partitions: 2 });
      const start = performance.now();
      const dumps = await cluster.dump(topic);
      t.diagnostic(`dumped in ${Math.round(performance.now() - start)} ms`);
      assert.deepEqual(
        dumps.map((dump) => dump.records.length),
        [50_000, 50_000],
      );
      const last = dumps[1]!.records.at(-1)!;
      assert.equal(Buffer.from(last.headers[0]![1]!).toString(), 'p1/49999');
      assert.equal(last.value!.length, 100);
    });
  });
}

for (const compression of codecs) {
  test(`record batches made by Kafka are decoded by Kafka, ${compression}`, async () => {
    const records = awkwardWriter('p1', { large: true }).records(0);
    const options = { baseOffset: 40n, producerId: 7n, producerEpoch: 2, baseSequence: 5 };
    const bytes = await oracle.encodeBatch(records, { ...options, compression });
    const [batch, ...others] = await oracle.decodeBatches(bytes);
    assert.equal(others.length, 0);
    assertSameContents(batch!.records, records);
    const { records: _, maxTimestamp, ...header } = batch!;
    const lastOffset = 40n + BigInt(shapesOf({ large: true }).length - 1);
    assert.deepEqual(header, { ...options, lastOffset, compression, transactional: false });
    assert.equal(maxTimestamp, Math.max(...records.map((record) => record.timestamp)));
  });
}

test('what is asked of a process that ends, or has ended, is refused', async () => {
  const java = await startJava(await installKafka('4.3.1', () => {}));
  const unanswerable = { bootstrapServers: '127.0.0.1:1', topic: 't' };
  const [answer] = await Promise.allSettled([java.call('describe', unanswerable), java.close()]);
  assert.equal(answer.status, 'rejected');
  await assert.rejects(java.call('describe', unanswerable), /has ended/);
});

test('bytes that are not whole, valid batches are refused', async () => {
  const bytes = await oracle.encodeBatch(foreignRecords(0, 2));
  await assert.rejects(oracle.decodeBatches(bytes.subarray(0, -1)), /left over/);
  bytes[bytes.length - 1]! ^= 1;
  await assert.rejects(oracle.decodeBatches(bytes), /Corrupt/);
});

async function onlyDump(cluster: OracleCluster, topic: string): Promise<PartitionDump> {
  const dumps = await cluster.dump(topic);
  assert.equal(dumps.length, 1);
  return dumps[0]!;
}

function assertSameContents(actual: RecordContent[], expected: RecordContent[]): void {
  assert.deepEqual(actual.map(contentOf), expected.map(contentOf));
}

/** Hexadecimal, so that a difference is shown short and Buffer and Uint8Array are the same. */
function contentOf({ timestamp, key, value, headers }: RecordContent) {
  return { timestamp, key: hex(key), value: hex(value), headers: headers.map(hexHeader) };
}

function hexHeader([name, value]: readonly [string, Uint8Array | null]) {
  return [name, hex(value)];
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex');
}

function keyOf(number: number): Buffer {
  return Buffer.from(`key ${number}`);
}
