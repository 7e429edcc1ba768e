/** Heartbeats are MM2's, go on whatever fails, and measure the flow while no data moves. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../../lib/bundle.ts';
import { writeEnvironment } from '../../lib/config/environment.ts';
import type { FlowSettings } from '../../lib/config/flow-settings.ts';
import { deadlineAt } from '../../lib/deadline.ts';
import { toMirrorlessError } from '../../lib/errors.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import type { KafkaDataPlane } from '../../lib/kafka/ports.ts';
import type { InvocationOutcome } from '../../lib/local/function/environment.ts';
import { LocalFunction } from '../../lib/local/function/local-function.ts';
import type { KafkaCluster } from '../../lib/local/parts/kafka-cluster.ts';
import { decodeHeartbeat, encodeHeartbeat } from '../../lib/mm2/formats.ts';
import { appendRecords, type ReadRecord, readToEnd } from '../../lib/mm2/topics.ts';
import { defaultFlowSettings } from '../support/flow-settings.ts';
import { ownCluster } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

interface Cluster {
  alias: string;
  kafka: KafkaCluster;
  plane: KafkaDataPlane;
}

const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
const entry = join(directory, 'heartbeat.mjs');
const scheduled = { time: '2026-11-20T10:00:00Z' };
const source = fileURLToPath(new URL('../../functions/heartbeat.ts', import.meta.url));
const [us, eu] = await Promise.all([
  open('us', '3.9.2', { after }),
  open('eu', '4.3.1', { after }),
  bundleFunction({ entry: source, outfile: entry }),
]);
after(() => rm(directory, { recursive: true }));

test('each flow writes MM2’s record to its own target, whether it mirrors or not', async (t) => {
  for (const [source, target, enabled] of [
    [us, eu, true],
    [eu, us, false],
  ] as const) {
    const { invoke } = deploy(t, source, target, { enabled });
    const startedAt = Date.now();
    assert.deepEqual(await invoke({}), { ok: true, value: null });
    const [record, ...more] = await heartbeatsOn(target);
    assert.ok(record !== undefined && more.length === 0);
    assert.equal(
      record.key?.toString('latin1'),
      `\0\x02${source.alias}\0\x02${target.alias}`,
      'key',
    );
    assert.ok(record.timestampMs >= startedAt && record.timestampMs <= Date.now());
    const value = Buffer.alloc(10);
    value.writeBigInt64BE(BigInt(record.timestampMs), 2);
    assert.deepEqual(record.value, value);
    assert.deepEqual(decodeHeartbeat(record), {
      sourceClusterAlias: source.alias,
      targetClusterAlias: target.alias,
      timestampMs: record.timestampMs,
    });
  }
});

test('the topic is created compacted, with one partition', async () => {
  const admin = openTopics(eu.kafka.bootstrapServers);
  assert.equal(await admin.partitionCount('heartbeats'), 1);
  assert.equal(await admin.setting('heartbeats', 'cleanup.policy'), 'compact');
  await admin.close();
});

test('a replication factor that the cluster does not have is told, and ends nothing else', async (t) => {
  const alone = await open('alone', '4.3.1', t);
  const heartbeats = { enabled: true, intervalSeconds: 60, topicReplicationFactor: 3 };
  const { invoke, lines } = deploy(t, us, alone, { heartbeats });
  const outcome = await invoke({});
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.code, 'TOPIC_MISSING');
  const told = lines.find((line) => line.includes('topic heartbeats not created on alone'));
  assert.match(told ?? '', /INVALID_REPLICATION_FACTOR/);
});

test('an interval below a minute is kept inside the invocation', async (t) => {
  const before = await heartbeatsOn(eu);
  const { invoke, metrics } = deploy(t, us, eu, { intervalSeconds: 1, timeoutMs: 5_000 });
  assert.deepEqual(await invoke(scheduled), { ok: true, value: null });
  const emitted = (await heartbeatsOn(eu)).slice(before.length);
  // Exactly five on a machine that is not busy; a late one is never made up for.
  assert.ok(emitted.length >= 3 && emitted.length <= 5, `${emitted.length} heartbeats`);
  const gaps = emitted.slice(1).map(({ timestampMs }, index) => {
    return timestampMs - emitted[index]!.timestampMs;
  });
  assert.ok(
    gaps.every((gapMs) => gapMs > 500),
    gaps.join(' '),
  );
  assert.deepEqual(
    metrics().map(({ HeartbeatCount }) => HeartbeatCount),
    [emitted.length],
  );
});

test('an interval above a minute is one heartbeat in the minute that it is due', async (t) => {
  const before = await heartbeatsOn(eu);
  const { invoke } = deploy(t, us, eu, { intervalSeconds: 600 });
  assert.ok((await invoke({ time: '2026-11-20T10:01:00Z' })).ok);
  assert.equal((await heartbeatsOn(eu)).length, before.length);
  assert.ok((await invoke(scheduled)).ok);
  assert.equal((await heartbeatsOn(eu)).length, before.length + 1);
});

test('latency and age of heartbeats are known of every path, with no data flowing', async (t) => {
  const paths = ['us.heartbeats', 'us.asia.heartbeats'];
  const others = ['asia.heartbeats', 'us.orders'];
  const admin = openTopics(eu.kafka.bootstrapServers);
  const topics = [...paths, ...others];
  await admin.createTopics(
    topics.map((topic) => ({ topic, partitionCount: 1, replicationFactor: 1 })),
  );
  await admin.close();
  const { invoke, metrics } = deploy(t, us, eu, { intervalSeconds: 1, timeoutMs: 4_000 });
  let isOver = false;
  const invocation = invoke(scheduled).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const topic of topics) await copyHeartbeat(topic, { emittedAgoMs: 1500 });
    await pause(100);
  }
  assert.deepEqual(await invocation, { ok: true, value: null });
  const sightings = metrics().filter(({ Topic }) => Topic !== undefined);
  assert.deepEqual([...new Set(sightings.map(({ Topic }) => Topic))].toSorted(), [
    'asia.heartbeats',
    'heartbeats',
  ]);
  for (const path of ['asia.heartbeats', 'heartbeats']) {
    const ofPath = sightings.filter(({ Topic }) => Topic === path);
    const latencies = ofPath.flatMap(({ HeartbeatLatency = [] }) => HeartbeatLatency);
    assert.ok(latencies.length >= 3, `${latencies.length} latencies`);
    assert.ok(
      latencies.every((latencyMs) => latencyMs >= 1500 && latencyMs < 4000),
      latencies.join(' '),
    );
    const ages = ofPath.flatMap(({ HeartbeatAge = [] }) => HeartbeatAge);
    assert.ok(ages.at(-1)! >= 1500 && ages.at(-1)! < 5000, ages.join(' '));
  }
});

test('the age of the newest heartbeat grows when none arrive, also looked at once', async (t) => {
  const { invoke, metrics } = deploy(t, us, eu, { intervalSeconds: 600 });
  const topic = 'us.quiet.heartbeats';
  const admin = openTopics(eu.kafka.bootstrapServers);
  await admin.createTopics([{ topic, partitionCount: 1, replicationFactor: 1 }]);
  await admin.close();
  await copyHeartbeat(topic, { emittedAgoMs: 3_600_000 });
  const noise = Array.from({ length: 250 }, () => ({
    key: Buffer.from('what'),
    value: Buffer.from('is this'),
    timestampMs: Date.now(),
  }));
  await appendRecords(eu.plane, topic, noise);
  assert.ok((await invoke({})).ok);
  const quiet = metrics().find(({ Topic }) => Topic === 'quiet.heartbeats');
  const [ageMs] = quiet?.HeartbeatAge ?? [];
  assert.ok(ageMs !== undefined && ageMs >= 3_600_000 && ageMs < 3_660_000);
  assert.equal(quiet?.HeartbeatLatency, undefined);
});

test('killed at any time it goes on, and every record stays one of MM2’s', async (t) => {
  const before = await heartbeatsOn(eu);
  const killed = deploy(t, us, eu, { intervalSeconds: 1 });
  for (let round = 0; round < 3; round += 1) {
    const known = await heartbeatsOn(eu);
    const invocation = killed.invoke(scheduled);
    while ((await heartbeatsOn(eu)).length === known.length) await pause(5);
    process.kill(killed.local.processIds[0]!, 'SIGKILL');
    const outcome = await invocation;
    assert.ok(!outcome.ok && outcome.failure.code === 'FUNCTION_FAILED');
  }
  assert.ok((await killed.invoke({})).ok);
  const all = (await heartbeatsOn(eu)).slice(before.length);
  assert.ok(all.length >= 4);
  assert.ok(all.every((record) => decodeHeartbeat(record) !== undefined));
});

test('a target that goes away fails rounds, not the invocation', async (t) => {
  const fragile = await open('fragile', '4.3.1', t);
  const { invoke, lines } = deploy(t, us, fragile, { intervalSeconds: 1 });
  const [broker] = fragile.kafka.brokers;
  void invoke(scheduled);
  while ((await countServed(fragile)) === 0) await pause(20);
  await broker!.kill('SIGKILL');
  while (!lines.some((line) => line.includes('heartbeat not emitted'))) await pause(20);
  await broker!.start();
  const before = await countServed(fragile);
  while ((await countServed(fragile)) === before) await pause(20);
  const failed = lines.find((line) => line.includes('heartbeat not emitted'));
  assert.match(failed ?? '', /TARGET_UNREACHABLE/);
});

/** Of a topic that was created, or a broker that was started, a moment ago: not yet served, it is asked again. */
async function countServed(cluster: Cluster): Promise<number> {
  try {
    return (await heartbeatsOn(cluster)).length;
  } catch (error) {
    if (!toMirrorlessError(error).retriable) throw error;
    await pause(20);
    return countServed(cluster);
  }
}

