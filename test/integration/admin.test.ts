/** Topics are made and described. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { openAdmin } from '../../lib/kafka/admin.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { freePort } from '../../lib/local/parts/ports.ts';
import { send } from '../support/data-plane.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  const cluster = { alias: 'primary', bootstrapServers: bootstrapServers.split(',') };
  const options = { cluster, side: 'source', requestTimeoutMs: 20_000 } as const;
  const newTopic = () => `admin-${randomBytes(4).toString('hex')}`;

  describe(`topics of Kafka ${version}`, () => {
    const admin = openAdmin(options);
    after(() => admin.close());

    test('are created with their configuration, once, and listed', async () => {
      const topic = newTopic();
      const configs = { 'cleanup.policy': 'compact', 'max.message.bytes': '12345' };
      await admin.createTopics([{ topic, partitionCount: 3, replicationFactor: 1, configs }]);
      await admin.createTopics([{ topic, partitionCount: 9, replicationFactor: 1 }]);
      assert.equal(await admin.partitionCount(topic), 3);
      const listed = (await admin.listTopics()).find((found) => found.topic === topic);
      assert.deepEqual(listed, { topic, partitionCount: 3, replicationFactor: 1 });
      const described = (await admin.topicConfigs([topic])).get(topic) ?? [];
      const set = described.filter(({ isDefault }) => !isDefault);
      for (const [name, value] of Object.entries(configs)) {
        assert.deepEqual(set.find((config) => config.name === name)?.value, value);
      }
      assert.ok(described.some(({ name, isDefault }) => name === 'retention.bytes' && isDefault));
    });

    test('among topics that exist, those that are missing are still created', async () => {
      const [known, missing] = [newTopic(), newTopic()];
      const one = { partitionCount: 1, replicationFactor: 1 };
      await admin.createTopics([{ topic: known, ...one }]);
      await admin.createTopics([
        { topic: known, ...one },
        { topic: missing, ...one },
      ]);
      assert.equal(await admin.partitionCount(missing), 1);
    });

    test('have an end for each partition', async () => {
      const topic = newTopic();
      await admin.createTopics([{ topic, partitionCount: 3, replicationFactor: 1 }]);
      const dataPlane = openDataPlane(options);
      after(() => dataPlane.close());
      const identity = await dataPlane.allocateProducer();
      await send(dataPlane, identity, { topic, partition: 1, from: 0, to: 7 });
      assert.deepEqual(await admin.endOffsets(topic), [0n, 7n, 0n]);
    });

    test('that are missing are told so', async () => {
      assert.equal(await admin.partitionCount(newTopic()), undefined);
      await assert.rejects(admin.endOffsets(newTopic()), { code: 'TOPIC_MISSING' });
      await assert.rejects(admin.topicConfigs([newTopic()]), { code: 'TOPIC_MISSING' });
    });

    test('with a wrong configuration are refused by name', async () => {
      const topic = newTopic();
      const wrong = { topic, partitionCount: 1, replicationFactor: 1, configs: { nonsense: '1' } };
      const refusal = await admin.createTopics([wrong]).then(
        () => assert.fail('it was created'),
        (error) => error,
      );
      assert.equal(refusal.code, 'SETTING_REFUSED');
      assert.equal(refusal.place.topic, topic);
      assert.match(refusal.message, /INVALID_CONFIG/);
      const many = { topic, partitionCount: 1, replicationFactor: 5 };
      await assert.rejects(admin.createTopics([many]), { code: 'TOPIC_CREATION_REFUSED' });
    });
  });
}

test('a cluster that cannot be reached is told, and kafkajs prints nothing', async () => {
  const said: string[] = [];
  const admin = openAdmin({
    cluster: { alias: 'primary', bootstrapServers: [`127.0.0.1:${await freePort()}`] },
    side: 'source',
    requestTimeoutMs: 5000,
    notify: (text) => said.push(text),
  });
  await assert.rejects(admin.listTopics(), { code: 'SOURCE_UNREACHABLE' });
  await admin.close();
  assert.ok(said.length > 0 && said.every((text) => text.startsWith('cluster primary: ')));
});
