/** An event source mapping on real brokers: what it hands over is what Kafka's consumer reads. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import { textOf } from '../../lib/local/mapping/batch-outcome.ts';
import { lambdaPayloadBytes } from '../../lib/local/mapping/event-builder.ts';
import {
  EventSourceMapping,
  type EventSourceMappingSettings,
} from '../../lib/local/mapping/event-source-mapping.ts';
import { decodeEvent } from '../../lib/source/decode.ts';
import type { EventRecord } from '../../lib/source/event.ts';
import { randomTopic } from '../support/flow.ts';
import { awkwardWriter } from '../support/oracle/awkward.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import type { DumpedRecord, PartitionDump } from '../support/oracle/records.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const cluster = oracle.cluster(parts.sourceBootstrapServers);
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

for (const compression of codecs) {
  test(`hands over every shape of record, written with ${compression}`, async (t) => {
    const topic = randomTopic('shapes');
    await cluster.createTopic(topic, { partitions: 3 });
    const writer = awkwardWriter('mapping', { large: true });
    const records = [0, 1, 2].flatMap((partition) => writer.records(partition));
    const sentinels = writer.end();
    await cluster.produce(topic, [...records, ...sentinels], { compression, batchSizes: [1, 9] });
    const { mapping, received } = await open(t, { topic, batchSize: 20 });
    const source = await cluster.dump(topic);
    await untilProcessed(mapping, source);
    const result = await checkReplication(source, received(), {
      sentinels,
      nullHeaders: 'countLost',
    });
    assertFaithful(result, { lostHeaders: countNullHeaders(source) });
  });
}

test('hands over what aborted transactions wrote, and no marker', async (t) => {
  const topic = randomTopic('transactions');
  await cluster.createTopic(topic);
  const writer = awkwardWriter('transactional');
  for (const outcome of ['commit', 'abort', 'commit'] as const) {
    const transaction = { id: topic, outcome };
    await cluster.produce(topic, writer.records(0, 5), { transaction });
  }
  const { mapping, received } = await open(t, { topic });
  const source = await cluster.dump(topic, { isolation: 'read_uncommitted' });
  await untilProcessed(mapping, source);
  assert.equal(source[0]?.records.length, 15);
  assert.equal(source[0]?.end, 18n);
  assertFaithful(await checkReplication(source, received(), { nullHeaders: 'countLost' }), {
    lostHeaders: countNullHeaders(source),
  });
});

test('goes on where the last one stood, also across a compacted stretch', async (t) => {
  const topic = randomTopic('restart');
  await cluster.createTopic(topic, { configs: { 'cleanup.policy': 'compact' } });
  const load = { producer: 'restart', valueBytes: 100, batchBytes: 2000 };
  await cluster.load(topic, { ...load, count: 300 });
  const first = await open(t, { topic, batchSize: 100 });
  await untilProcessed(first.mapping, await cluster.dump(topic));
  await first.stop();
  await cluster.load(topic, { ...load, count: 300, firstSequence: 300 });
  await cluster.compact(topic);
  const second = await open(t, { topic, group: first.group });
  const all = await cluster.dump(topic);
  await untilProcessed(second.mapping, all);
  const rest = all.map((dump) => ({
    ...dump,
    records: dump.records.filter(({ offset }) => offset >= 300n),
  }));
  assert.ok(rest[0]!.records.length > 0);
  assertFaithful(await checkReplication(rest, second.received()));
});

test('takes up partitions that the topic gains while it runs', async (t) => {
  const topic = randomTopic('growth');
  await cluster.createTopic(topic, { partitions: 1 });
  const { mapping, received } = await open(t, { topic, startingPosition: { at: 'latest' } });
  await cluster.addPartitions(topic, 3);
  await cluster.load(topic, { producer: 'growth', count: 30, valueBytes: 10, partitions: 3 });
  const source = await cluster.dump(topic);
  await untilProcessed(mapping, source);
  assertFaithful(await checkReplication(source, received()));
});

test('says what retention took before it was read, and goes on with the rest', async (t) => {
  const topic = randomTopic('retention');
  await cluster.createTopic(topic);
  await cluster.load(topic, { producer: 'retention', count: 50, valueBytes: 10 });
  const first = await open(t, { topic, batchSize: 10, fail: true });
  await until(() => first.mapping.status().failing !== undefined);
  await first.stop();
  await cluster.deleteRecords(topic, 0, 20n);
  const second = await open(t, { topic, group: first.group });
  const source = await cluster.dump(topic);
  await untilProcessed(second.mapping, source);
  assert.equal(source[0]?.start, 20n);
  assert.match(second.notices.join(), /offset 0 is not in the source's log .* going on at 20/);
  assertFaithful(await checkReplication(source, second.received()));
});

test('loses and doubles nothing while leaders move between three brokers', async (t) => {
  const three = await ownCluster(t, { version: '3.9.2', brokers: 3 });
  const many = oracle.cluster(three.bootstrapServers);
  const topic = randomTopic('leaders');
  await many.createTopic(topic, { partitions: 6, replicationFactor: 3 });
  const servers = three.bootstrapServers;
  await untilEveryBrokerKnows(topic, servers);
  const pollers = { minimum: 1, maximum: 2, calmMs: 20 };
  const { mapping, received } = await open(t, { topic, servers, batchSize: 50, pollers });
  const load = { producer: 'leaders', count: 600, valueBytes: 500 };
  await many.load(topic, load);
  await three.brokers[0]!.kill('SIGKILL');
  await many.load(topic, { ...load, firstSequence: 100 });
  await three.brokers[0]!.start();
  await many.load(topic, { ...load, firstSequence: 200 });
  const source = await many.dump(topic);
  await untilProcessed(mapping, source);
  assertFaithful(await checkReplication(source, received()));
});

/** Brokers learn of a new topic one after the other, and any of them may be asked. */
async function untilEveryBrokerKnows(topic: string, servers: string): Promise<void> {
  for (const server of servers.split(',')) {
    const cluster = { alias: 'source', bootstrapServers: [server] };
    const broker = openDataPlane({ cluster, side: 'source', requestTimeoutMs: 10_000 });
    await until(async () => (await broker.partitionCount(topic)) !== undefined);
    await broker.close();
  }
}