async function open(
  alias: string,
  version: '3.9.2' | '4.3.1',
  context: Parameters<typeof ownCluster>[0],
): Promise<Cluster> {
  const kafka = await ownCluster(context, { version });
  const cluster = { alias, bootstrapServers: kafka.bootstrapServers.split(',') };
  const plane = openDataPlane({ cluster, side: 'target', requestTimeoutMs: 5000 });
  context.after(() => plane.close());
  return { alias, kafka, plane };
}

function connection({ alias, kafka }: Cluster) {
  const cluster = { alias, bootstrapServers: kafka.bootstrapServers.split(',') };
  return { cluster, side: 'target' } as const;
}

type Changes = Partial<FlowSettings> & { intervalSeconds?: number; timeoutMs?: number };

interface Metric {
  Flow: string;
  Topic?: string;
  HeartbeatCount?: number;
  HeartbeatLatency?: number[];
  HeartbeatAge?: number[];
}

/** The function of a flow, as the local host runs it. */
function deploy(t: TestContext, source: Cluster, target: Cluster, changes: Changes) {
  const { intervalSeconds = 1, timeoutMs = 60_000, ...rest } = changes;
  const settings = defaultFlowSettings({
    source: connection(source).cluster,
    target: connection(target).cluster,
    stateTable: 'none',
    producer: { compressionType: 'none', requestTimeoutMs: 5000 },
    heartbeats: { enabled: true, intervalSeconds, topicReplicationFactor: 1 },
    ...rest,
  });
  const lines: string[] = [];
  const local = new LocalFunction(
    {
      name: 'heartbeat',
      entry,
      handler: 'heartbeat.handler',
      memorySizeMb: 128,
      timeoutMs,
      environment: writeEnvironment(settings),
    },
    { concurrency: 1, onLine: (line) => lines.push(line) },
  );
  t.after(() => local.stop());
  const invoke = (event: object): Promise<InvocationOutcome> => {
    const text = Buffer.from(JSON.stringify(event));
    return local.invoke({ pieces: [text], sizeBytes: text.length });
  };
  return { local, invoke, lines, metrics: () => lines.flatMap(metricOf) };
}

