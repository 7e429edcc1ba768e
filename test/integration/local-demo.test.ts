/** `mirrorless demo --once`, the story of `npm start`, to its end without a person. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));
const run = promisify(execFile);

test('the demo passes every check, and leaves nothing behind', async () => {
  const before = await stages();
  const { stdout, stderr } = await run(process.execPath, [program, 'demo', '--once']);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines.at(-1)!, /^\d+ passed, 0 failed$/, stderr);
  assert.equal(Number.parseInt(lines.at(-1)!, 10), lines.length - 1);
  assert.ok(lines.some((line) => /orders: 20,000 of 20,000 records are equal/.test(line)));
  assert.ok(lines.some((line) => /was killed \d+ times/.test(line)));
  assert.deepEqual(await stages(), before);
});

test('interrupted while it starts, it ends the brokers and says so', async () => {
  const before = await commands();
  const demo = spawn(process.execPath, [program, 'demo', '--once'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  demo.stderr.on('data', (text) => {
    stderr += text;
    if (stderr.includes('starting') && !stderr.includes('ending')) demo.kill('SIGINT');
  });
  const [code] = await once(demo, 'close');
  assert.equal(code, 130, stderr);
  assert.deepEqual(await commands(), before);
});

/** Of the processes that belong to demos. */
async function commands(): Promise<string[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'args']);
  return stdout.split('\n').filter((line) => line.includes('mirrorless-demo-'));
}

/** The folders of demos. */
async function stages(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('mirrorless-demo-'));
}
