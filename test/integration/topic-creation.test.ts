/** Topics are created, once, and can be written to when that is said. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { randomTopic } from '../support/flow.ts';
import { sharedParts } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const parts = await sharedParts();

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  describe(`topics of Kafka ${version}`, () => {
    const topics = openTopics(bootstrapServers);
    after(() => topics.close());
    const one = { partitionCount: 1, replicationFactor: 1 };

    test('are created with their settings, once', async () => {
      const topic = randomTopic('created');
      const configs = { 'cleanup.policy': 'compact', 'max.message.bytes': '12345' };
      await topics.createTopics([{ topic, partitionCount: 3, replicationFactor: 1, configs }]);
      await topics.createTopics([{ topic, ...one }]);
      assert.equal(await topics.partitionCount(topic), 3);
      for (const [name, value] of Object.entries(configs)) {
        assert.equal(await topics.setting(topic, name), value);
      }
    });

    test('among topics that exist, those that are missing are still created', async () => {
      const [known, missing] = [randomTopic('known'), randomTopic('missing')];
      await topics.createTopics([{ topic: known, ...one }]);
      await topics.createTopics([known, missing].map((topic) => ({ topic, ...one })));
      assert.equal(await topics.partitionCount(missing), 1);
      assert.equal(await topics.partitionCount(randomTopic('absent')), undefined);
    });

    test('with a wrong setting are refused by name', async () => {
      const wrong = { topic: randomTopic('wrong'), ...one, configs: { nonsense: '1' } };
      await assert.rejects(topics.createTopics([wrong]), {
        code: 'SETTING_REFUSED',
        place: { cluster: 'backup', topic: wrong.topic },
        message: /INVALID_CONFIG/,
      });
      const many = { topic: randomTopic('many'), partitionCount: 1, replicationFactor: 5 };
      await assert.rejects(topics.createTopics([many]), { code: 'TOPIC_CREATION_REFUSED' });
    });
  });
}
