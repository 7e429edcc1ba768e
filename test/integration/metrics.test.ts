/** Every metric of the registry is sent by a running flow, with the dimensions that it says. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { type MetricName, metrics, namespace } from '../../lib/telemetry/metrics.ts';
import { randomTopic } from '../support/flow.ts';
import { sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'mirrorless-metrics-'));
after(() => rm(directory, { recursive: true, force: true }));
const id = randomTopic('m').replaceAll(/[^a-z0-9]/g, '');
const [a, b] = [`${id}a`, `${id}b`];
const [source, target] = [parts.sourceBootstrapServers, parts.targetBootstrapServers].map(
  (servers) => new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING }),
) as [Kafka, Kafka];

/** Sent in the life of a flow that has everything, troubles included. */
const expected = Object.entries(metrics).flatMap(([name, definition]) => {
  const { dimensions, alsoOfFlow }: { dimensions: readonly string[]; alsoOfFlow?: true } =
    definition;
  const sets = [dimensions, ...(alsoOfFlow ? [['Flow']] : [])];
  return sets.map((set) => `${name}: ${[...set].sort()} ${metrics[name as MetricName].unit}`);
});

test('a flow in all kinds of trouble sends the registry, nothing more and nothing less', async (t) => {
  await prepare();
  // Lag is told once a minute, first at the start: at the second one something is copied already.
  const stop = await startLocal(t);
  await until(
    async () => [...(await sentMetrics())].some((one) => one.startsWith('ReplicationL')),
    90_000,
  );
  await stop();
  await startLocal(t);
  const missing = async () => {
    const sent = await sentMetrics();
    return expected.filter((one) => !sent.has(one));
  };
  // How many heartbeats were written is told at the end of a minute's invocation.
  await until(async () => (await missing()).length === 0, 150_000).catch(async () => {
    assert.deepEqual(await missing(), []);
  });
  const known = new Set(expected);
  assert.deepEqual(
    [...(await sentMetrics())].filter((one) => !known.has(one)),
    [],
  );
});

/** A topic in order, one that begins later than its group, one too large, one grown on the target. */
async function prepare(): Promise<void> {
  const [orders, later, large, grown] = topics();
  const admin = source.admin();
  await admin.connect();
  await admin.createTopics({ topics: topics().map((topic) => ({ topic })) });
  const producer = source.producer();
  await producer.connect();
  for (const topic of [orders, later, grown]) {
    await producer.send({ topic, messages: [{ value: '1' }, { value: '2' }] });
  }
  await producer.send({ topic: large, messages: [{ value: 'x'.repeat(5000) }] });
  await producer.disconnect();
  for (const topic of [orders, later]) {
    const partitions = [{ partition: 0, offset: '1' }];
    await admin.setOffsets({ groupId: `${id}-group`, topic, partitions });
  }
  await admin.disconnect();
  const onTarget = target.admin();
  await onTarget.connect();
  const small = [{ name: 'max.message.bytes', value: '1000' }];
  await onTarget.createTopics({
    topics: [
      { topic: `${a}.${large}`, configEntries: small },
      { topic: `${a}.${grown}`, numPartitions: 2 },
      { topic: `${a}.heartbeats` },
    ],
  });
  await onTarget.disconnect();
}

function topics(): [string, string, string, string] {
  return [`${id}-orders`, `${id}-later`, `${id}-large`, `${id}-grown`];
}

async function startLocal(t: TestContext): Promise<() => Promise<void>> {
  const lines = [
    'clusters:',
    `  ${a}: { bootstrap.servers: [${parts.sourceBootstrapServers}] }`,
    `  ${b}: { bootstrap.servers: [${parts.targetBootstrapServers}] }`,
    ...['', 'checkpoints.topic.', 'heartbeats.topic.', 'offset-syncs.topic.'].map(
      (topic) => `${topic}replication.factor: 1`,
    ),
    'flows:',
    `  ${a}->${b}:`,
    `    topics: [${topics()}]`,
    `    groups: ['${id}.*']`,
    '    sync.group.offsets.enabled: true',
    '    sync.topic.configs.enabled: false',
    `    starting.position.topics: [${topics()[1]}=latest]`,
    `    state.table: ${id}`,
    // Its heartbeats go to the source, a second apart: some arrive while they are watched.
    `  ${b}->${a}: { enabled: false }`,
  ];
  await writeFile(join(directory, 'mirrorless.yaml'), lines.join('\n'));
  const args = [program, 'local', '-c', 'mirrorless.yaml', '--state', 'state'];
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...process.env, ...parts.awsEnvironment },
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
  };
  t.after(stop);
  return stop;
}

interface EmbeddedLine {
  _aws: {
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
}

/** `name: dimensions unit` of all lines in CloudWatch's embedded format. */
async function sentMetrics(): Promise<Set<string>> {
  const file = join(directory, 'state', 'functions.log');
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap((line) => /\{"_aws":.*\}$/.exec(line)?.[0] ?? []);
  const sent = new Set<string>();
  for (const line of lines) {
    const { _aws } = JSON.parse(line) as EmbeddedLine;
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      assert.equal(Namespace, namespace);
      const [set] = Dimensions;
      assert.equal(Dimensions.length, 1, line);
      for (const { Name, Unit } of Metrics) sent.add(`${Name}: ${[...set!].sort()} ${Unit}`);
    }
  }
  return sent;
}
