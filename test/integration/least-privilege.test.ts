/**
 * Each function at its work, with a network to AWS that refuses every action, and every resource, that
 * the policy does not list. What Lambda itself does with a role (its pollers, its network interfaces,
 * its logs) and what MSK asks of IAM cannot be run here; acls-required.test.ts proves the latter’s
 * operations on Kafka’s own authorizer.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../../lib/bundle.ts';
import { type FunctionName, functionName, functionsOf } from '../../lib/deployment.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { LocalFunction } from '../../lib/local/function/local-function.ts';
import { openLambdaApi } from '../../lib/local/lambda-api/server.ts';
import { deployedFunction } from '../../lib/local/settings.ts';
import { policyStatements, type Statement } from '../../lib/stacks/permissions/statements.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { batchOf } from '../support/data-plane.ts';
import { randomTopic } from '../support/flow.ts';
import { useGroups } from '../support/groups.ts';
import { configured } from '../support/local-host.ts';
import { sharedParts } from '../support/parts.ts';
import { openPolicyGate, type PolicyGate } from '../support/policy-gate.ts';
import { openTopics } from '../support/topics.ts';
import { clientOf, initialState, openStateTable } from './state-table.ts';

const parts = await sharedParts();
const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
after(() => rm(directory, { recursive: true, force: true }));

const place = 'us-east-1:123456789012';
const topic = randomTopic('privilege');
const group = `${topic}-group`;
const table = await openStateTable();
after(() => table.close());
const configuration = configured([
  'clusters = a, b',
  `a.bootstrap.servers = ${parts.sourceBootstrapServers}`,
  `b.bootstrap.servers = ${parts.targetBootstrapServers}`,
  'a->b.enabled = true',
  'b->a.emit.heartbeats.enabled = false',
  `topics = ${topic}.*`,
  `groups = ${topic}.*`,
  'sync.group.offsets.enabled = true',
  'sync.topic.acls.enabled = false',
  'replication.factor = 1',
  'checkpoints.topic.replication.factor = 1',
  'heartbeats.topic.replication.factor = 1',
  'offset-syncs.topic.replication.factor = 1',
]);
const flow = { ...configuration.flows[0]!, stateTable: table.name };
const replicateArn = `arn:aws:lambda:${place}:function:${functionName(flow, 'replicate')}`;
const lambda = await openLambdaApi({
  directory,
  transitionMs: 2,
  startPollers: () => ({ stop: async () => {}, lastProcessingResult: () => 'OK' }),
  functionArn: () => replicateArn,
  notify: () => {},
});
after(() => lambda[Symbol.asyncDispose]());

const source = openTopics(parts.sourceBootstrapServers);
after(() => source.close());
await source.createTopics([{ topic, partitionCount: 2, replicationFactor: 1, configs: {} }]);
await produce();

const entryOf = (name: FunctionName) => join(directory, `${name}.mjs`);
await Promise.all(
  functionsOf(flow).map((name) => {
    const entry = fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url));
    return bundleFunction({ entry, outfile: entryOf(name) });
  }),
);

test('discover', async (t) => {
  const { gate, invoke } = await deployed(t, 'discover');
  await invoke({});
  await dynamoPauses({ client: table.client, table: table.name, flow: 'a->b' }).write(true);
  await invoke({});
  const step = { RequestType: 'Delete', ResponseURL: 'http://127.0.0.1:9/' };
  await invoke({ ...step, ResourceProperties: {} });
  assert.deepEqual(unused('discover', gate), []);
});

test('replicate', async (t) => {
  const { gate, invoke } = await deployed(t, 'replicate');
  for (const offset of [0, 1]) await invoke(eventAt(offset));
  const state = dynamoStateStore({
    client: clientOf(gate.endpoint),
    table: table.name,
    flow: 'x->y',
  });
  t.after(() => state.close());
  await closeAndPrune(state);
  assert.deepEqual(unused('replicate', gate), []);
});

test('checkpoint', async (t) => {
  const groups = useGroups(t, parts.sourceBootstrapServers);
  await groups.commitOffsets(group, [{ topic, partition: 0, offset: 0n, metadata: '' }]);
  const { gate, invoke } = await deployed(t, 'checkpoint');
  for (let run = 1; run <= 2; run += 1) await invoke({}); // The second reads what the first wrote.
  assert.deepEqual(unused('checkpoint', gate), []);
});

test('heartbeat asks nothing of AWS', async (t) => {
  const { gate, invoke } = await deployed(t, 'heartbeat');
  await invoke({});
  assert.deepEqual([...gate.used], []);
});

test('what is taken from a policy is missed', async (t) => {
  const { gate, invoke } = await deployed(t, 'replicate', ['dynamodb:BatchGetItem']);
  await assert.rejects(invoke(eventAt(2)), /STATE_REFUSED/);
  assert.match(gate.refused.join(), /dynamodb:BatchGetItem on arn:aws:dynamodb:.*:table\/state/);
});

async function deployed(t: TestContext, name: FunctionName, without: readonly string[] = []) {
  const statements = statementsOf(name).map((statement): Statement => {
    return { ...statement, actions: statement.actions.filter((one) => !without.includes(one)) };
  });
  const gate = await openPolicyGate({
    statements,
    dynamoDbEndpoint: table.endpoint,
    lambdaEndpoint: lambda.endpoint,
    place,
  });
  t.after(() => gate[Symbol.asyncDispose]());
  const environment = {
    ...parts.awsEnvironment,
    AWS_ENDPOINT_URL: gate.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: gate.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: gate.endpoint,
  };
  const settings = deployedFunction(name, { configuration, flow, aws: { environment }, entryOf });
  const lines: string[] = [];
  const local = new LocalFunction(
    { ...settings, memorySizeMb: 512 },
    { concurrency: 1, onLine: (line) => lines.push(line) },
  );
  t.after(() => local.stop());
  const invoke = async (event: object): Promise<void> => {
    const text = Buffer.from(JSON.stringify(event));
    const outcome = await local.invoke({ pieces: [text], sizeBytes: text.length });
    const isStep = 'RequestType' in event; // Nobody takes its answer here.
    if (!isStep && !outcome.ok) throw new Error(outcome.failure.message);
    if (without.length === 0) assert.deepEqual(gate.refused, [], lines.join('\n'));
  };
  return { gate, invoke };
}

/** As the stack makes them of this flow. */
function statementsOf(name: FunctionName): Statement[] {
  const [region = '', accountId = ''] = place.split(':');
  const scope = {
    ...{ partition: 'aws', region, accountId, flow, replicateArn, others: [] },
    source: configuration.clusters.get('a')!,
    target: configuration.clusters.get('b')!,
    stateTableArn: `arn:aws:dynamodb:${place}:table/${table.name}`,
    logGroupArn: `arn:aws:logs:${place}:log-group:/aws/lambda/x`,
    functionArn: replicateArn,
  };
  return policyStatements(scope, name);
}

