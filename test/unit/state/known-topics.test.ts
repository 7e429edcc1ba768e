/** What it stores is in test/integration/known-topics.test.ts. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { freePort } from '../../../lib/local/parts/ports.ts';
import { stateClient } from '../../../lib/state/client.ts';
import { dynamoKnownTopics } from '../../../lib/state/known-topics.ts';

test('topics that do not differ need no table; for others its failure is their outcome', async () => {
  const client = stateClient({
    endpoint: `http://127.0.0.1:${await freePort()}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  after(() => client.destroy());
  const store = dynamoKnownTopics({ client, table: 'none', flow: 'us->eu', timeoutMs: 2000 });
  const known = { topic: 'orders', states: [], emptyTails: [] };
  const [same, other] = await store.write([
    { before: known, after: { ...known } },
    { before: known, after: { ...known, sourceTopicId: 's' } },
  ]);
  assert.deepEqual(same, { ok: true, value: undefined });
  assert.ok(other?.ok === false && other.error.code === 'STATE_UNAVAILABLE');
  await assert.rejects(store.read(), { code: 'STATE_UNAVAILABLE' });
});