interface Scene {
  mapping: EventSourceMapping;
  group: string;
  notices: string[];
  /** What the function was given, as partitions of a target. */
  received(): PartitionDump[];
  stop(): Promise<void>;
}

interface SceneOptions extends Partial<EventSourceMappingSettings> {
  topic: string;
  group?: string;
  servers?: string;
  fail?: boolean;
}

async function open(t: TestContext, options: SceneOptions): Promise<Scene> {
  const { topic, servers = parts.sourceBootstrapServers, group = `group of ${topic}` } = options;
  const bootstrapServers = servers.split(',');
  const client = {
    cluster: { alias: 'source', bootstrapServers },
    side: 'source' as const,
    requestTimeoutMs: 10_000,
  };
  const source = openDataPlane(client);
  const groups = openGroups(client);
  const records: EventRecord[] = [];
  const notices: string[] = [];
  const mapping = await EventSourceMapping.open(
    {
      origin: { eventSource: 'SelfManagedKafka', bootstrapServers, topic },
      consumerGroupId: group,
      batchSize: 10_000,
      maximumBatchingWindowMs: 0,
      startingPosition: { at: 'earliest' },
      eventBytes: lambdaPayloadBytes,
      pollers: { minimum: 1, maximum: 1, calmMs: 5000 },
      watchIntervalMs: 200,
      retry: {
        maximumRetryAttempts: -1,
        bisectBatchOnFunctionError: false,
        reportBatchItemFailures: false,
      },
      ...options,
    },
    {
      openSource: () => openDataPlane(client),
      source,
      groups,
      notify: (text) => notices.push(text),
      async invoke(event) {
        if (options.fail) {
          const failure = {
            code: 'FUNCTION_FAILED',
            message: 'as ordered',
            retriable: true,
          } as const;
          return { ok: false, failure };
        }
        for (const { records: own } of decodeEvent(JSON.parse(textOf(event)))) {
          records.push(...own);
        }
        return { ok: true, value: null };
      },
    },
  );
  const running = mapping.run();
  const stop = async (): Promise<void> => {
    mapping.stop();
    await running;
    await Promise.all([source.close(), groups.close()]);
  };
  t.after(stop);
  return { mapping, group, notices, received: () => dumpsOf(records), stop };
}

function dumpsOf(records: readonly EventRecord[]): PartitionDump[] {
  const groups = Map.groupBy(records, ({ partition }) => partition);
  return [...groups].map(([partition, own]) => ({
    partition,
    start: 0n,
    end: BigInt(own.at(-1)!.offset + 1),
    records: own.map(asDumped),
  }));
}

function asDumped({
  offset,
  timestamp,
  timestampType,
  key,
  value,
  headers,
}: EventRecord): DumpedRecord {
  const bytes = (text: string | null | undefined): Buffer | null =>
    text == null ? null : Buffer.from(text, 'base64');
  return {
    offset: BigInt(offset),
    timestamp,
    timestampType: timestampType === 'CREATE_TIME' ? 'CreateTime' : 'LogAppendTime',
    key: bytes(key),
    value: bytes(value),
    headers: (headers ?? [])
      .flatMap((header) => Object.entries(header))
      .map(([name, signed]) => [name, Buffer.from(signed as number[])]),
  };
}

function countNullHeaders(dumps: readonly PartitionDump[]): number {
  return dumps
    .flatMap(({ records }) => records.flatMap(({ headers }) => headers))
    .filter(([, value]) => value === null).length;
}

function untilProcessed(
  mapping: EventSourceMapping,
  dumps: readonly PartitionDump[],
): Promise<void> {
  return until(() => mapping.hasProcessed(dumps.map(({ end }) => end)));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
