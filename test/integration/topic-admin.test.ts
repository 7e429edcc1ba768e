/** Topics on real brokers: made, grown, configured, described, and refused one by one. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { openTopicAdmin, type TopicAcl, type TopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();

const newTopic = () => `topics-${randomBytes(4).toString('hex')}`;
const one = { partitionCount: 1, replicationFactor: 1, configs: {} };
const made = { ok: true, value: true };
const done = { ok: true, value: undefined };

function adminOf(bootstrapServers: string): TopicAdmin {
  const cluster = { alias: 'backup', bootstrapServers: bootstrapServers.split(',') };
  const admin = openTopicAdmin({ cluster, side: 'target', requestTimeoutMs: 20_000 });
  after(() => admin.close());
  return admin;
}

/** What an outcome says: its value, or the code and place of its error. */
function said(outcome: Awaited<ReturnType<TopicAdmin['describeTopics' | 'createTopics']>>[number]) {
  return outcome.ok ? outcome.value : `${outcome.error.code} ${outcome.error.place.topic}`;
}

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  describe(`topics of Kafka ${version}`, () => {
    const admin = adminOf(bootstrapServers);
    const listed = async (topic: string) =>
      (await admin.listTopics()).find((listing) => listing.topic === topic);
    const create = async (topic: string, own: Partial<typeof one> = {}) => {
      assert.deepEqual(await admin.createTopics([{ topic, ...one, ...own }]), [made]);
      await until(async () => (await listed(topic)) !== undefined);
    };
    const ownConfigs = async (topic: string) => {
      const [outcome] = await admin.topicConfigs([topic]);
      assert.ok(outcome?.ok);
      const own = outcome.value.filter(({ origin }) => origin === 'topic');
      return Object.fromEntries(own.map(({ name, value }) => [name, value]));
    };

    test('are made with their settings, once, and listed with their ids', async () => {
      const topic = newTopic();
      const configs = { 'cleanup.policy': 'compact', 'retention.ms': '-1' };
      await create(topic, { partitionCount: 3, configs });
      const again = await admin.createTopics([{ topic, ...one }]);
      assert.deepEqual(again, [{ ok: true, value: false }]);
      const { topicId, ...listing } = (await listed(topic))!;
      assert.deepEqual(listing, { topic, partitionCount: 3, replicationFactor: 1 });
      assert.match(topicId ?? '', /^[0-9a-f-]{36}$/);
      assert.deepEqual(await ownConfigs(topic), configs);
      assert.match((await admin.clusterId()) ?? '', /./);
    });

    test('have another id once they were deleted and made again', async () => {
      const topic = newTopic();
      await create(topic);
      const before = await listed(topic);
      const kafkajs = new Kafka({
        brokers: bootstrapServers.split(','),
        logLevel: logLevel.NOTHING,
      }).admin();
      await kafkajs.connect();
      await kafkajs.deleteTopics({ topics: [topic] });
      await kafkajs.disconnect();
      await until(async () => (await listed(topic)) === undefined);
      await create(topic);
      assert.notEqual((await listed(topic))?.topicId, before?.topicId);
    });

    test('are grown, and found to be so by the second who tries', async () => {
      const topic = newTopic();
      await create(topic);
      assert.deepEqual(await admin.createPartitions([{ topic, partitionCount: 4 }]), [made]);
      await until(async () => (await listed(topic))?.partitionCount === 4);
      const again = await admin.createPartitions([{ topic, partitionCount: 4 }]);
      assert.deepEqual(again, [{ ok: true, value: false }]);
    });

    test('change the named settings and keep the others, all of a topic or none', async () => {
      const [topic, other] = [newTopic(), newTopic()];
      await create(topic, { configs: { 'retention.ms': '1000', 'segment.ms': '5000' } });
      await create(other);
      const changes = { 'retention.ms': null, 'max.message.bytes': '2000' };
      const bad = { 'retention.ms': '7', 'retention.bytes': 'many' };
      const outcomes = await admin.alterConfigs([
        { topic, changes },
        { topic: other, changes: bad },
      ]);
      assert.deepEqual(outcomes[0], done);
      assert.ok(outcomes[1]?.ok === false && outcomes[1].error.code === 'SETTING_REFUSED');
      const expected = { 'max.message.bytes': '2000', 'segment.ms': '5000' };
      await until(async () => (await ownConfigs(topic))['max.message.bytes'] === '2000');
      assert.deepEqual(await ownConfigs(topic), expected);
      assert.deepEqual(await ownConfigs(other), {});
    });

    test('tell the origin of every setting', async () => {
      const topic = newTopic();
      await create(topic, { configs: { 'retention.bytes': '1' } });
      const [outcome] = await admin.topicConfigs([topic]);
      assert.ok(outcome?.ok);
      const origins = new Map(outcome.value.map(({ name, origin }) => [name, origin]));
      assert.equal(origins.get('retention.bytes'), 'topic');
      assert.equal(origins.get('cleanup.policy'), 'default');
      // The brokers of these tests have `log.retention.ms` in their files.
      assert.equal(origins.get('retention.ms'), 'static-broker');
    });

    test('that are refused or missing are named, and the others done', async () => {
      const [good, unset] = [newTopic(), newTopic()];
      const topics = [
        { topic: good, ...one },
        { topic: unset, ...one, configs: { nonsense: '1' } },
        { topic: newTopic(), ...one, replicationFactor: 5 },
        { topic: 'no/name', ...one },
      ];
      const checked = await admin.checkTopics(topics);
      assert.deepEqual(checked[0], made);
      assert.equal(await listed(good), undefined);
      const outcomes = await admin.createTopics(topics);
      assert.deepEqual(outcomes.map(said), [
        true,
        `SETTING_REFUSED ${unset}`,
        `TOPIC_CREATION_REFUSED ${topics[2]?.topic}`,
        'TOPIC_CREATION_REFUSED no/name',
      ]);
      const missing = newTopic();
      const refused = [
        ...(await admin.createPartitions([{ topic: missing, partitionCount: 2 }])),
        ...(await admin.alterConfigs([{ topic: missing, changes: { 'retention.ms': '1' } }])),
        ...(await admin.describeTopics([missing])),
        ...(await admin.topicConfigs([missing])),
      ];
      for (const outcome of refused) {
        assert.ok(!outcome.ok && outcome.error.code === 'TOPIC_MISSING');
        assert.equal(outcome.error.place.topic, missing);
      }
    });

    test('have no ACLs where the cluster authorizes nobody', async () => {
      assert.equal(await admin.topicAcls(), undefined);
      const [refused] = await admin.createAcls([allowed('orders')]);
      assert.match(refused?.ok === false ? refused.error.message : '', /SECURITY_DISABLED/);
    });
  });
}

