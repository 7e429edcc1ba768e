/** Discovery on real clusters through the local host: what appears on the source is replicated. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { flowName } from '../../lib/config/model.ts';
import { functionName } from '../../lib/deployment.ts';
import { mappedFlow } from '../../lib/discovery/mapping-parameters.ts';
import { turn } from '../../lib/discovery/pause.ts';
import { dynamoKnownTopics } from '../../lib/state/known-topics.ts';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { randomTopic } from '../support/flow.ts';
import { configured, type HostedFlows, hostFlows } from '../support/local-host.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);

const longIntervalSeconds = 10;

test('a new topic and new partitions are replicated from their first record', async (t) => {
  const prefix = randomTopic('grows');
  const [first, late] = [`${prefix}-first`, `${prefix}-late`];
  await source.createTopic(first, { partitions: 1 });
  const host = await openHost(t, prefix, longIntervalSeconds);
  const configs = { 'retention.ms': '123456789' };
  const startedAt = performance.now();
  await source.createTopic(late, { partitions: 2, configs });
  await source.load(late, { producer: 'late', count: 400, valueBytes: 100, partitions: 2 });
  await source.addPartitions(first, 3);
  await source.load(first, { producer: 'first', count: 600, valueBytes: 100, partitions: 3 });
  await until(() => copied(host, late) === 400 && copied(host, first) === 600);
  const intervals = (performance.now() - startedAt) / 1000 / longIntervalSeconds;
  t.diagnostic(`after ${intervals.toFixed(1)} discovery intervals`);
  assert.ok(intervals < 2, `${intervals} intervals`);
  for (const topic of [late, first]) await assertCopied(topic);
  const { partitions } = await target.describe(`source.${late}`);
  assert.equal(partitions.length, 2);
});

test('a paused topic is found and not read, and read from its first record when resumed', async (t) => {
  const prefix = randomTopic('paused');
  const topic = `${prefix}-topic`;
  const host = await openHost(t, prefix);
  const pausing = await turning(host);
  await turn({ to: 'pause', topics: [topic] }, pausing);
  await source.createTopic(topic);
  await source.load(topic, { producer: 'paused', count: 50, valueBytes: 10 });
  await until(async () => (await stateOf(host, topic)) === 'Disabled');
  assert.equal(copied(host, topic), 0);
  await turn({ to: 'resume', topics: [topic] }, pausing);
  await until(() => copied(host, topic) === 50);
  await assertCopied(topic);
});

test('a source topic that was created again is read no more, and is named', async (t) => {
  const prefix = randomTopic('again');
  const topic = `${prefix}-topic`;
  await source.createTopic(topic);
  await source.load(topic, { producer: 'before', count: 20, valueBytes: 10 });
  const host = await openHost(t, prefix);
  await until(() => copied(host, topic) === 20);
  await source.deleteTopic(topic);
  await source.createTopic(topic);
  await until(async () => (await stateOf(host, topic)) === 'Disabled');
  const known = dynamoKnownTopics(stored(host));
  const { topics } = await known.read();
  const states = topics.find((each) => each.topic === topic)?.states.map(({ state }) => state);
  assert.ok(states?.includes('source-recreated'), JSON.stringify(topics));
});

test('mappings of a host that ended read on in the next, where they stood', async (t) => {
  const prefix = randomTopic('restart');
  const topic = `${prefix}-topic`;
  await source.createTopic(topic, { partitions: 2 });
  await source.load(topic, { producer: 'one', count: 100, valueBytes: 10, partitions: 2 });
  const host = await openHost(t, prefix);
  await until(() => copied(host, topic) === 100);
  await host.stop();
  await source.load(topic, { producer: 'two', count: 60, valueBytes: 10, partitions: 2 });
  await host.restart();
  await until(() => copied(host, topic) === 60);
  await assertCopied(topic);
});

/** The flow of all topics with a prefix. */
function openHost(t: TestContext, prefix: string, intervalSeconds = 1): Promise<HostedFlows> {
  const configuration = configured([
    'clusters = source, target',
    `source.bootstrap.servers = ${parts.sourceBootstrapServers}`,
    `target.bootstrap.servers = ${parts.targetBootstrapServers}`,
    'source->target.enabled = true',
    `source->target.topics = ${prefix}.*`,
    'replication.factor = 1',
    `refresh.topics.interval.seconds = ${intervalSeconds}`,
    'emit.checkpoints.enabled = false',
    'emit.offset-syncs.enabled = false',
    'emit.heartbeats.enabled = false',
    'heartbeats.replication.enabled = false',
  ]);
  return hostFlows(t, configuration, parts);
}

function copied(host: HostedFlows, topic: string): number {
  return host.topic(topic)?.recordCount ?? 0;
}

async function stateOf(host: HostedFlows, topic: string): Promise<string | undefined> {
  const [flow] = host.configuration.flows;
  const mappings = await (await host.mappings()).list(functionName(flow!, 'replicate'));
  return mappings.find(({ Topics }) => Topics?.[0] === topic)?.State;
}

function stored({ configuration, aws }: HostedFlows) {
  const flow = configuration.flows[0]!;
  return { client: aws.dynamoDb, table: flow.stateTable, flow: flowName(flow) };
}

async function turning(host: HostedFlows) {
  const flow = host.configuration.flows[0]!;
  return {
    api: await host.mappings(),
    pauses: dynamoPauses(stored(host)),
    flow: mappedFlow(host.configuration, flow),
    functionName: functionName(flow, 'replicate'),
    waitForLambda: async () => false,
  };
}

async function assertCopied(topic: string): Promise<void> {
  const [original, copy] = await Promise.all([source.dump(topic), target.dump(`source.${topic}`)]);
  assertFaithful(await checkReplication(original, copy));
}
