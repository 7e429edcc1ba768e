/** The launcher in a project of its own, with an npm that does what the test says. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../../bin/launch.mjs', import.meta.url));
const lockOf = (integrity: string) =>
  JSON.stringify({
    packages: {
      '': { name: 'project' },
      'node_modules/needed': { integrity },
      'node_modules/other-platform': { integrity: 'none', optional: true },
    },
  });
const recordOf = (integrity: string) =>
  JSON.stringify({ packages: { 'node_modules/needed': { integrity } } });

/** Counts its calls, takes a moment, and then leaves what npm leaves when it is done. */
const installs = (integrity: string) =>
  `echo "$*" >> calls; sleep 0.2; mkdir -p node_modules
   echo '${recordOf(integrity)}' > node_modules/.package-lock.json`;

async function openProject(t: TestContext, npm?: string) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-launch-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const write = async (name: string, content: string) => {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  };
  await write('package-lock.json', lockOf('v1'));
  await write('bin/mirrorless.ts', 'console.log(JSON.stringify(process.argv.slice(2)));');
  await copyFile(launcher, join(directory, 'bin/launch.mjs'));
  const setNpm = async (script: string) => {
    await write('path/npm', `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, 'path/npm'), 0o755);
  };
  if (npm !== undefined) await setNpm(npm);
  const launch = (...args: string[]) =>
    spawn(process.execPath, [join(directory, 'bin/launch.mjs'), ...args], {
      cwd: directory,
      env: { PATH: `${join(directory, 'path')}${npm === undefined ? '' : ':/usr/bin:/bin'}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const calls = async () => (await readFile(join(directory, 'calls'), 'utf8')).trim().split('\n');
  return { write, setNpm, launch, calls };
}

async function ended(child: ChildProcess) {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code };
}

test('it installs once, runs the command line, and passes its arguments on', async (t) => {
  const { launch, calls } = await openProject(t, installs('v1'));
  const first = await ended(launch('local', '-c', 'mm2.properties'));
  assert.equal(first.stdout, '["local","-c","mm2.properties"]\n');
  assert.match(first.stderr, /npm ci/);
  assert.equal(first.code, 0);
  const second = await ended(launch());
  assert.deepEqual(second, { stdout: '[]\n', stderr: '', code: 0 });
  assert.equal((await calls()).length, 1);
});

test('two started at once install once', async (t) => {
  const { launch, calls } = await openProject(t, installs('v1'));
  const both = await Promise.all([ended(launch('a')), ended(launch('b'))]);
  assert.deepEqual(
    both.map(({ stdout, code }) => [stdout, code]),
    [
      ['["a"]\n', 0],
      ['["b"]\n', 0],
    ],
  );
  assert.equal((await calls()).length, 1);
});

test('it installs again when the lock file has changed, and when npm was cut off', async (t) => {
  const { write, setNpm, launch, calls } = await openProject(t, installs('v1'));
  await ended(launch());
  await write('package-lock.json', lockOf('v2'));
  await setNpm(installs('v2'));
  assert.equal((await ended(launch())).code, 0);
  assert.equal((await calls()).length, 2);
  await write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
  assert.equal((await ended(launch())).code, 0);
  assert.equal((await calls()).length, 3);
});

test('a lock that a killed launcher left behind is taken over', async (t) => {
  const { write, launch } = await openProject(t, installs('v1'));
  await write('.cache/packages.lock', '4194305'); // Above the largest process id of Linux.
  assert.equal((await ended(launch())).stdout, '[]\n');
});

test('one line says that npm is missing, or could not do it', async (t) => {
  const without = await ended((await openProject(t)).launch());
  assert.match(without.stderr, /^.*npm ci.*\nmirrorless: missing: npm, .*\n$/);
  assert.equal(without.code, 1);
  const offline = await ended((await openProject(t, 'echo no network >&2; exit 1')).launch());
  assert.match(offline.stderr, /no network\nmirrorless: missing: the packages .*network.*\n$/);
  assert.equal(offline.code, 1);
});

test('the exit code is that of the entry', async (t) => {
  const { write, launch } = await openProject(t, installs('v1'));
  await write('test/fails.ts', 'const code: number = 3; process.exit(code);');
  assert.equal((await ended(launch('test/fails.ts'))).code, 3);
});

test('signals reach the entry; one that ends it is told by the exit code', async (t) => {
  const { write, launch } = await openProject(t, installs('v1'));
  await write(
    'test/waits.ts',
    `const waiting = setInterval(() => {}, 1000);
     if (process.argv[2] === 'orderly') {
       process.once('SIGINT', () => { console.log('in order'); clearInterval(waiting); });
     }
     console.log('up');`,
  );
  const send = async (signal: NodeJS.Signals, ...args: string[]) => {
    const child = launch('test/waits.ts', ...args);
    child.stdout.once('data', () => child.kill(signal));
    return await ended(child);
  };
  const orderly = await send('SIGINT', 'orderly');
  assert.deepEqual([orderly.stdout, orderly.code], ['up\nin order\n', 0]);
  assert.equal((await send('SIGINT')).code, 130);
  assert.equal((await send('SIGTERM')).code, 143);
});