/** A metric of one value is no list; here those of sightings are. */
function metricOf(line: string): Metric[] {
  if (!line.startsWith('{"_aws"')) return [];
  const metric = JSON.parse(line);
  for (const name of ['HeartbeatLatency', 'HeartbeatAge']) {
    if (metric[name] !== undefined) metric[name] = [metric[name]].flat();
  }
  return [metric];
}

async function heartbeatsOn({ plane }: Cluster): Promise<ReadRecord[]> {
  const deadline = deadlineAt(Date.now() + 20_000);
  if ((await plane.partitionCount('heartbeats')) === undefined) return [];
  const records: ReadRecord[] = [];
  for await (const record of readToEnd(plane, 'heartbeats', deadline)) {
    const { key, value } = record;
    records.push({ ...record, key: key && Buffer.from(key), value: value && Buffer.from(value) });
  }
  return records;
}

/** What the replicate function would have brought. */
async function copyHeartbeat(topic: string, { emittedAgoMs }: { emittedAgoMs: number }) {
  const timestampMs = Date.now() - emittedAgoMs;
  const heartbeat = { sourceClusterAlias: 'eu', targetClusterAlias: 'us', timestampMs };
  await appendRecords(eu.plane, topic, [{ ...encodeHeartbeat(heartbeat), timestampMs }]);
}