function unused(name: FunctionName, { used }: PolicyGate): string[] {
  const actions = statementsOf(name).flatMap((statement) => statement.actions);
  const asked = actions.filter((action) => /^(dynamodb|lambda):/.test(action));
  return [...new Set(asked)].filter((action) => !used.has(action)).sort();
}

/** A record in each partition, so that both are recorded in one statement. */
function eventAt(offset: number) {
  const fields = { topic, offset, timestamp: 1_700_000_000_000, timestampType: 'CREATE_TIME' };
  const records = [0, 1].map((partition) => {
    return [`${topic}-${partition}`, [{ ...fields, partition, value: 'YQ==', headers: [] }]];
  });
  return {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'a:9092',
    records: Object.fromEntries(records),
  };
}

/** As many records as the events hold. */
async function produce(): Promise<void> {
  const cluster = { alias: 'a', bootstrapServers: parts.sourceBootstrapServers.split(',') };
  const plane = openDataPlane({ cluster, side: 'source', requestTimeoutMs: 20_000 });
  const identity = await plane.allocateProducer();
  const batches = [0, 1].map((partition) => ({
    ...batchOf(identity, { topic, from: 0, to: 3 }),
    partition,
  }));
  for (const answer of await plane.produce(batches)) assert.ok(answer.ok);
  await plane.close();
}

/** So many gaps that segments are closed; then the target has deleted the records of most. */
async function closeAndPrune(state: ReturnType<typeof dynamoStateStore>): Promise<void> {
  const partition = { topic, partition: 0 };
  let at = await state.create(partition, initialState());
  for (const logStartOffset of [0n, 30_000n]) {
    const { upstreamEnd, downstreamEnd } = at.segment;
    const runs = Array.from({ length: 10_000 }, (_, index) => {
      const step = BigInt(index);
      const upstream = upstreamEnd + 3n * step;
      return { upstream, downstream: downstreamEnd + 2n * step, length: 1 };
    });
    const ends = { upstreamEnd: upstreamEnd + 30_000n, downstreamEnd: downstreamEnd + 20_000n };
    const nextSequence = at.nextSequence + runs.length;
    at = await state.advance(partition, at, { runs, ...ends, nextSequence, logStartOffset });
  }
}
