/**
 * The CDK’s own command line against an AWS emulator: bootstrap, a deployment that fails, one that
 * does not, a change, and the end, after which nothing of ours is left. The functions run in it, as
 * they are bundled, on real Kafka clusters. What ministack 1.5.33 cannot do, and so is not seen here:
 *
 * - It keeps no topics, bootstrap servers or groups of mappings, and has no pollers: the mappings of
 *   the template are only counted. Discovery’s own go to the Lambda API of the local host.
 * - It drops the VPC of functions, and enforces no policy: see least-privilege.test.ts.
 * - It replaces nothing: that ids and properties change is in test/stacks/template.test.ts.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { openLambdaApi } from '../../lib/local/lambda-api/server.ts';
import { startMinistack } from '../../lib/local/parts/ministack.ts';
import { project, runCdk } from '../support/cdk.ts';
import { sharedParts } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const parts = await sharedParts();
const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
const account = '123456789012';
const region = 'us-east-1';
const arn = `arn:aws:lambda:${region}:${account}:function:mirrorless-a-b-replicate`;

const discovered = await openLambdaApi({
  directory,
  transitionMs: 2,
  startPollers: () => ({ stop: async () => {}, lastProcessingResult: () => 'OK' }),
  functionArn: () => arn,
  notify: () => {},
});
process.env['AWS_ENDPOINT_URL_LAMBDA'] = discovered.endpoint; // Inherited by functions.
const aws = await startMinistack({ directory: join(directory, 'aws'), notify: () => {} });
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const lambda = new LambdaClient({ endpoint: aws.endpoint, region, credentials });
const dynamoDb = new DynamoDBClient({ endpoint: aws.endpoint, region, credentials });
const discoveredLambda = new LambdaClient({ endpoint: discovered.endpoint, region, credentials });
after(async () => {
  await aws.kill();
  await discovered[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const prefix = `t${randomBytes(3).toString('hex')}`;
const [orders, payments, matched] = [`${prefix}-orders`, `${prefix}-payments`, `${prefix}-x-1`];
const source = openTopics(parts.sourceBootstrapServers);
const target = openTopics(parts.targetBootstrapServers);
after(() => Promise.all([source.close(), target.close()]));
await source.createTopics(
  [orders, payments, matched].map((topic) => {
    return { topic, partitionCount: 1, replicationFactor: 1, configs: {} };
  }),
);

test('bootstrap', async () => {
  await cdk('bootstrap', `aws://${account}/${region}`);
});

test('a first discovery that fails is a deployment that fails, with its reason', async () => {
  await configure([orders], '127.0.0.1:1');
  const failed = await cdk('deploy', '--require-approval', 'never').then(
    () => assert.fail('it was deployed'),
    ({ stdout, stderr }) => stdout + stderr,
  );
  assert.match(
    failed,
    /No broker of cluster b answered: .*127\.0\.0\.1:1 .*\[TARGET_UNREACHABLE\]/,
  );
});

test('a deployment makes the flow, and discovery what it finds', async () => {
  await configure([orders, `${prefix}-x-.*`]);
  const told = await cdk('deploy', '--require-approval', 'never');
  assert.match(told, /mirrorless-a-b\.Discovery = \d+ topics\n/);
  assert.deepEqual(await functions(), ['checkpoint', 'discover', 'heartbeat', 'replicate']);
  // Of the topic that is named, and heartbeats.
  assert.equal((await mappingsOf(lambda)).length, 2);
  assert.deepEqual(await discoveredTopics(), [matched]);
  for (const topic of [orders, matched]) {
    assert.ok(await target.listing(`a.${topic}`), topic);
  }
});

test('each function that a schedule invokes does its work as it was deployed', async () => {
  for (const name of ['discover', 'checkpoint', 'heartbeat']) {
    const FunctionName = `mirrorless-a-b-${name}`;
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    const text = Buffer.from(answer.Payload ?? []).toString();
    assert.equal(answer.FunctionError, undefined, `${name}: ${text}`);
  }
});

test('a change is deployed to what is there', async () => {
  await configure([orders, payments]);
  await cdk('deploy', '--require-approval', 'never');
  assert.equal((await mappingsOf(lambda)).length, 3);
  assert.deepEqual(await discoveredTopics(), []);
});

test('after the end nothing is left', async () => {
  await cdk('destroy', '--force');
  assert.deepEqual(await functions(), []);
  assert.deepEqual(await mappingsOf(lambda), []);
  assert.deepEqual(await discoveredTopics(), []);
  assert.deepEqual((await dynamoDb.send(new ListTablesCommand({}))).TableNames, []);
  const left = await Promise.all([
    listed('Logs_20140328.DescribeLogGroups', 'logs', { logGroupNamePrefix: '/aws/lambda/' }),
    listed('AWSEvents.ListRules', 'events', {}),
    listed('GraniteServiceVersion20100801.DescribeAlarms', 'monitoring', {}),
  ]);
  const names = JSON.stringify(left);
  assert.doesNotMatch(names, /mirrorless/);
  assert.match(names, /logGroups.*Rules.*MetricAlarms/);
});

function configure(topics: readonly string[], servers = parts.targetBootstrapServers) {
  const document = {
    clusters: {
      a: {
        'bootstrap.servers': parts.sourceBootstrapServers,
        'vpc.subnets': ['subnet-0a1b2c3d'],
        'vpc.security.groups': ['sg-0a1b2c3d'],
      },
      b: { 'bootstrap.servers': servers },
    },
    'replication.factor': 1,
    'emit.heartbeats.enabled': false,
    flows: {
      'a->b': {
        topics,
        groups: [`${prefix}-.*`],
        'emit.heartbeats.enabled': true,
        'sync.topic.acls.enabled': false,
        'admin.timeout.ms': 20_000,
        'checkpoints.topic.replication.factor': 1,
        'heartbeats.topic.replication.factor': 1,
        'offset-syncs.topic.replication.factor': 1,
      },
    },
  };
  return writeFile(join(directory, 'mirrorless.yaml'), JSON.stringify(document));
}

function cdk(command: string, ...args: string[]): Promise<string> {
  const context = ['config=mirrorless.yaml', 'removeState=true'].flatMap((one) => ['-c', one]);
  const output = join(directory, 'out');
  const apps: Record<string, string> = { bootstrap: '', destroy: output }; // As deployed last.
  const app = apps[command] ?? `${process.execPath} ${join(project, 'bin/app.ts')}`;
  const all = [command, ...args, '--app', app, ...context, '--ci', '--progress', 'events'];
  return runCdk([...all, ...(app === output ? [] : ['--output', output])], {
    directory,
    home: directory,
    environment: {
      ...aws.environment,
      AWS_ENDPOINT_URL_S3: aws.endpoint,
      CDK_DEFAULT_ACCOUNT: account,
      CDK_DEFAULT_REGION: region,
    },
  });
}

async function functions(): Promise<string[]> {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  return Functions.map(({ FunctionName = '' }) => FunctionName.split('-').at(-1)!).sort();
}

async function mappingsOf(client: LambdaClient) {
  const { EventSourceMappings = [] } = await client.send(new ListEventSourceMappingsCommand({}));
  return EventSourceMappings.filter(({ State }) => State !== 'Deleting');
}

async function discoveredTopics(): Promise<string[]> {
  return (await mappingsOf(discoveredLambda)).flatMap(({ Topics = [] }) => Topics).sort();
}

/** An AWS API that the project has no client for. */
async function listed(action: string, service: string, request: object): Promise<unknown> {
  const response = await fetch(aws.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': action,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(request),
  });
  assert.equal(response.status, 200, action);
  return response.json();
}
