/** With exactly the ACLs that are printed a flow does everything; without any one, not what it is for. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Admin } from 'kafkajs';
import { flowSettings } from '../../lib/config/flow-settings.ts';
import { loadConfiguration } from '../../lib/config/load.ts';
import { type RequiredAcl, requiredAcls } from '../../lib/discovery/required-acls.ts';
import { isMirrorlessError, type MirrorlessError } from '../../lib/errors.ts';
import { openAclProbes } from '../support/acl-probes.ts';
import {
  adminProperties,
  type GuardedCluster,
  guardedCluster,
} from '../support/guarded-cluster.ts';
import { openTopicSweep } from '../support/topic-sweep.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));

const users = {
  source: { username: 'reader-of-source', password: 's3cret-of-source' },
  target: { username: 'writer-of-target', password: 's3cret-of-target' },
};
const [source, target] = await Promise.all([
  guardedCluster({ after }, '3.9.2', users.source),
  guardedCluster({ after }, '4.3.1', users.target),
]);
const directory = await mkdtemp(join(tmpdir(), 'mirrorless-acls-'));
after(() => rm(directory, { recursive: true, force: true }));

/** A name, a prefix, and the topics of heartbeats that nobody names; one group by its name. */
const topics = ['orders', 'paid-in'];
const patterns = ['orders', 'paid-.*'];
const text = [
  'clusters:',
  ...clusterLines('source', source),
  ...clusterLines('target', target),
  'replication.factor: 1',
  'checkpoints.topic.replication.factor: 1',
  'heartbeats.topic.replication.factor: 1',
  'offset-syncs.topic.replication.factor: 1',
  'flows:',
  `  source->target: { topics: ['${patterns.join("', '")}'], groups: [orders-app],`,
  '    sync.group.offsets.enabled: true, state.table: acls }',
  '  target->source: { enabled: false, emit.heartbeats.enabled: false }',
].join('\n');
const { configuration, problems } = loadConfiguration({
  text,
  file: 'mirrorless.yaml',
  environment: {},
});
assert.ok(configuration, JSON.stringify(problems));
const flow = configuration.flows.find(({ enabled }) => enabled)!;
const required = requiredAcls(flow);
const clusters = flowSettings(configuration, flow);
/** Not asked for by these brokers, or by Lambda alone. */
const unproved = (acl: RequiredAcl): boolean =>
  acl.brokersBefore !== undefined || acl.needs.some(({ why }) => why.startsWith('Lambda’s'));

const admins = {
  source: source.administrator.admin(),
  target: target.administrator.admin(),
} satisfies Record<string, Admin>;
const sweep = openTopicSweep({
  source: clusters.source,
  target: clusters.target,
  topics: patterns,
});
after(() => Promise.all([sweep.close(), admins.source.disconnect(), admins.target.disconnect()]));

before(async () => {
  await writeFile(join(directory, 'mirrorless.yaml'), text);
  await writeFile(join(directory, 'admin.properties'), adminProperties);
  await Promise.all([admins.source.connect(), admins.target.connect()]);
  const made = [...topics, 'heartbeats'].map((topic) => ({ topic, numPartitions: 1 }));
  await admins.source.createTopics({ topics: [...made, { topic: 'secret' }] });
  await admins.source.createAcls({ acl: [kafkajsAcl(readerOf('orders'))] });
  const producer = source.administrator.producer();
  await producer.connect();
  for (const topic of topics) {
    await producer.send({ topic, messages: ['1', '2', '3'].map((value) => ({ value })) });
  }
  await producer.disconnect();
  const committed = { partition: 0, offset: '2' };
  await admins.source.setOffsets({
    groupId: 'orders-app',
    topic: 'orders',
    partitions: [committed],
  });
  await permitAsPrinted();
});

describe('with exactly the printed ACLs', () => {
  test('a flow copies, publishes checkpoints, moves its group, beats, and nothing is refused', async () => {
    const args = ['local', '-c', 'mirrorless.yaml', '--once', '--state', 'state'];
    const { stderr } = await run(process.execPath, [program, ...args], { cwd: directory });
    const log = await readFile(join(directory, 'state', 'functions.log'), 'utf8');
    for (const said of [stderr, log]) {
      assert.doesNotMatch(said, /UNAUTHORIZED|AUTHORIZATION_FAILED|"level":"ERROR"/);
    }
    for (const topic of [...topics.map((name) => `source.${name}`), 'heartbeats']) {
      assert.ok((await endOf('target', topic)) > 0, topic);
    }
    assert.equal(await endOf('target', 'source.orders'), 3);
    assert.ok((await endOf('target', 'source.checkpoints.internal')) > 0);
    assert.ok((await endOf('source', 'mm2-offset-syncs.target.internal')) > 0);
    const { resources } = await admins.target.describeAcls(kafkajsAcl(readerOf('source.orders')));
    assert.equal(resources.length, 1);
    const [moved] = await admins.target.fetchOffsets({ groupId: 'orders-app' });
    assert.deepEqual(
      moved?.partitions.map(({ offset }) => offset),
      ['2'],
    );
  });

  test('discovery creates, grows, configures and permits', async () => {
    await admins.source.createTopics({ topics: [{ topic: 'paid-out' }] });
    await admins.source.createPartitions({
      topicPartitions: [{ topic: 'orders', count: 2 }],
    });
    await admins.source.createAcls({ acl: [kafkajsAcl(readerOf('paid-in'))] });
    const configEntries = [{ name: 'segment.ms', value: '60000' }];
    const changed = { type: codes.resource.topic, name: 'paid-in', configEntries };
    await admins.source.alterConfigs({ validateOnly: false, resources: [changed] });
    const expected = 'add-partitions,alter-configs,create-acl,create-topic';
    await until(async () => kindsOf((await sweep.plan()).actions) === expected);
    const plan = await sweep.plan();
    assert.deepEqual(plan.failures, []);
    const { done, refused } = await sweep.run();
    assert.deepEqual(refused, []);
    assert.equal(kindsOf(done), expected);
  });

  test('what no flow takes stays closed', async () => {
    const probes = openAclProbes('source', clusters.source, 'secret');
    const read = { resource: 'topic', operation: 'Read', name: 'secret' } as const;
    const refused = await refusalOf(() => probes.of(read)!(read));
    await probes.close();
    assert.equal(refused?.code, 'UNAUTHORIZED');
  });
});

