/** What is paused, on a real table: the flow and its topics each by themselves. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { isPaused } from '../../lib/discovery/pause.ts';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { openStateTable, type StateTable } from './state-table.ts';

let table: StateTable;

before(async () => {
  table = await openStateTable();
});

after(() => table.close());

const storeOf = (flow: string) => dynamoPauses({ client: table.client, table: table.name, flow });

test('nothing is paused at first, nor by a pause of another flow', async () => {
  const store = storeOf('a->b');
  await storeOf('a->b2').write(true);
  assert.deepEqual(await store.read(), { flow: false, topics: new Set() });
});

test('a flow and its topics are paused and resumed each by themselves', async () => {
  const store = storeOf('c->d');
  await store.write(true, ['orders', 'payments']);
  await store.write(true, ['orders']);
  await store.write(true);
  const all = await store.read();
  assert.deepEqual(all, { flow: true, topics: new Set(['orders', 'payments']) });
  assert.ok(isPaused(all, 'found-later'));
  await store.write(false);
  await store.write(false, ['payments', 'never-paused']);
  const left = await store.read();
  assert.deepEqual(left, { flow: false, topics: new Set(['orders']) });
  assert.deepEqual([isPaused(left, 'orders'), isPaused(left, 'payments')], [true, false]);
});

test('an item that does not decode is named', async () => {
  const item = {
    partition: { S: 'e->f' },
    position: { S: 'pause/orders' },
    paused: { S: 'perhaps' },
  };
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: item }));
  await assert.rejects(storeOf('e->f').read(), {
    code: 'STATE_CORRUPT',
    place: { topic: 'orders' },
  });
});
