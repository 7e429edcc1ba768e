import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { installOnce } from '../../../../lib/local/parts/cache.ts';

const place = await mkdtemp(join(tmpdir(), 'mirrorless-cache-'));
const cache = join(place, 'cache');
process.env['MIRRORLESS_CACHE'] = cache;

beforeEach(() => rm(cache, { recursive: true, force: true }));
after(() => rm(place, { recursive: true, force: true }));

const fill = (text: string) => (directory: string) => writeFile(join(directory, 'file'), text);

test('an install is made once and found again', async () => {
  const directory = await installOnce('part', fill('first'));
  assert.equal(directory, join(cache, 'part'));
  assert.equal(await installOnce('part', fill('second')), directory);
  assert.equal(await readFile(join(directory, 'file'), 'utf8'), 'first');
  assert.deepEqual(await readdir(cache), ['part']);
});

test('an install that fails leaves nothing, and the next one may succeed', async () => {
  const failing = async (directory: string) => {
    await fill('half')(directory);
    throw new Error('no network');
  };
  await assert.rejects(installOnce('part', failing), /no network/);
  assert.deepEqual(await readdir(cache), []);

  const directory = await installOnce('part', fill('whole'));
  assert.equal(await readFile(join(directory, 'file'), 'utf8'), 'whole');
});

test('it is not to be seen before it is whole', async () => {
  await installOnce('part', async (directory) => {
    assert.equal(existsSync(join(cache, 'part')), false);
    await fill('whole')(directory);
  });
});

test('of two at the same time the first to finish wins, and both get it', async () => {
  const slowMayFinish = Promise.withResolvers<void>();
  const slow = installOnce('part', async (directory) => {
    await slowMayFinish.promise;
    await fill('slow')(directory);
  });
  const quick = await installOnce('part', fill('quick'));
  slowMayFinish.resolve();
  assert.equal(await slow, quick);
  assert.equal(await readFile(join(quick, 'file'), 'utf8'), 'quick');
  assert.deepEqual(await readdir(cache), ['part']);
});

test('what a killed install left behind is removed, what a running one does is not', async () => {
  const ended = join(cache, 'part~4194305~aaaaaaaa'); // Above the largest process id of Linux.
  const running = join(cache, `part~${process.pid}~bbbbbbbb`);
  const other = join(cache, 'other~4194305~cccccccc');
  for (const directory of [ended, running, other]) await mkdir(directory, { recursive: true });
  await installOnce('part', fill('whole'));
  assert.deepEqual([ended, running, other].map(existsSync), [false, true, true]);
});
