/** `mirrorless local` with what runs on a schedule: heartbeats go round, positions are published. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deadlineAt } from '../../lib/deadline.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import type { KafkaDataPlane } from '../../lib/kafka/ports.ts';
import { decodeCheckpoint, decodeHeartbeat, type StoredRecord } from '../../lib/mm2/formats.ts';
import { appendRecords, readToEnd } from '../../lib/mm2/topics.ts';
import { ownCluster } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));
const clusters = await Promise.all([
  ownCluster({ after }, { version: '3.9.2' }),
  ownCluster({ after }, { version: '4.3.1' }),
]);
const [us, eu] = clusters.map(({ bootstrapServers }, index) => {
  const alias = index === 0 ? 'us' : 'eu';
  return { cluster: { alias, bootstrapServers: bootstrapServers.split(',') }, alias };
}) as [Side, Side];

interface Side {
  cluster: { alias: string; bootstrapServers: string[] };
  alias: string;
}

test('the heartbeats of the flow back are mirrored, and Ctrl-C does not wait for a minute', async (t) => {
  const { start, log } = await workspace(t);
  const host = start();
  const plane = openPlane(t, eu);
  await until(async () => {
    const copies = await recordsOf(plane, 'us.heartbeats', decodeHeartbeat);
    return copies.some(({ sourceClusterAlias }) => sourceClusterAlias === 'eu');
  });
  const own = await recordsOf(plane, 'heartbeats', decodeHeartbeat);
  assert.ok(own.every(({ sourceClusterAlias: source }) => source === 'us'));
  // Ten seconds after the beginning the function tells what it saw.
  await until(async () => /us->eu heartbeat .*"HeartbeatLatency"/.test(await log()));
  const startedAt = Date.now();
  host.kill('SIGINT');
  const [code] = await once(host, 'close');
  assert.equal(code, 130);
  assert.ok(Date.now() - startedAt < 10_000, `${Date.now() - startedAt} ms`);
});

test('--once ends when positions in all that was copied are published', async (t) => {
  const topic = 'orders';
  await appendRecords(
    openPlane(t, us),
    await createTopic(us, topic),
    Array.from({ length: 100 }, (_, index) => ({
      key: Buffer.from(`${index}`),
      value: Buffer.from('value'),
      timestampMs: Date.now(),
    })),
  );
  const groups = openGroups({ ...us, side: 'source', requestTimeoutMs: 10_000 });
  t.after(() => groups.close());
  const position = { topic, partition: 0, offset: 60n, metadata: 'here' };
  const [committed] = await groups.commitOffsets('readers', [position]);
  assert.ok(committed?.ok);
  const { run } = await workspace(t);
  const { code, stdout, stderr } = await run('--once', '--flow', 'us->eu', '-o', 'json');
  assert.equal(code, 0, stderr);
  const flows = JSON.parse(stdout).flows as { flow: string; enabled: boolean; topics: unknown[] }[];
  assert.deepEqual(
    flows.map(({ flow, enabled }) => [flow, enabled]),
    [
      ['us->eu', true],
      ['eu->us', false],
    ],
  );
  assert.deepEqual(flows[1]?.topics, []);
  const plane = openPlane(t, eu);
  const checkpoints = await recordsOf(plane, 'us.checkpoints.internal', decodeCheckpoint);
  const published = checkpoints.filter(({ group }) => group === 'readers').at(-1);
  assert.deepEqual(published, {
    group: 'readers',
    topic: 'us.orders',
    partition: 0,
    upstreamOffset: 60n,
    downstreamOffset: 60n,
    metadata: 'here',
  });
});

test('a topic of heartbeats that cannot be created is told, and the rest goes on', async (t) => {
  const alone = await ownCluster(t, { version: '4.3.1' });
  const { run } = await workspace(t, [
    `eu.bootstrap.servers = ${alone.bootstrapServers}`,
    'heartbeats.topic.replication.factor = 3',
  ]);
  const { code, stderr } = await run('--once');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /us->eu: no heartbeats topic: .*INVALID_REPLICATION_FACTOR/);
});

/** A state folder and a configuration of its own; both flows, the one back for heartbeats only. */
async function workspace(t: TestContext, changes: readonly string[] = []) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const running = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'mm2.properties');
  const lines = [
    'clusters = us, eu',
    `us.bootstrap.servers = ${us.cluster.bootstrapServers}`,
    `eu.bootstrap.servers = ${eu.cluster.bootstrapServers}`,
    'us->eu.enabled = true',
    'replication.factor = 1',
    'heartbeats.topic.replication.factor = 1',
    'checkpoints.topic.replication.factor = 1',
    'offset-syncs.topic.replication.factor = 1',
    ...changes,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const state = join(directory, 'state');
  const start = (...args: string[]): ChildProcess => {
    const options = [program, 'local', '-c', file, '--state', state, ...args];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  const run = async (...args: string[]) => {
    const child = start(...args);
    const [stdout, stderr, [code]] = await Promise.all([
      textOf(child.stdout!),
      textOf(child.stderr!),
      once(child, 'close'),
    ]);
    return { code, stdout, stderr };
  };
  const log = () => readFile(join(state, 'functions.log'), 'utf8');
  return { start, run, log };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

function openPlane(t: TestContext, { cluster }: Side): KafkaDataPlane {
  const plane = openDataPlane({ cluster, side: 'target', requestTimeoutMs: 10_000 });
  t.after(() => plane.close());
  return plane;
}

async function createTopic({ cluster }: Side, topic: string): Promise<string> {
  const topics = openTopics(cluster.bootstrapServers.join());
  await topics.createTopics([{ topic, partitionCount: 1, replicationFactor: 1 }]);
  await topics.close();
  return topic;
}

/** None while the topic is not there. */
async function recordsOf<T>(
  plane: KafkaDataPlane,
  topic: string,
  decode: (record: StoredRecord) => T | undefined,
): Promise<T[]> {
  if ((await plane.partitionCount(topic)) === undefined) return [];
  const decoded: T[] = [];
  for await (const record of readToEnd(plane, topic, deadlineAt(Date.now() + 20_000))) {
    const value = decode(record);
    assert.ok(value !== undefined, `a record of ${topic} that is none of MM2’s`);
    decoded.push(value);
  }
  return decoded;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await pause(50);
  }
}
