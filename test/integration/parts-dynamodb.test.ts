/** The emulated DynamoDB of the local host: what it has acknowledged is there again. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Ministack, startMinistack } from '../../lib/local/parts/ministack.ts';

const TableName = 'positions';
const clientSettings = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
};

test('every write that was acknowledged survives kill -9, exactly once', async (t) => {
  const { start } = await openPlace(t);
  const first = await start();
  await createTable(first.client);
  for (let n = 0; n < 50; n++) await put(first.client, `key-${n}`, n);
  for (let n = 0; n < 7; n++) await add(first.client, 'key-1', 100);
  await first.client.send(new DeleteItemCommand({ TableName, Key: { key: { S: 'key-2' } } }));
  await first.emulator.kill();

  const second = await start();
  const expected = new Map(Array.from({ length: 50 }, (_, n) => [`key-${n}`, n]));
  expected.set('key-1', 701);
  expected.delete('key-2');
  assert.deepEqual(await scan(second.client), expected);

  await add(second.client, 'key-1', 1);
  await second.emulator.stop();
  const third = await start();
  await add(third.client, 'key-1', 1);
  await third.emulator.kill();
  const fourth = await start();
  assert.deepEqual(await scan(fourth.client), expected.set('key-1', 703));
});

test('killed while writing, it holds every write that was answered', async (t) => {
  const { start } = await openPlace(t);
  const { client, emulator } = await start();
  await createTable(client);
  const answered = new Map<string, number>();
  const enough = Promise.withResolvers<void>();
  const writer = async (name: string) => {
    for (let n = 0; ; n++) {
      await put(client, name, n);
      answered.set(name, n);
      if (n === 50) enough.resolve();
    }
  };
  const writers = ['a', 'b', 'c', 'd'].map((name) => assert.rejects(writer(name)));
  await enough.promise;
  await emulator.kill();
  await Promise.all(writers);

  const held = await scan((await start()).client);
  for (const [name, value] of answered) {
    const extra = held.get(name)! - value;
    assert.ok(extra === 0 || extra === 1, `${name}: answered ${value}, held ${held.get(name)}`);
  }
});

test('an entry of the journal that was cut off was never answered, and is dropped', async (t) => {
  const { directory, start } = await openPlace(t);
  const { client, emulator } = await start();
  await createTable(client);
  await put(client, 'whole', 1);
  await emulator.kill();
  const state = join(directory, 'state');
  const journal = (await readdir(state)).find((name) => name.endsWith('.journal'));
  await appendFile(join(state, journal!), '{"headers": {"x-amz-target": "Dyn');

  const held = await scan((await start()).client);

  assert.deepEqual(held, new Map([['whole', 1]]));
});

/** A directory, and emulators started in it one after the other; all gone after the test. */
async function openPlace(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const started: { emulator: Ministack; client: DynamoDBClient }[] = [];
  t.after(async () => {
    for (const { emulator, client } of started) {
      client.destroy();
      await emulator.kill();
    }
    await rm(directory, { recursive: true, force: true });
  });
  const start = async () => {
    const emulator = await startMinistack({ directory, persist: true, notify: () => {} });
    const client = new DynamoDBClient({ ...clientSettings, endpoint: emulator.endpoint });
    started.push({ emulator, client });
    return { emulator, client };
  };
  return { directory, start };
}

async function createTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    }),
  );
}

async function put(client: DynamoDBClient, key: string, value: number): Promise<void> {
  const Item = { key: { S: key }, value: { N: String(value) } };
  await client.send(new PutItemCommand({ TableName, Item }));
}

async function add(client: DynamoDBClient, key: string, value: number): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { key: { S: key } },
      UpdateExpression: 'ADD #value :value',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':value': { N: String(value) } },
    }),
  );
}

async function scan(client: DynamoDBClient): Promise<Map<string, number>> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  const entries = Items.map((item) => [item['key']!.S!, Number(item['value']!.N)] as const);
  return new Map(entries.sort(([a], [b]) => Number(a.slice(4)) - Number(b.slice(4))));
}
