/** 1,000 new topics of 10 partitions are created and mapped in one run; unchanged, nothing is written. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mapBounded } from '../../lib/bounded.ts';
import { bundleFunction } from '../../lib/bundle.ts';
import { flowName } from '../../lib/config/model.ts';
import { functionEnvironment, functionLimits, functionName } from '../../lib/deployment.ts';
import type { DiscoveryAnswer } from '../../lib/discovery/report.ts';
import { openTopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { LocalFunction } from '../../lib/local/function/local-function.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { serveLambda } from '../support/lambda-api.ts';
import { configured, localAws } from '../support/local-host.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const topicCount = 1000;
const partitionCount = 10;
const sweepMaxMs = 30_000;
/** A create a topic at 15 a second, which no run can be faster than, and as much again. */
const mappedMaxMs = 2 * (topicCount / 15) * 1000;
const maxResidentBytes = 256 * 1024 * 1024;

const parts = await sharedParts();

test(`${topicCount} topics × ${partitionCount} partitions`, async (t) => {
  const [source, target] = await Promise.all(
    (['3.9.2', '4.3.1'] as const).map((version) => ownCluster(t, { version })),
  );
  const servers = { source: source!.bootstrapServers, target: target!.bootstrapServers };
  await createTopics(servers.source);
  const flow = await deploy(t, servers);

  const first = await flow.discover();
  t.diagnostic(`created and mapped: ${JSON.stringify(first)}`);
  assert.deepEqual(first.done, { 'create-topic': topicCount, 'create-mapping': topicCount });
  assert.ok(first.tookMs < mappedMaxMs, `${first.tookMs} ms`);
  assert.equal(flow.reading.length, topicCount);

  await flow.pretendReplicated();
  await flow.discover(); // Knows the ids of what was created since.
  const unchanged = await flow.discover();
  t.diagnostic(`unchanged: ${JSON.stringify(unchanged)}`);
  assert.deepEqual(unchanged.done, {});
  assert.ok(unchanged.tookMs < sweepMaxMs, `${unchanged.tookMs} ms`);
  assert.ok(unchanged.residentBytes < maxResidentBytes, `${unchanged.residentBytes} bytes`);
});

async function createTopics(bootstrapServers: string): Promise<void> {
  const cluster = { alias: 'source', bootstrapServers: bootstrapServers.split(',') };
  const admin = openTopicAdmin({ cluster, side: 'source', requestTimeoutMs: 60_000 });
  try {
    const configs = { 'cleanup.policy': 'compact', 'retention.ms': '-1' };
    const topics = Array.from({ length: topicCount }, (_, index) => {
      return { topic: `scale-${index}`, partitionCount, replicationFactor: 1, configs };
    });
    const made = await admin.createTopics(topics);
    assert.ok(made.every(({ ok }) => ok));
    await until(async () => (await admin.listTopics()).length >= topicCount, 120_000);
  } finally {
    await admin.close();
  }
}

interface Run {
  done: Record<string, number>;
  tookMs: number;
  residentBytes: number;
}

/** The discover function as it is deployed, with mappings for which nothing reads. */
async function deploy(t: TestContext, servers: { source: string; target: string }) {
  const configuration = configured([
    'clusters = source, target',
    `source.bootstrap.servers = ${servers.source}`,
    `target.bootstrap.servers = ${servers.target}`,
    'source->target.enabled = true',
    'source->target.topics = scale-.*',
    'heartbeats.replication.enabled = false',
    'replication.factor = 1',
  ]);
  const own = configuration.flows[0]!;
  const aws = localAws(parts.awsEnvironment);
  t.after(() => aws[Symbol.asyncDispose]());
  await createStateTable(aws.dynamoDb, own.stateTable);
  const { endpoint, reading } = await serveLambda(t, {
    functionName: functionName(own, 'replicate'),
  });
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  after(() => rm(directory, { recursive: true }));
  const entry = join(directory, 'discover.mjs');
  const from = fileURLToPath(new URL('../../functions/discover.ts', import.meta.url));
  await bundleFunction({ entry: from, outfile: entry });
  const lines: string[] = [];
  const local = new LocalFunction(
    {
      name: functionName(own, 'discover'),
      entry,
      handler: 'discover.handler',
      ...functionLimits(own, 'discover'),
      environment: {
        ...aws.environment,
        AWS_ENDPOINT_URL_LAMBDA: endpoint,
        ...functionEnvironment(configuration, own, 'discover'),
      },
    },
    { concurrency: 1, onLine: (line) => lines.push(line) },
  );
  t.after(() => local.stop());
  const event = Buffer.from('{}');
  return {
    reading,
    async discover(): Promise<Run> {
      lines.length = 0;
      const outcome = await local.invoke({ pieces: [event], sizeBytes: event.length });
      assert.ok(outcome.ok, JSON.stringify(outcome));
      const { failures, states } = outcome.value as DiscoveryAnswer;
      const [trouble] = [...failures, ...states];
      assert.equal(trouble, undefined, JSON.stringify(trouble));
      const summary = lines.find((line) => line.includes('"mirroredTopics"'))!;
      const { done, tookMs } = JSON.parse(summary);
      return { done, tookMs, residentBytes: local.maxResidentBytes };
    },
    /** Every partition has progress, at the beginning of its log. */
    async pretendReplicated(): Promise<void> {
      const stored = { client: aws.dynamoDb, table: own.stateTable, flow: flowName(own) };
      const state = dynamoStateStore(stored);
      const identity = { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0 };
      const partitions = Array.from({ length: topicCount * partitionCount }, (_, index) => ({
        topic: `scale-${Math.floor(index / partitionCount)}`,
        partition: index % partitionCount,
      }));
      await mapBounded(partitions, 16, (partition) =>
        state.create(partition, { ...identity, segment: emptySegment(0n, 0n) }),
      );
    },
  };
}
