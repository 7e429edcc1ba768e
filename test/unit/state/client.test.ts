import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { stateClient } from '../../../lib/state/client.ts';

test('requests are not copied for a logger that there is not', () => {
  const logs = (client: DynamoDBClient) =>
    client.middlewareStack.identify().some((name) => name.startsWith('loggerMiddleware'));
  const region = 'eu-west-1';
  assert.ok(logs(new DynamoDBClient({ region })));
  assert.ok(!logs(stateClient({ region })));
});
