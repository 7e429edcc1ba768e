/** The ids of a flow's clusters, on a real table. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClusterIds } from '../../lib/state/cluster-ids.ts';
import { openStateTable, type StateTable } from './state-table.ts';

let table: StateTable;

before(async () => {
  table = await openStateTable();
});

after(() => table.close());

const storeOf = (flow: string, name = table.name) =>
  dynamoClusterIds({ client: table.client, table: name, flow });

test('what is kept of a flow is read, and nothing of another', async () => {
  assert.equal(await storeOf('a->b').read(), undefined);
  await storeOf('a->b').write({ source: 'x', target: 'y' });
  assert.deepEqual(await storeOf('a->b').read(), { source: 'x', target: 'y' });
  assert.equal(await storeOf('b->a').read(), undefined);
});

test('a table that is not there, and an item that does not decode, are named', async () => {
  await assert.rejects(storeOf('a->b', 'mirrorless-absent').read(), {
    code: 'STATE_TABLE_MISSING',
  });
  const item = { partition: { S: 'c->d' }, position: { S: 'cluster-ids' }, source: { S: 'x' } };
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: item }));
  await assert.rejects(storeOf('c->d').read(), { code: 'STATE_CORRUPT' });
});
