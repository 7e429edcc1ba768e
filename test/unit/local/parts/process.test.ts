import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type PartProcess, startPart, untilReady } from '../../../../lib/local/parts/process.ts';

const moduleUrl = new URL('../../../../lib/local/parts/process.ts', import.meta.url);

async function startScript(t: TestContext, script: string) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-process-'));
  const logFile = join(directory, 'part.log');
  const part = await startPart({
    name: 'the part',
    command: [process.execPath, '-e', script],
    logFile,
  });
  t.after(async () => {
    await part.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  return { part, logFile };
}

const says = (logFile: string, text: string) => async () =>
  (await readFile(logFile, 'utf8')).includes(text);

function waitFor(part: PartProcess, logFile: string, text: string, timeoutMs = 20_000) {
  return untilReady(part, { name: 'the part', logFile, timeoutMs, probe: says(logFile, text) });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const staysUp = 'setInterval(() => {}, 1000);';

test('the process id is that of the program, and what it writes is in the log', async (t) => {
  const script = `console.log('out', process.pid); console.error('error'); ${staysUp}`;
  const { part, logFile } = await startScript(t, script);
  await waitFor(part, logFile, `out ${part.pid}`);
  await waitFor(part, logFile, 'error');
  assert.equal(part.running, true);
  assert.equal(part.failure(), undefined);
});

test('stopped, it has ended when the promise resolves, and that is no failure', async (t) => {
  const { part } = await startScript(t, staysUp);
  await part.stop();
  assert.equal(isRunning(part.pid), false);
  assert.equal(part.running, false);
  assert.equal(part.failure(), undefined);
  await part.stop();
});

test('one that does not listen to SIGTERM is killed when its time is up', async (t) => {
  const deaf = `process.on('SIGTERM', () => console.log('no')); console.log('up'); ${staysUp}`;
  const { part, logFile } = await startScript(t, deaf);
  await waitFor(part, logFile, 'up');
  await part.stop(300);
  assert.equal(isRunning(part.pid), false);
  assert.match(await readFile(logFile, 'utf8'), /no/);
});

test('one that ends by itself while it is waited for fails at once, naming its log', async (t) => {
  const { part, logFile } = await startScript(t, 'process.exit(7)');
  await assert.rejects(waitFor(part, logFile, 'never'), (error: Error) => {
    assert.match(error.message, /the part ended with exit code 7.*PART_FAILED/);
    assert.ok(error.message.includes(logFile));
    return true;
  });
});

test('one that is never ready fails when the time is up', async (t) => {
  const { part, logFile } = await startScript(t, staysUp);
  await assert.rejects(waitFor(part, logFile, 'never', 200), /did not answer within 0\.2 s/);
});

test('a program that does not exist fails, and the log says why', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-process-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const logFile = join(directory, 'part.log');
  const part = await startPart({ name: 'the part', command: ['no-such-program'], logFile });
  await assert.rejects(waitFor(part, logFile, 'never'), /exit code 127/);
  assert.match(await readFile(logFile, 'utf8'), /no-such-program/);
});

test('it ends with us, even when we are killed', async (t) => {
  const { owner, pid } = await startOwner(t, staysUp);
  assert.equal(isRunning(pid), true);

  owner.kill('SIGKILL');
  await once(owner, 'exit');

  while (isRunning(pid)) await delay(10); // The file's limit of time is the limit.
});

test('it does not hold us up when we are done', async (t) => {
  const { owner } = await startOwner(t, '');
  assert.deepEqual(await once(owner, 'exit'), [0, null]);
});

/** A process of its own that starts a part and then goes on as the script says. */
async function startOwner(t: TestContext, script: string) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-process-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const part = {
    name: 'the part',
    command: [process.execPath, '-e', staysUp],
    logFile: join(directory, 'part.log'),
  };
  const source = `
    import { startPart } from ${JSON.stringify(moduleUrl.href)};
    console.log((await startPart(${JSON.stringify(part)})).pid);
    ${script}`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await once(owner.stdout, 'data');
  return { owner, pid: Number(output) };
}
