/** `mirrorless preflight` on secured brokers of both generations: what it finds, and changes nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadConfiguration } from '../../lib/config/load.ts';
import { freePort } from '../../lib/local/parts/ports.ts';
import type { Check } from '../../lib/preflight/check.ts';
import { preflight } from '../../lib/preflight/preflight.ts';
import {
  dayMs,
  everythingOn,
  kafkaOf,
  makeTopics,
  only,
  textOf,
  troubles,
} from '../support/preflight.ts';
import { limitedUser, startSecuredClusters, user } from '../support/secured/clusters.ts';
import { testNoSecretIsSeen } from '../support/secured/evidence.ts';
import { grant } from '../support/secured/grants.ts';
import {
  clusterLines,
  loginEnvironment,
  type SecuredKind,
  withWrongSecret,
} from '../support/secured/kinds.ts';
import { securedWorkspace } from '../support/secured/local-run.ts';

const secured = await startSecuredClusters({ after });
const { files, source, target } = secured;
const environment = loginEnvironment(secured);
Object.assign(process.env, environment);

const [onSource, onTarget] = [kafkaOf(source), kafkaOf(target)];
const closedPort = await freePort();

before(() => makeTopics(onSource));

type Lines = readonly string[];

const lines = (side: 'source' | 'target', kind: SecuredKind, listener?: string) =>
  clusterLines(secured, side, kind, listener);
const trusting = (file: string) => (line: string) => line.replace(files.authority, file);
const limited = (line: string) =>
  line
    .replace(`username="${user}"`, `username="${limitedUser}"`)
    .replace('PASSWORD', 'LIMITED_PASSWORD');
const at = (server: string, of: Lines) => [`bootstrap.servers: ['${server}']`, ...of.slice(1)];

async function checksOf(clusters: { source: Lines; target: Lines }, flow: Lines = ['topics: [a]']) {
  const text = textOf(clusters, flow);
  const { configuration, problems } = loadConfiguration({ text, file: 'x.yaml', environment });
  assert.ok(configuration, JSON.stringify(problems));
  const flows = configuration.flows.filter(({ enabled }) => enabled);
  const checks = await preflight({ configuration, flows, onProgress() {} });
  secured.evidence.add('checks', JSON.stringify(checks));
  return checks;
}

const good = { source: lines('source', 'SCRAM-SHA-512'), target: lines('target', 'mTLS') };

describe('a flow from SCRAM to mTLS for which everything is ready', () => {
  test('passes, as a table and as JSON, shows whose certificate ends soon, and changes nothing', async (t) => {
    const before = await everythingOn([onSource, onTarget]);
    const text = textOf(good, ['topics: [a, b]']);
    const command = await securedWorkspace(t, secured, { text, environment });
    const table = await command.run('preflight');
    assert.equal(table.code, 0, table.stdout + table.stderr);
    assert.match(table.stdout, /^CHECK +CLUSTER +OF +RESULT +FOUND$/m);
    assert.match(table.stdout, /^authentication +source +ok +SCRAM-SHA-512: localhost:\d+$/m);
    assert.match(table.stdout, /^authentication +target +ok +mTLS: localhost:\d+$/m);
    assert.match(
      table.stdout,
      /^tls +source +warning +CN=broker, issued by CN=Mirrorless test authority, valid until \S+: 0 days left$/m,
    );
    assert.match(table.stdout, /^permissions +target +source->target +ok /m);
    // The remote topics are not there yet: these are the settings that they would have.
    assert.match(table.stdout, /^message size +target +source->target +ok +2 topics compared$/m);
    assert.match(table.stderr, /^\d+ checks: 2 warnings/m);

    const json = await command.run('preflight', '-o', 'json');
    assert.equal(json.code, 0);
    const { checks } = JSON.parse(json.stdout) as { checks: Check[] };
    assert.deepEqual(troubles(checks), []);
    const skipped = checks.filter(({ outcome }) => outcome === 'skipped');
    assert.deepEqual(
      skipped.map(({ check, cluster }) => `${check} of ${cluster}`),
      ['permissions of source', 'permissions of target', 'partitions of target'],
    );
    assert.match(
      skipped[0]!.found,
      /^4 groups: the cluster keeps no groups yet.*takes Read, Describe$/,
    );
    assert.deepEqual(await everythingOn([onSource, onTarget]), before);
  });
});

test('brokers are reached as the cluster names them too, and one bootstrap server may be away', async () => {
  const [, port] = target.bootstrapServers.split(':');
  const servers = `bootstrap.servers: ['localhost:${port}', 'localhost:${closedPort}']`;
  const checks = await checksOf({ ...good, target: [servers] });
  const ofTarget = checks.filter(({ cluster, flow }) => cluster === 'target' && !flow);
  const dns = only(ofTarget, { check: 'dns' });
  assert.match(dns.found, new RegExp(`localhost:${port}.* 127\\.0\\.0\\.1:${port} → `));
  only(ofTarget, { check: 'tcp', broker: `localhost:${closedPort}`, outcome: 'warning' });
  only(ofTarget, { check: 'tls', outcome: 'skipped' });
  assert.deepEqual(
    checks.filter(({ outcome }) => outcome === 'failed'),
    [],
  );
});

describe('a cluster that cannot be reached fails at its step, and what needs it is skipped:', () => {
  const rows: [string, Partial<typeof good>, Partial<Check>, RegExp, RegExp][] = [
    [
      'an unresolvable host',
      { target: at('broker.invalid:9093', good.target) },
      { check: 'dns', cluster: 'target' },
      /ENOTFOUND|EAI_AGAIN/,
      /correct the host/,
    ],
    [
      'a closed port',
      { target: at(`localhost:${closedPort}`, good.target) },
      { check: 'tcp', cluster: 'target' },
      /ECONNREFUSED/,
      /check the port, security groups/,
    ],
    [
      'an authority that is not known',
      { target: good.target.map(trusting(files.otherAuthority)) },
      { check: 'tls', cluster: 'target' },
      /^CN=broker, issued by CN=Mirrorless test authority, valid until .*: \w+/,
      /not signed by the authority of the configuration: set target\.ssl\.truststore/,
    ],
    [
      'a certificate that has expired',
      { source: lines('source', 'TLS', 'EXPIRED') },
      { check: 'tls', cluster: 'source' },
      /valid until .*: CERT_HAS_EXPIRED/,
      /has expired: renew it/,
    ],
    [
      'a certificate of another host',
      { source: lines('source', 'TLS', 'ELSEWHERE') },
      { check: 'tls', cluster: 'source' },
      /ERR_TLS_CERT_ALTNAME_INVALID/,
      /names other hosts/,
    ],
    [
      'a wrong password',
      { source: good.source.map(withWrongSecret) },
      { check: 'authentication', cluster: 'source' },
      /./,
      /refuses user copier: correct source\.sasl\.jaas\.config/,
    ],
    [
      'no client certificate',
      { target: lines('target', 'TLS', 'MTLS') },
      { check: 'authentication', cluster: 'target' },
      /./,
      /asks for a client certificate/,
    ],
  ];
  for (const [what, clusters, where, found, remedy] of rows) {
    test(what, async () => {
      const checks = await checksOf({ ...good, ...clusters });
      const failed = only(checks, { outcome: 'failed' });
      const { check, cluster } = failed;
      assert.deepEqual({ check, cluster }, where);
      assert.match(failed.found, found);
      assert.match(failed.remedy ?? '', remedy);
      only(checks, { check: 'cluster id', cluster: where.cluster!, outcome: 'skipped' });
      only(checks, { check: 'permissions', flow: 'source->target', outcome: 'skipped' });
    });
  }
});

describe('permissions', () => {
  test('that lack on one topic of three, and on a group, are named with their ACLs', async () => {
    const { bootstrapServers } = source;
    const admin = onSource.admin();
    await admin.connect();
    await admin.setOffsets({
      groupId: 'app',
      topic: 'a',
      partitions: [{ partition: 0, offset: '0' }],
    });
    await admin.disconnect();
    const all = ['READ', 'DESCRIBE_CONFIGS'] as const;
    const cluster = { resource: 'cluster', name: 'kafka-cluster' } as const;
    const mapping = { resource: 'group', name: 'mirrorless/source/target/' } as const;
    const given = [
      { name: 'a', operations: all },
      { name: 'b', operations: all },
      { name: 'c', operations: ['DESCRIBE'] },
      { name: '__consumer_offsets', operations: ['DESCRIBE'] },
      { ...cluster, operations: ['DESCRIBE', 'DESCRIBE_CONFIGS'] },
      { ...mapping, pattern: 'prefixed', operations: ['READ'] },
    ] as const;
    for (const one of given) await grant(bootstrapServers, { user: limitedUser, ...one });
    const clusters = { ...good, source: good.source.map(limited) };
    const flow = [
      'topics: [a, b, c]',
      'groups: [app]',
      'heartbeats.replication.enabled: false',
      'emit.offset-syncs.enabled: false',
    ];
    const checks = await checksOf(clusters, flow);
    const found = troubles(checks);
    assert.equal(found.length, 2, JSON.stringify(found, null, 1));
    const topic = only(found, { check: 'permissions', topic: 'c', outcome: 'failed' });
    assert.equal(topic.found, 'lacks Read, DescribeConfigs');
    assert.deepEqual(
      topic.missing?.map(({ resourceType, name, operation }) => [resourceType, name, operation]),
      [
        ['topic', 'c', 'Read'],
        ['topic', 'c', 'DescribeConfigs'],
      ],
    );
    const users = 'event source mapping, checkpoint, discover';
    assert.equal(topic.remedy, `grant Read, DescribeConfigs on topic c (${users})`);
    const group = only(found, { check: 'permissions', group: 'app', outcome: 'failed' });
    assert.match(group.remedy ?? '', /^grant Describe on group app \(checkpoint\)$/);
  });

  test('of a login that may do nothing are all named', async () => {
    const checks = await checksOf({
      ...good,
      target: lines('target', 'SCRAM-SHA-512').map(limited),
    });
    const failed = checks.filter(({ outcome }) => outcome === 'failed');
    const lacking = failed.flatMap(({ missing = [] }) =>
      missing.map(({ resourceType, name, operation }) => `${resourceType} ${name} ${operation}`),
    );
    for (const each of [
      'topic source.a Write',
      'topic source.a Create',
      'cluster kafka-cluster Alter',
    ]) {
      assert.ok(lacking.includes(each), `${each} in ${lacking.join('; ')}`);
    }
  });
});

describe('what the target would refuse', () => {
  test('is named: sizes, timestamps, replicas, settings, and records too large for an event', async () => {
    const admin = onTarget.admin();
    await admin.connect();
    const setting = (name: string, value: string) => ({ configEntries: [{ name, value }] });
    const topics = [
      { topic: 'source.large', numPartitions: 2, ...setting('max.message.bytes', '1000000') },
      {
        topic: 'source.old',
        numPartitions: 3,
        ...setting('message.timestamp.before.max.ms', String(dayMs)),
      },
    ];
    await admin.createTopics({ topics: topics.map((one) => ({ replicationFactor: 1, ...one })) });
    await admin.disconnect();
    const flow = ['topics: [a, large, old, unknown-setting, nothing]', 'replication.factor: 3'];
    const checks = await checksOf(good, flow);
    const found = troubles(checks);

    const size = only(found, { check: 'message size', topic: 'source.large', outcome: 'failed' });
    assert.match(size.found, /takes 1,000,000 bytes, the source 8,000,000 bytes in large/);
    const event = only(found, { check: 'event size', topic: 'large', outcome: 'warning' });
    assert.match(event.found, /8,000,000 bytes; an event carries 4,718,592 bytes/);
    const old = only(found, { check: 'timestamps', topic: 'source.old', outcome: 'failed' });
    assert.match(old.found, /refuses records older than 24 h; old holds one of \S+, 400 days old/);
    const more = only(found, { check: 'partitions', topic: 'source.old', outcome: 'warning' });
    assert.match(more.found, /has 3 partitions, old of the source 2/);
    const replicas = only(found, { check: 'replication factor', outcome: 'failed' });
    assert.match(replicas.found, /replication\.factor is 3, the cluster has 1 broker/);
    const setTo = only(found, {
      check: 'creation',
      topic: 'source.unknown-setting',
      outcome: 'failed',
    });
    assert.match(setTo.found, /message\.format\.version/);
    const none = only(found, { check: 'topics', outcome: 'warning' });
    assert.match(none.found, /`nothing` takes no topic/);
    assert.equal(found.length, 7, JSON.stringify(found, null, 1));
  });

  test('two names of one cluster are no flow', async () => {
    const checks = await checksOf({ source: good.source, target: lines('source', 'TLS') });
    const same = only(checks, { check: 'cluster id', outcome: 'failed' });
    assert.match(same.found, /source and target are one cluster/);
  });

  test('ends the command with 3', async (t) => {
    const text = textOf(good, ['topics: [large]']);
    const command = await securedWorkspace(t, secured, { text, environment });
    const done = await command.run('preflight', '--topic', 'large');
    assert.equal(done.code, 3, done.stderr);
    assert.match(done.stdout, /What to do:\n +message size, target source\.large: raise max/);
  });
});

testNoSecretIsSeen(secured.evidence, ['checks', 'printed', 'arguments'], () => secured.hidden);
