import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installParts } from '../../../../lib/local/parts/install.ts';
import { ministackFolder } from '../../../../lib/local/parts/ministack.ts';

const cache = await mkdtemp(join(tmpdir(), 'mirrorless-install-'));
after(() => rm(cache, { recursive: true, force: true }));
process.env['MIRRORLESS_CACHE'] = cache;
process.env['PATH'] = ''; // No program at all.

const install = () =>
  installParts({
    kafka: ['3.9.2', '4.3.1'],
    ministack: true,
    notify: (text) => assert.fail(text),
  });

test('what is missing is named all at once, before anything is downloaded', async () => {
  await assert.rejects(install, /missing: Java .*Maven .*Python .*\[PART_MISSING\]/);
  assert.deepEqual(await readdir(cache), []);
});

test('what is only needed to download is not asked for when all is there', async () => {
  for (const name of ['kafka-3.9.2', 'kafka-4.3.1', ministackFolder]) {
    await mkdir(join(cache, name, 'libs'), { recursive: true });
  }
  await assert.rejects(install, (error: Error) => {
    assert.match(error.message, /missing: Java/);
    assert.doesNotMatch(error.message, /Maven|Python/);
    return true;
  });
});
