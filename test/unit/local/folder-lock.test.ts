import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { lockFolder } from '../../../lib/local/folder-lock.ts';

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'state');
}

it('a folder is for one process at a time', async (t) => {
  const directory = await folder(t);
  const lock = await lockFolder(directory);
  await assert.rejects(lockFolder(directory), {
    code: 'STATE_FOLDER_IN_USE',
    message: new RegExp(`is in use by process ${process.pid}\\.`),
  });
  await lock[Symbol.asyncDispose]();
  await (await lockFolder(directory))[Symbol.asyncDispose]();
});

it('a lock of a process that was killed is taken over', async (t) => {
  const directory = await folder(t);
  const gone = spawn('true');
  await once(gone, 'exit');
  await (await lockFolder(directory))[Symbol.asyncDispose]();
  for (const left of [String(gone.pid), '']) {
    await writeFile(join(directory, 'lock'), left);
    await (await lockFolder(directory))[Symbol.asyncDispose]();
  }
});
