/** Sessions end, secrets and permissions change while records flow: nothing is lost, no host is started anew. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { topicCreation } from '../../lib/kafka/topic-creation.ts';
import { stateClient } from '../../lib/state/client.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { ended } from '../support/command-line.ts';
import { send } from '../support/data-plane.ts';
import { eventOf } from '../support/events.ts';
import { defaultFlowSettings } from '../support/flow-settings.ts';
import { bundleFunctions } from '../support/functions.ts';
import { sharedParts } from '../support/parts.ts';
import {
  briefSessionMs,
  limitedUser,
  startSecuredClusters,
  user,
} from '../support/secured/clusters.ts';
import { testNoSecretIsSeen } from '../support/secured/evidence.ts';
import { type Grant, grant, revoke } from '../support/secured/grants.ts';
import {
  clusterLines,
  clusterSettings,
  configurationText,
  loginEnvironment,
} from '../support/secured/kinds.ts';
import { securedWorkspace } from '../support/secured/local-run.ts';
import { setScramPassword } from '../support/secured/scram.ts';
import { secretStore } from '../support/secured/stored-secrets.ts';
import { until } from '../support/until.ts';

const { awsEnvironment, dynamoEndpoint } = await sharedParts();
const secured = await startSecuredClusters({ after });
const target = openDataPlane(plain('target'));
const source = openDataPlane(plain('source'));
after(() => Promise.all([target.close(), source.close()]));

const environment = { ...awsEnvironment, ...loginEnvironment(secured) };
const topics = ['permitted', 'forbidden', 'revoked'];
const servers = secured.target.bootstrapServers;

test('a session ends several times while records flow through pollers and functions', async (t) => {
  const topic = await newTopic('source', 'sessions');
  const table = `mirrorless-${randomBytes(6).toString('hex')}`;
  const lines = (side: 'source' | 'target') =>
    clusterLines(secured, side, 'SCRAM-SHA-512', 'BRIEF');
  const clusters = { source: lines('source'), target: lines('target') };
  const settings = `topics: [${topic}], state.table: ${table}`;
  const text = configurationText(clusters, [`source->target: { ${settings} }`]);
  const workspace = await securedWorkspace(t, secured, { text, environment });
  const host = workspace.start('local', '-o', 'json');
  const done = ended(host);
  const identity = await source.allocateProducer();
  let count = 0;
  const write = async () => {
    await send(source, identity, { topic, from: count, to: count + 1 });
    count += 1;
  };
  await write();
  await until(async () => (await endOf(`source.${topic}`)) === 1n);
  // One by one, so that every connection is used all the time.
  for (const endsAt = Date.now() + 4 * briefSessionMs; Date.now() < endsAt; await pause(20)) {
    await write();
  }
  await until(async () => (await endOf(`source.${topic}`)) === BigInt(count));
  host.kill('SIGINT');
  const { stderr } = await done;
  const log = await readFile(join(workspace.directory, '.mirrorless', 'functions.log'), 'utf8');
  const troubles = log
    .split('\n')
    .filter((line) => /"level":"(ERROR|WARN)"|_FAILED:|UNREACHABLE/.test(line));
  assert.deepEqual(troubles, []);
  assert.doesNotMatch(stderr, /_FAILED|UNREACHABLE|gave up/);
});

test('a secret is rotated while a function works, and neither fails nor starts again', async (t) => {
  const topic = 'rotated';
  const remote = await newTopic('target', `source.${topic}`);
  const functions = await bundleFunctions(t);
  const store = secretStore(awsEnvironment);
  t.after(() => store.close());
  const name = randomBytes(4).toString('hex');
  const password = { username: user, password: secured.secrets.password };
  const [credentials, authority] = await Promise.all([
    store.create(`AmazonMSK_${name}`, password),
    store.create(`authority-${name}`, { certificate: secured.authority.certificate }),
  ]);
  const cluster = clusterSettings(secured, [
    `bootstrap.servers: ['${secured.target.serversOf('BRIEF')}']`,
    `credentials.secret.arn: ${credentials}`,
    `server.root.ca.secret.arn: ${authority}`,
  ]);
  const table = `mirrorless-${name}`;
  const deployed = functions.deploy(
    t,
    defaultFlowSettings({
      source: { alias: 'source', bootstrapServers: ['127.0.0.1:1'] },
      target: cluster,
      stateTable: table,
    }),
    awsEnvironment,
  );
  const client = await createTable(table);
  let count = 0;
  const copyFor = async (ms: number) => {
    for (const endsAt = Date.now() + ms; Date.now() < endsAt; count += 1) {
      await deployed.invoke('replicate', eventOf([sliceAt(topic, count)]));
    }
  };
  await copyFor(1000);
  const processes = deployed.processIds('replicate');
  for (const round of [1, 2]) {
    const changed = { username: user, password: `r0tated-${round}-${name}` };
    secured.hidden[`password of round ${round}`] = changed.password;
    await store.put(credentials, changed);
    await setScramPassword(secured.target.bootstrapServers, {
      name: user,
      password: changed.password,
    });
    await copyFor(1.5 * briefSessionMs);
  }
  assert.deepEqual(deployed.processIds('replicate'), processes);
  assert.equal(processes.length, 1);
  assert.equal(await endOf(remote), BigInt(count));
  secured.evidence.add('logs', deployed.logged().join('\n'));
  await secured.evidence.addTable(client, table);
  client.destroy();
  await setScramPassword(secured.target.bootstrapServers, {
    name: user,
    password: secured.secrets.password,
  });
});

test('one topic of many may not be written, another not any more: nothing is lost', async (t) => {
  for (const topic of topics) {
    await newTopic('source', topic);
    await newTopic('target', `source.${topic}`);
  }
  const seen = { user: limitedUser, name: 'source.', pattern: 'prefixed' } as const;
  await grant(servers, { ...seen, operations: ['READ', 'DESCRIBE', 'DESCRIBE_CONFIGS'] });
  await grant(servers, writing('permitted'));
  await grant(servers, writing('revoked'));

  const workspace = await securedWorkspace(t, secured, {
    text: limitedConfiguration(),
    environment,
  });
  const host = workspace.start('local', '-o', 'json');
  const done = ended(host);
  const logged = (what: RegExp) => async () => what.test(await logOf(workspace.directory));
  await writeTo(topics, 0);
  await until(
    async () => (await remoteEnd('permitted')) === 10n && (await remoteEnd('revoked')) === 10n,
  );
  await until(
    logged(
      /answered Produce of source\.forbidden-0 with TOPIC_AUTHORIZATION_FAILED \(29\)[^"]*It takes Write on the topic/,
    ),
  );
  assert.equal(await remoteEnd('forbidden'), 0n);

  await revoke(servers, writing('revoked'));
  await writeTo(topics, 10);
  await until(async () => (await remoteEnd('permitted')) === 20n);
  await until(logged(/answered Produce of source\.revoked-0 with TOPIC_AUTHORIZATION_FAILED/));
  assert.equal(await remoteEnd('revoked'), 10n);

  await grant(servers, writing('revoked'));
  await grant(servers, writing('forbidden'));
  await until(async () => {
    const ends = await Promise.all(topics.map(remoteEnd));
    return ends.every((end) => end === 20n);
  }, 60_000);
  host.kill('SIGINT');
  await done;
});

const kinds = ['printed', 'files', 'arguments', 'tables', 'logs'];
testNoSecretIsSeen(secured.evidence, kinds, () => secured.hidden);

function limitedConfiguration(): string {
  const from = clusterLines(secured, 'source', 'TLS');
  const to = clusterLines(secured, 'target', 'SCRAM-SHA-512').map((line) =>
    line
      .replace('username="copier"', `username="${limitedUser}"`)
      .replace('{env:PASSWORD}', '{env:LIMITED_PASSWORD}'),
  );
  const off = [
    'emit.checkpoints',
    'emit.offset-syncs',
    'emit.heartbeats',
    'sync.topic.configs',
    'sync.topic.acls',
  ]
    .map((name) => `${name}.enabled: false`)
    .join(', ');
  const table = `mirrorless-${randomBytes(6).toString('hex')}`;
  const flow = `source->target: { topics: [${topics}], state.table: ${table}, ${off} }`;
  return `${configurationText({ source: from, target: to }, [flow])}emit.heartbeats.enabled: false\n`;
}

function writing(topic: string): Grant {
  return { user: limitedUser, name: `source.${topic}`, operations: ['WRITE'] };
}

let identity: ReturnType<typeof source.allocateProducer> | undefined;

async function writeTo(names: readonly string[], from: number): Promise<void> {
  identity ??= source.allocateProducer();
  const producer = await identity;
  for (const topic of names) {
    assert.equal(await send(source, producer, { topic, from, to: from + 10 }), `offset ${from}`);
  }
}

function remoteEnd(topic: string): Promise<bigint> {
  return endOf(`source.${topic}`);
}

async function logOf(directory: string): Promise<string> {
  return readFile(join(directory, '.mirrorless', 'functions.log'), 'utf8').catch(() => '');
}

function sliceAt(topic: string, offset: number) {
  const record = {
    offset: BigInt(offset),
    timestamp: Date.now(),
    timestampType: 'CreateTime' as const,
    key: null,
    value: Buffer.from(`record ${offset}`),
    headers: [],
  };
  return { topic, partition: 0, records: [record] };
}

async function createTable(table: string): Promise<DynamoDBClient> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = stateClient({ endpoint: dynamoEndpoint, region: 'us-east-1', credentials });
  await createStateTable(client, table);
  return client;
}

async function newTopic(side: 'source' | 'target', topic: string): Promise<string> {
  const creation = topicCreation(side === 'source' ? source : target, plain(side));
  await creation.createTopics([{ topic, partitionCount: 1, replicationFactor: 1 }]);
  return topic;
}

async function endOf(topic: string): Promise<bigint> {
  const [end] = await target.listOffsets([{ topic, partition: 0 }], 'latest');
  return end?.ok ? end.value : -1n;
}

function plain(side: 'source' | 'target') {
  const cluster = { alias: side, bootstrapServers: [secured[side].bootstrapServers] };
  return { cluster, side, requestTimeoutMs: 10_000 };
}
