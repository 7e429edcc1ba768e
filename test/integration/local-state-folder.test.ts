/** The state folder of a running host can be read beside it, and has one host only. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { emulatedAws, type LocalAws, sharedEmulatedAws } from '../../lib/local/aws.ts';
import { createStateTable } from '../../lib/state/table.ts';

const notify = (): void => {};

test('a state folder is reached through its host, and without one by itself', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  context.after(() => rm(directory, { recursive: true, force: true }));
  {
    await using host = await emulatedAws(directory, notify);
    await createStateTable(host.dynamoDb, 'of-the-host');
    await using beside = await sharedEmulatedAws(directory, notify);
    assert.deepEqual(await tables(beside), ['of-the-host']);
    assert.equal(beside.environment['AWS_ENDPOINT_URL'], host.environment['AWS_ENDPOINT_URL']);
    await assert.rejects(emulatedAws(directory, notify), { code: 'STATE_FOLDER_IN_USE' });
  }
  await using alone = await sharedEmulatedAws(directory, notify);
  assert.deepEqual(await tables(alone), ['of-the-host']);
});

async function tables({ dynamoDb }: LocalAws): Promise<string[] | undefined> {
  const { TableNames } = await dynamoDb.send(new ListTablesCommand({}));
  return TableNames;
}
