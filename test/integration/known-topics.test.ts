/** What discovery keeps of topics, on a real table: only what differs is written, and nobody undone. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoKnownTopics } from '../../lib/state/known-topics.ts';
import type { KnownTopic, KnownTopicStore } from '../../lib/state/ports.ts';
import { topicKey } from '../../lib/state/topic-items.ts';
import { countingClient, openStateTable, type StateTable } from './state-table.ts';

let table: StateTable;
let store: KnownTopicStore;
let flow = '';
let flowCount = 0;

before(async () => {
  table = await openStateTable();
});

after(() => table.close());

beforeEach(() => {
  flowCount += 1;
  flow = `source${flowCount}->target`;
  store = dynamoKnownTopics({ client: table.client, table: table.name, flow });
});

const state = { state: 'source-deleted', topic: 'orders', what: 'gone', sinceMs: 5 } as const;
const known: KnownTopic = { topic: 'orders', sourceTopicId: 's', states: [], emptyTails: [] };

describe('known topics', () => {
  test('there are none at first, and another flow’s are not among them', async () => {
    assert.deepEqual(await store.read(), { topics: [], failures: [] });
    await store.write([{ after: known }]);
    const other = dynamoKnownTopics({ client: table.client, table: table.name, flow: `${flow}2` });
    assert.deepEqual(await other.read(), { topics: [], failures: [] });
    assert.deepEqual(await store.read(), { topics: [known], failures: [] });
  });

  test('that do not differ cost nothing, and a thousand new ones a write each', async () => {
    const counted = countingClient(table.endpoint);
    after(() => counted.client.destroy());
    const counting = dynamoKnownTopics({ client: counted.client, table: table.name, flow });
    const topics = Array.from({ length: 1000 }, (_, index) => ({ ...known, topic: `t${index}` }));
    const outcomes = await counting.write(topics.map((each) => ({ after: each })));
    assert.ok(outcomes.every(({ ok }) => ok));
    assert.equal(counted.calls, 1000);
    const { topics: read } = await counting.read();
    assert.equal(read.length, 1000);
    const callsBefore = counted.calls;
    await counting.write(read.map((each) => ({ before: each, after: structuredClone(each) })));
    assert.equal(counted.calls, callsBefore);
  });

  test('changed by two at once keep what each has changed', async () => {
    await store.write([{ after: known }]);
    const [read] = (await store.read()).topics;
    await Promise.all([
      store.write([{ before: read!, after: { ...read!, states: [state] } }]),
      store.write([{ before: read!, after: { ...read!, sourceTopicId: 'confirmed' } }]),
    ]);
    const expected = { ...known, sourceTopicId: 'confirmed', states: [state] };
    assert.deepEqual((await store.read()).topics, [expected]);
  });

  test('one that does not decode is named, and hides no other', async () => {
    await store.write([{ after: known }]);
    const Item = { ...topicKey(flow, 'broken'), states: { S: '{}' } };
    await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
    const { topics, failures } = await store.read();
    assert.deepEqual(topics, [known]);
    assert.deepEqual(
      failures.map(({ code, place }) => [code, place.topic]),
      [['STATE_CORRUPT', 'broken']],
    );
  });
});
