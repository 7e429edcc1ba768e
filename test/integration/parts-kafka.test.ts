/** The real clusters that the demo, the tests and the benchmarks stand on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { startKafkaCluster } from '../../lib/local/parts/kafka-cluster.ts';
import type { KafkaVersion } from '../../lib/local/parts/kafka-distribution.ts';
import { ownCluster } from '../support/parts.ts';

const versions: KafkaVersion[] = ['3.9.2', '4.3.1'];
const topic = 'records';

for (const version of versions) {
  test(`${version}: a broker killed with -9 comes back with its port and records`, async (t) => {
    const cluster = await ownCluster(t, { version });
    const broker = cluster.brokers[0]!;
    const kafka = client(cluster.bootstrapServers);
    await createTopic(kafka, 1);
    await produce(kafka);
    const { pid, port } = broker;

    await broker.kill('SIGKILL');
    await assert.rejects(produce(client(cluster.bootstrapServers, { retries: 0 })));
    await broker.start();

    await produce(kafka);
    assert.equal(await recordCount(kafka), 2);
    assert.notEqual(broker.pid, pid);
    assert.equal(broker.port, port);
  });
}

test('three brokers: one may be killed, and joins again as a replica in sync', async (t) => {
  const cluster = await ownCluster(t, { version: '4.3.1', brokers: 3 });
  const kafka = client(cluster.bootstrapServers);
  await createTopic(kafka, 3);
  await produce(kafka);
  const { leader } = await partition(kafka);
  const broker = cluster.brokers.find(({ id }) => id === leader)!;

  await broker.kill('SIGKILL');
  await until(async () => (await partition(kafka)).leader !== leader);
  await produce(kafka);
  assert.deepEqual((await partition(kafka)).isr.includes(leader), false);
  await broker.start();
  await until(async () => (await partition(kafka)).isr.includes(leader));

  assert.equal(await recordCount(kafka), 2);
});

test('a directory used before is taken up again, with its records', async (t) => {
  const directory = await temporaryDirectory();
  const options = { version: '4.3.1', directory, notify: () => {} } as const;
  const first = await startKafkaCluster(options);
  await createTopic(client(first.bootstrapServers), 1);
  await produce(client(first.bootstrapServers));
  await first.stop();

  const second = await startKafkaCluster(options);
  t.after(async () => {
    await second.stop();
    await rm(directory, { recursive: true, force: true });
  });
  assert.equal(await recordCount(client(second.bootstrapServers)), 1);
});

test('a property that the broker refuses is an error that names its log', async (t) => {
  const properties = { 'num.partitions': 'many' };
  await assert.rejects(ownCluster(t, { version: '4.3.1', properties }), /broker-1\.log/);
});

test('brokers do not outlive a process that is killed', async (t) => {
  const directory = await temporaryDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  const parts = new URL('../../lib/local/parts/kafka-cluster.ts', import.meta.url).href;
  const options = JSON.stringify({ version: '4.3.1', directory });
  const source = `
    import { startKafkaCluster } from ${JSON.stringify(parts)};
    const { brokers } = await startKafkaCluster({ ...${options}, notify() {} });
    console.log(brokers[0].pid);
    setInterval(() => {}, 1000);`;
  const owner = spawn(
    process.execPath,
    [...process.execArgv, '--input-type=module', '-e', source],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [output] = await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  await until(async () => !isRunning(Number(output)));
});

async function temporaryDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
}

function client(bootstrapServers: string, retry: { retries?: number } = {}): Kafka {
  return new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING, retry });
}

async function withAdmin<T>(kafka: Kafka, work: (admin: ReturnType<Kafka['admin']>) => Promise<T>) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(kafka: Kafka, replicationFactor: number): Promise<void> {
  const topics = [{ topic, numPartitions: 1, replicationFactor }];
  await withAdmin(kafka, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
}

async function produce(kafka: Kafka): Promise<void> {
  const producer = kafka.producer();
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'value' }] });
  } finally {
    await producer.disconnect();
  }
}

async function recordCount(kafka: Kafka): Promise<number> {
  const offsets = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  return Number(offsets[0]?.high);
}

async function partition(kafka: Kafka) {
  const metadata = await withAdmin(kafka, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return metadata.topics[0]!.partitions[0]!;
}

/** For as long as the file of tests may take. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