function allowed(topic: string): TopicAcl {
  return {
    topic,
    pattern: 'LITERAL',
    principal: 'User:ANONYMOUS',
    host: '*',
    operation: 'ALL',
    permission: 'ALLOW',
  };
}

for (const version of ['3.9.2', '4.3.1'] as const) {
  test(`Kafka ${version} that authorizes: ACLs, and what each refusal takes`, async (context) => {
    const { bootstrapServers } = await ownCluster(context, { version, properties: authorizing });
    const admin = adminOf(bootstrapServers);
    const [open, closed, hidden] = [newTopic(), newTopic(), newTopic()];
    const topics = [open, closed, hidden].map((topic) => ({ topic, ...one }));
    assert.deepEqual(await admin.createTopics(topics), [made, made, made]);
    const denied = (topic: string, operation: TopicAcl['operation']): TopicAcl => {
      return { ...allowed(topic), operation, permission: 'DENY' };
    };
    const acls = [
      allowed(closed),
      denied(closed, 'ALTER'),
      denied(closed, 'ALTER_CONFIGS'),
      denied(closed, 'DESCRIBE_CONFIGS'),
      allowed(hidden),
      denied(hidden, 'DESCRIBE'),
      { ...allowed('never'), pattern: 'PREFIXED' as const, operation: 'READ' as const },
      allowed('never'),
      denied('never', 'CREATE'),
    ];
    for (const round of ['created', 'left as they are']) {
      const outcomes = await admin.createAcls(acls);
      assert.ok(
        outcomes.every(({ ok }) => ok),
        round,
      );
    }
    const sorted = (list: readonly TopicAcl[] = []) =>
      list.map((acl) => JSON.stringify(fields(acl))).sort();
    await until(async () => (await admin.topicAcls())?.length === acls.length);
    assert.deepEqual(sorted(await admin.topicAcls()), sorted(acls));

    const refusals = [
      [await admin.createPartitions([{ topic: closed, partitionCount: 2 }]), 'Alter on the topic'],
      [
        await admin.alterConfigs([{ topic: closed, changes: { 'retention.ms': '1' } }]),
        'AlterConfigs on the topic',
      ],
      [await admin.topicConfigs([closed]), 'DescribeConfigs on the topic'],
      [await admin.describeTopics([hidden]), 'Describe on the topic'],
    ] as const;
    for (const [[outcome], takes] of refusals) {
      assert.ok(outcome?.ok === false, takes);
      assert.equal(outcome.error.code, 'UNAUTHORIZED');
      assert.match(outcome.error.message, new RegExp(`It takes ${takes}`));
    }
    const both = [closed, open].map((topic) => ({ topic, partitionCount: 3 }));
    assert.deepEqual(
      (await admin.createPartitions(both)).map(({ ok }) => ok),
      [false, true],
    );
    const names = (await admin.listTopics()).map(({ topic }) => topic);
    assert.ok(names.includes(open) && !names.includes(hidden));

    // Either permission to create is enough, on the cluster or on the topic.
    const onCluster = { type: 'cluster', name: 'kafka-cluster' } as const;
    await denyAnonymous(bootstrapServers, onCluster, ['DESCRIBE', 'CREATE']);
    await until(() =>
      admin.topicAcls().then(
        () => false,
        () => true,
      ),
    );
    await assert.rejects(admin.topicAcls(), {
      code: 'UNAUTHORIZED',
      message: /It takes Describe on the cluster/,
    });
    const created = [newTopic(), 'never'].map((topic) => ({ topic, ...one }));
    const [possible, refused] = await admin.createTopics(created);
    assert.deepEqual(possible, made);
    assert.ok(refused?.ok === false && refused.error.code === 'UNAUTHORIZED');
    assert.match(refused.error.message, /CreateTopics of never .* It takes Create on the topic or/);
  });
}

function fields({ topic, pattern, principal, host, operation, permission }: TopicAcl) {
  return [topic, pattern, principal, host, operation, permission];
}
