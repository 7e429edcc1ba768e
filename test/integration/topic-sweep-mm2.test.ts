/** From the same source, beside MirrorMaker 2: the same topics, settings and ACLs as its. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import type { NewTopic, TopicAcl, TopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { mirrorMaker } from '../bench/mm2/mirror-maker.ts';
import { authorizing } from '../support/acls.ts';
import { ownCluster } from '../support/parts.ts';
import { openTopicSweep } from '../support/topic-sweep.ts';
import { until } from '../support/until.ts';

/** Everything is permitted to the clients of this test, and ACLs can be made. */
const properties = { ...authorizing, 'super.users': 'User:ANONYMOUS' };
const startedWithinMs = 120_000;

function topic(name: string, partitionCount = 1, configs: Record<string, string> = {}): NewTopic {
  return { topic: name, partitionCount, replicationFactor: 1, configs };
}

const sourceTopics = [
  topic('orders', 3, { 'cleanup.policy': 'compact', 'min.insync.replicas': '1' }),
  topic('payments', 2, { 'retention.bytes': '1000000', 'message.timestamp.type': 'LogAppendTime' }),
  topic('plain', 4),
  topic('grown', 6, { 'segment.ms': '60000', 'unclean.leader.election.enable': 'true' }),
  topic('reset', 1),
  topic('wide', 1),
  topic('heartbeats', 1, { 'cleanup.policy': 'compact' }),
  topic('target.back', 1),
  topic('mm2-hidden.internal', 1),
];

/** On both targets before anything is mirrored: settings to change, to take away, and to leave. */
const present = [
  topic('source.grown', 2, { 'segment.ms': '1000', 'flush.messages': '5' }),
  topic('source.reset', 1, { 'segment.ms': '777777', 'min.insync.replicas': '1' }),
  topic('source.wide', 5, { 'compression.type': 'zstd' }),
];

function acl(name: string, own: Partial<TopicAcl> = {}): TopicAcl {
  const defaults = { pattern: 'LITERAL', principal: 'User:reader', host: '*' } as const;
  return { topic: name, ...defaults, operation: 'READ', permission: 'ALLOW', ...own };
}

const sourceAcls = [
  acl('orders'),
  acl('orders', { operation: 'WRITE' }),
  acl('orders', { operation: 'WRITE', permission: 'DENY', principal: 'User:other' }),
  acl('orders', { operation: 'ALL', principal: 'User:owner', host: '10.0.0.1' }),
  acl('orders', { operation: 'ALL', permission: 'DENY', principal: 'User:nobody' }),
  acl('orders', { operation: 'DESCRIBE_CONFIGS' }),
  acl('pay', { pattern: 'PREFIXED' }),
  acl('not-there-yet', { operation: 'ALTER' }),
  acl('*', { principal: 'User:all' }),
  acl('mm2-hidden.internal'),
  acl('target.back'),
];

async function createAll(admin: TopicAdmin, topics: readonly NewTopic[]): Promise<void> {
  const outcomes = await admin.createTopics(topics);
  assert.ok(outcomes.every(({ ok }) => ok));
  const names = () => admin.listTopics().then((list) => list.map((listing) => listing.topic));
  await until(async () => {
    const listed = await names();
    return topics.every((each) => listed.includes(each.topic));
  });
}

/** The remote topics with what they set themselves, and all ACLs of topics. */
async function resultOn(admin: TopicAdmin) {
  const remote = (await admin.listTopics()).filter(
    ({ topic: name }) => name.startsWith('source.') && !name.endsWith('.internal'),
  );
  const configs = await admin.topicConfigs(remote.map((listing) => listing.topic));
  const topics = remote.map(({ topic: name, partitionCount }, index) => {
    const described = configs[index]!;
    const own = described.ok ? described.value.filter(({ origin }) => origin === 'topic') : [];
    return [name, partitionCount, own.map((config) => `${config.name}=${config.value}`).sort()];
  });
  const acls = (await admin.topicAcls()) ?? [];
  const shown = ({ pattern, permission, principal, operation, ...rest }: TopicAcl) =>
    `${pattern} ${rest.topic}: ${permission} ${principal} ${operation} from ${rest.host}`;
  return { topics, acls: acls.map(shown).sort() };
}

test('topics, settings and ACLs are those that MirrorMaker 2 makes of the same source', async (context) => {
  const [source, ours, theirs] = await Promise.all(
    (['3.9.2', '4.3.1', '4.3.1'] as const).map((version) =>
      ownCluster(context, { version, properties }),
    ),
  );
  const sourceServers = source!.bootstrapServers;
  const sweepTo = (targetServers: string) => {
    const sweep = openTopicSweep({
      source: { bootstrapServers: [sourceServers] },
      target: { bootstrapServers: [targetServers] },
      topics: ['.*'],
    });
    after(() => sweep.close());
    return sweep;
  };
  const [sweep, beside] = [sweepTo(ours!.bootstrapServers), sweepTo(theirs!.bootstrapServers)];
  await setForAllTopics(sourceServers, 'message.max.bytes', '2000000');
  await createAll(sweep.source, sourceTopics);
  await sweep.source.createAcls(sourceAcls);
  await Promise.all([createAll(sweep.target, present), createAll(beside.target, present)]);

  // What was just made is not seen at once by everybody: the next sweep, as in a flow, sees it.
  await until(async () => {
    const { refused } = await sweep.run();
    assert.deepEqual(refused, []);
    return (await sweep.plan()).actions.length === 0;
  });
  const expected = await resultOn(sweep.target);
  assert.equal(expected.topics.length, sourceTopics.length - 2);
  assert.ok(expected.acls.includes('LITERAL source.orders: ALLOW User:owner READ from 10.0.0.1'));

  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  after(() => rm(directory, { recursive: true }));
  const mm2 = await mirrorMaker('default').start({
    sourceAlias: 'source',
    topics: ['.*'],
    sourceServers,
    targetServers: theirs!.bootstrapServers,
    directory,
  });
  after(() => mm2.stop());
  const isEqual = async () =>
    JSON.stringify(await resultOn(beside.target)) === JSON.stringify(expected);
  await until(isEqual, startedWithinMs).catch(() => {});
  assert.deepEqual(await resultOn(beside.target), expected);
  // What MirrorMaker 2 has made leaves this flow nothing to do.
  assert.deepEqual((await beside.plan()).actions, []);
});

/** At run time, by its only broker: not the topics' own setting, and not one of the broker's file. */
async function setForAllTopics(bootstrapServers: string, name: string, value: string) {
  const admin = new Kafka({
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  }).admin();
  await admin.connect();
  const broker = { type: 4, name: '1', configEntries: [{ name, value }] };
  await admin.alterConfigs({ validateOnly: false, resources: [broker] });
  await admin.disconnect();
}