test('without any one of them, what it is for is refused by name', async (t) => {
  for (const side of ['source', 'target'] as const) {
    const topic = side === 'source' ? 'orders' : 'source.orders';
    const probes = openAclProbes(side, clusters[side], topic);
    t.after(() => probes.close());
    for (const acl of required.filter((one) => one.side === side && !unproved(one))) {
      const label = `${side} ${acl.resource} ${acl.name} ${acl.operation}`;
      const probe = probes.of(acl);
      assert.ok(probe, `nothing is known to need ${label}`);
      const name = acl.pattern === 'PREFIXED' ? `${acl.name}in` : acl.name;
      const attempt = () => refusalOf(() => probe({ ...acl, name }));
      assert.equal(await attempt(), undefined, label);
      await admins[side].deleteAcls({ filters: [kafkajsAcl(entryOf(acl))] });
      let refused: MirrorlessError | undefined;
      await until(async () => {
        refused = await attempt();
        return refused !== undefined;
      });
      assert.equal(refused?.code, 'UNAUTHORIZED', label);
      const named = acl.resource === 'cluster' ? 'CLUSTER_AUTHORIZATION_FAILED' : name;
      assert.ok(refused?.message.includes(named), `${label}: ${refused?.message}`);
      await admins[side].createAcls({ acl: [kafkajsAcl(entryOf(acl))] });
      await until(async () => (await attempt()) === undefined);
    }
  }
});

function clusterLines(side: keyof typeof users, { bootstrapServers }: GuardedCluster): string[] {
  const { username, password } = users[side];
  return [
    `  ${side}:`,
    `    bootstrap.servers: ['${bootstrapServers}']`,
    '    security.protocol: SASL_PLAINTEXT',
    '    sasl.mechanism: PLAIN',
    `    sasl.jaas.config: PlainLoginModule required username="${username}" password="${password}";`,
  ];
}

/** The script as it is printed, by Kafka's own tool of the cluster's version. */
async function permitAsPrinted(): Promise<void> {
  const principals = Object.entries(users).map(([side, { username }]) => {
    return `--principal-${side}=User:${username}`;
  });
  const args = ['acls', 'required', '-c', 'mirrorless.yaml', ...principals];
  const { stdout } = await run(process.execPath, [program, ...args], { cwd: directory });
  await writeFile(join(directory, 'acls.sh'), `set -e\n${stdout}`);
  const cases = [source, target].map(toolCase);
  const tool = ['#!/bin/sh', 'case "$2" in', ...cases, 'esac'].join('\n');
  await writeFile(join(directory, 'kafka-acls.sh'), tool);
  await chmod(join(directory, 'kafka-acls.sh'), 0o755);
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` };
  await run('/bin/sh', ['acls.sh'], { cwd: directory, env });
}

/** The administrator has an address of its own. */
function toolCase({ bootstrapServers, adminServers, aclTool }: GuardedCluster): string {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  const flags = `-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${quiet}`;
  const java = `java ${flags} ${aclTool}`;
  return `${bootstrapServers}) shift 2; exec ${java} --bootstrap-server ${adminServers} "$@";;`;
}

function kindsOf(actions: readonly { kind: string }[]): string {
  return [...new Set(actions.map(({ kind }) => kind))].sort().join();
}

async function endOf(side: 'source' | 'target', topic: string): Promise<number> {
  const [partition] = await admins[side].fetchTopicOffsets(topic);
  return Number(partition?.offset);
}

async function refusalOf(work: () => Promise<void>): Promise<MirrorlessError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isMirrorlessError(error)) return error;
    throw error;
  }
}

/** Codes of the protocol: kafkajs does not export its enumerations to modules. */
const codes = {
  resource: { topic: 2, group: 3, cluster: 4 },
  pattern: { LITERAL: 3, PREFIXED: 4 },
  operation: {
    ...{ Read: 3, Write: 4, Create: 5, Alter: 7, Describe: 8 },
    ...{ DescribeConfigs: 10, AlterConfigs: 11, IdempotentWrite: 12 },
  },
  allow: 3,
} as const;

type Entry = Pick<RequiredAcl, 'resource' | 'pattern' | 'name' | 'operation'> & {
  principal: string;
};

function readerOf(name: string): Entry {
  return {
    resource: 'topic',
    pattern: 'LITERAL',
    name,
    operation: 'Read',
    principal: 'User:reader',
  };
}

function entryOf(acl: RequiredAcl): Entry {
  return { ...acl, principal: `User:${users[acl.side].username}` };
}

function kafkajsAcl({ resource, pattern, name, operation, principal }: Entry) {
  return {
    resourceType: codes.resource[resource],
    resourceName: name,
    resourcePatternType: codes.pattern[pattern],
    principal,
    host: '*',
    operation: codes.operation[operation],
    permissionType: codes.allow,
  };
}
