/** `mirrorless demo --once`, the story of `npm start`, to its end without a person. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));
const run = promisify(execFile);

test('the demo passes every check, and leaves nothing behind', async (t) => {
  const own = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(own, { recursive: true }));
  const env = { ...process.env, TMPDIR: own };
  const { stdout, stderr } = await run(process.execPath, [program, 'demo', '--once'], { env });
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines.at(-1)!, /^\d+ passed, 0 failed$/, stderr);
  assert.equal(Number.parseInt(lines.at(-1)!, 10), lines.length - 1);
  assert.ok(lines.some((line) => /orders: 20,000 of 20,000 records are equal/.test(line)));
  assert.ok(lines.some((line) => /was killed \d+ times/.test(line)));
  assert.deepEqual(await readdir(own), []);
});

test('interrupted while it starts, it ends the brokers and says so', async (t) => {
  const own = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(own, { recursive: true }));
  const demo = spawn(process.execPath, [program, 'demo', '--once'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: own },
  });
  let stderr = '';
  demo.stderr.on('data', (text) => {
    stderr += text;
    if (stderr.includes('starting') && !stderr.includes('ending')) demo.kill('SIGINT');
  });
  const [code] = await once(demo, 'close');
  assert.equal(code, 130, stderr);
  assert.deepEqual(await commandsIn(own), []);
});

/** The commands of processes that belong to a demo in that folder. */
async function commandsIn(folder: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'args']);
  return stdout.split('\n').filter((line) => line.includes(`${folder}/mirrorless-demo-`));
}
