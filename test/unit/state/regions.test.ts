import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateClient } from '../../../lib/state/client.ts';
import { clientsByRegion } from '../../../lib/state/regions.ts';

test('a client for each other region, opened once', async (t) => {
  const own = stateClient({ region: 'eu-central-1' });
  const clientIn = clientsByRegion(own, {});
  const other = clientIn('us-east-1');
  for (const client of [own, other]) t.after(() => client.destroy());
  assert.equal(clientIn(undefined), own);
  assert.equal(await other.config.region(), 'us-east-1');
  assert.equal(clientIn('us-east-1'), other);
});

test('an endpoint of one’s own stands for all regions', (t) => {
  const own = stateClient({ region: 'eu-central-1' });
  t.after(() => own.destroy());
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB']) {
    const clientIn = clientsByRegion(own, { [name]: 'http://127.0.0.1:4566' });
    assert.equal(clientIn('us-east-1'), own);
  }
});
