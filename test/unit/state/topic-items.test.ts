import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KnownTopic } from '../../../lib/state/ports.ts';
import { changedAttributes, readKnownTopic, topicKey } from '../../../lib/state/topic-items.ts';

const known: KnownTopic = {
  topic: 'us.orders',
  sourceTopicId: 's',
  remoteTopicId: 't',
  states: [
    { state: 'source-truncated', topic: 'us.orders', partition: 3, what: 'it begins', sinceMs: 7 },
    { state: 'partitions-beyond-source', topic: 'us.orders', what: 'it has more', sinceMs: 8 },
  ],
  emptyTails: [{ partition: 1, from: 2n ** 60n, upTo: 2n ** 60n + 3n }],
};
const bare: KnownTopic = { topic: 'us.orders', states: [], emptyTails: [] };

const itemOf = (topic: KnownTopic) => ({
  ...topicKey('us->eu', topic.topic),
  ...changedAttributes(undefined, topic),
});

describe('the item of a topic', () => {
  test('is read as it was written', () => {
    for (const topic of [known, bare]) assert.deepEqual(readKnownTopic(itemOf(topic)), topic);
    assert.deepEqual(topicKey('us->eu', 'us.orders'), {
      partition: { S: 'us->eu' },
      position: { S: 'topic/us.orders' },
    });
  });

  test('is written where it differs, and nowhere else', () => {
    assert.deepEqual(changedAttributes(known, structuredClone(known)), {});
    assert.deepEqual(Object.keys(changedAttributes(known, { ...known, sourceTopicId: 'new' })), [
      'sourceTopicId',
    ]);
    assert.deepEqual(changedAttributes(known, { ...known, states: [] }), { states: { S: '[]' } });
  });

  test('is what another writer has made of it before its other attributes are there', () => {
    const item = { ...topicKey('us->eu', 'us.orders'), sourceTopicId: { S: 's' } };
    assert.deepEqual(readKnownTopic(item), { ...bare, sourceTopicId: 's' });
  });

  test('that does not decode is named', () => {
    const broken = [
      { states: { S: '{}' } },
      { states: { S: 'x' } },
      { states: { S: '[null]' } },
      { states: { S: '[{"state":"strange","what":"x","sinceMs":1}]' } },
      { states: { S: '[{"state":"source-deleted","sinceMs":1}]' } },
      { emptyTails: { S: '[[1,"-2","3"]]' } },
      { emptyTails: { S: '[["1","2","3"]]' } },
      { sourceTopicId: { N: '1' } },
    ];
    for (const attributes of broken) {
      assert.throws(
        () => readKnownTopic({ ...itemOf(known), ...attributes }),
        (error: { code?: string; place?: { topic?: string } }) =>
          error.code === 'STATE_CORRUPT' && error.place?.topic === 'us.orders',
        JSON.stringify(attributes),
      );
    }
  });
});
