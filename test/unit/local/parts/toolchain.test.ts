import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { requireTools } from '../../../../lib/local/parts/toolchain.ts';

const place = await mkdtemp(join(tmpdir(), 'mirrorless-tools-'));
after(() => rm(place, { recursive: true, force: true }));

const java17 = 'openjdk version "17.0.15" 2025-04-15';
const java8 = 'java version "1.8.0_391"';
const maven = '\u001b[1mApache Maven 3.8.7\u001b[m';

/** Programs that say what the real ones say of their version; nothing else is on the path. */
async function withTools(programs: Record<string, string>): Promise<void> {
  const directory = await mkdtemp(join(place, 'bin-'));
  for (const [name, output] of Object.entries(programs)) {
    const file = join(directory, name);
    await writeFile(file, `#!/bin/sh\necho '${output}' >&2\n`);
    await chmod(file, 0o755);
  }
  process.env['PATH'] = directory;
}

test('programs that are there and new enough are no problem', async () => {
  await withTools({ java: java17, mvn: maven, python3: 'Python 3.10' });
  await requireTools(['java', 'maven', 'python']);
  await withTools({ java: 'openjdk version "25" 2025-09-16', mvn: maven, python3: 'Python 4.0' });
  await requireTools(['java', 'maven', 'python']);
});

test('everything that is missing is named at once, with what it is for', async () => {
  await withTools({});
  await assert.rejects(requireTools(['java', 'maven', 'python']), (error: Error) => {
    assert.match(error.message, /Java 17.*Kafka.*Maven.*Python 3\.10.*emulator.*\[PART_MISSING\]/);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
  await withTools({ java: java17 });
  await assert.rejects(requireTools(['java', 'maven']), (error: Error) => {
    assert.doesNotMatch(error.message, /Java|Python/);
    return true;
  });
});

test('one that is too old is named with the version that was found', async () => {
  await withTools({ java: java8, mvn: maven, python3: 'Python 3.9' });
  await assert.rejects(requireTools(['java', 'maven', 'python']), /Java 17.*found 8.*found 3\.9/);
});
