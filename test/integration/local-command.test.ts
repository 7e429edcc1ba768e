/** `mirrorless local` as a user runs it: a process of its own, real clusters, Kafka's consumer as judge. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { randomTopic } from '../support/flow.ts';
import { awkwardWriter } from '../support/oracle/awkward.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import type { OracleRecord } from '../support/oracle/records.ts';
import { sharedParts } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);
const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));

test('--once copies what the source holds, and the next run only what is new', async (t) => {
  const topic = randomTopic('once');
  await source.createTopic(topic, { partitions: 3, configs: { 'retention.ms': '123456789' } });
  const writer = awkwardWriter('once', { large: true });
  await source.produce(
    topic,
    [0, 1, 2].flatMap((partition) => writer.records(partition)),
  );
  const { run } = await workspace(t, [topic]);

  const first = await run('--once', '-o', 'json');
  assert.deepEqual(first.code, 0, first.stderr);
  const copied = JSON.parse(first.stdout).flows[0];
  assert.equal(copied.caughtUp, true);
  assert.equal(copied.topics[0].records, recordCountOf(await source.dump(topic)));
  assert.equal((await target.describe(`source.${topic}`)).partitions.length, 3);
  assert.equal(await settingOf(`source.${topic}`, 'retention.ms'), '123456789');

  const sentinels = writer.end();
  await source.produce(topic, sentinels);
  const second = await run('--once', '-o', 'json');
  assert.deepEqual(second.code, 0, second.stderr);
  assert.equal(JSON.parse(second.stdout).flows[0].topics[0].records, 3);
  await assertCopied(topic, sentinels);
});

test('a host killed in the middle leaves nothing lost or doubled, and no process', async (t) => {
  const topic = randomTopic('killed');
  await source.createTopic(topic, { partitions: 2 });
  await source.load(topic, { producer: 'killed', count: 60_000, valueBytes: 1000, partitions: 2 });
  const { directory, start, run } = await workspace(t, [topic]);
  for (const signal of ['SIGKILL', 'SIGKILL', 'SIGINT'] as const) {
    const host = start();
    await until(async () => (await sizeOf(topic)) > 0n);
    const before = await sizeOf(topic);
    await until(async () => (await sizeOf(topic)) > before || before === 60_000n);
    host.kill(signal);
    const [code] = await once(host, 'exit');
    if (signal === 'SIGINT') assert.equal(code, 130);
    await until(async () => !(await commandLines()).includes(directory));
  }
  const last = await run('--once');
  assert.equal(last.code, 0, last.stderr);
  await assertCopied(topic);
});

test('a record too large for the target stops its partition, not the other topics', async (t) => {
  const [small, large] = [randomTopic('small'), randomTopic('large')];
  await source.createTopic(small);
  await source.createTopic(large, { configs: { 'max.message.bytes': '3000000' } });
  await target.createTopic(`source.${large}`, { configs: { 'max.message.bytes': '100000' } });
  await source.load(small, { producer: 'small', count: 10, valueBytes: 10 });
  await source.load(large, { producer: 'large', count: 1, valueBytes: 200_000 });
  // Discovery would give the remote topic the size of its source.
  const keys = ['sync.topic.configs.enabled = false'];
  const { run } = await workspace(t, [small, large], { keys });
  const result = await run('--once', '-o', 'json');
  assert.equal(result.code, 4, result.stderr);
  assert.match(result.stderr, /RECORD_TOO_LARGE/);
  const topics = JSON.parse(result.stdout).flows[0].topics as {
    topic: string;
    caughtUp: boolean;
  }[];
  assert.deepEqual(
    topics.map(({ topic, caughtUp }) => [topic, caughtUp]).toSorted(),
    [
      [large, false],
      [small, true],
    ].toSorted(),
  );
});

test('another state folder is told that the group remembers more than it', async (t) => {
  const topic = randomTopic('other');
  await source.createTopic(topic);
  await source.load(topic, { producer: 'other', count: 10, valueBytes: 10 });
  const { directory, run } = await workspace(t, [topic]);
  const first = await run('--once');
  assert.equal(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stderr, /does not know/);
  const other = await run('--once', '--state', join(directory, 'other'));
  assert.equal(other.code, 0, other.stderr);
  assert.match(other.stderr, /stands beyond records that this state does not know/);
  await assertCopied(topic);
});

test('a cluster that cannot be reached is one clear error', async (t) => {
  const { run } = await workspace(t, ['any'], { source: '127.0.0.1:1' });
  const { code, stderr, stdout } = await run('--once');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: .*cluster source.* \[SOURCE_UNREACHABLE\] check bootstrap\.servers/m,
  );
  assert.equal(stdout, '');
});

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

interface Workspace {
  directory: string;
  /** Starts `mirrorless local`, always with the same state. */
  start(...args: string[]): ChildProcess;
  /** The same to its end. */
  run(...args: string[]): Promise<Result>;
}

async function workspace(
  t: TestContext,
  topics: readonly string[],
  own: { source?: string; keys?: readonly string[] } = {},
): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const running = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'mm2.properties');
  const lines = [
    'clusters = source, target',
    `source.bootstrap.servers = ${own.source ?? parts.sourceBootstrapServers}`,
    `target.bootstrap.servers = ${parts.targetBootstrapServers}`,
    'source->target.enabled = true',
    `source->target.topics = ${topics.join(',')}`,
    'replication.factor = 1',
    'checkpoints.topic.replication.factor = 1',
    'offset-syncs.topic.replication.factor = 1',
    'emit.heartbeats.enabled = false',
    'heartbeats.replication.enabled = false',
    ...(own.keys ?? []),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const start = (...args: string[]): ChildProcess => {
    const options = ['local', '-c', file, '--state', join(directory, 'state'), ...args];
    const child = spawn(process.execPath, [program, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return { directory, start, run: (...args) => finished(start(...args)) };
}

async function finished(child: ChildProcess): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (text) => {
    stdout += text;
  });
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

async function assertCopied(topic: string, sentinels: readonly OracleRecord[] = []): Promise<void> {
  const [original, copy] = await Promise.all([source.dump(topic), target.dump(`source.${topic}`)]);
  const result = await checkReplication(original, copy, { sentinels, nullHeaders: 'countLost' });
  const nullHeaders = original
    .flatMap(({ records }) => records.flatMap(({ headers }) => headers))
    .filter(([, value]) => value === null);
  assertFaithful(result, { lostHeaders: nullHeaders.length });
}

/** Of every process on this machine. */
async function commandLines(): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'args']);
  return stdout;
}

async function settingOf(topic: string, name: string): Promise<string | null | undefined> {
  const topics = openTopics(parts.targetBootstrapServers);
  try {
    return await topics.setting(topic, name);
  } finally {
    await topics.close();
  }
}

function recordCountOf(dumps: readonly { records: unknown[] }[]): number {
  return dumps.reduce((count, { records }) => count + records.length, 0);
}

/** Records on the target so far; none while the remote topic is not there. */
async function sizeOf(topic: string): Promise<bigint> {
  try {
    const { partitions } = await target.describe(`source.${topic}`);
    return partitions.reduce((sum, { end }) => sum + end, 0n);
  } catch {
    return 0n;
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) assert.ok(Date.now() < deadline, 'waited in vain');
}
