import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { main } from '../../../lib/cli/main.ts';
import { recordingIo } from './screen.ts';

const endpoint = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };

/** In a folder without state of its own, unless `environment` names one. */
async function run(args: readonly string[], environment: Record<string, string> = {}) {
  const { io, stdout, stderr } = recordingIo();
  const code = await main(args, { ...io, environment });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

async function fileOf(t: TestContext, ...lines: string[]): Promise<string> {
  const file = join(await folder(t), 'mm2.properties');
  const clusters = ['us', 'eu', 'asia'].map((alias) => `${alias}.bootstrap.servers = 127.0.0.1:1`);
  await writeFile(file, ['clusters = us, eu, asia', ...clusters, ...lines].join('\n'));
  return file;
}

const one = 'us->eu.enabled = true';
const two = 'us->asia.enabled = true';

describe('a command that reaches a flow', () => {
  it('needs to be told which where more than one is enabled', async (t) => {
    const both = await fileOf(t, one, two);
    const unsaid = await run(['groups', 'list', '-c', both]);
    assert.equal(unsaid.code, 2);
    assert.match(unsaid.stderr, /--flow must say which .*: us->eu, us->asia/);
    const unknown = await run(['groups', 'list', '-c', both, '--flow', 'eu->us']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /enables no flow eu->us; it enables us->eu, us->asia/);
    const none = await run(['groups', 'list', '-c', await fileOf(t)]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /the configuration enables no flow/);
  });

  it('takes the one flow that is enabled, and ends with what its clusters answer', async (t) => {
    const file = await fileOf(t, one);
    const { code, stdout, stderr } = await run(['groups', 'list', '-c', file], endpoint);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: .*cluster us.* \[SOURCE_UNREACHABLE\]/m);
  });

  it('refuses a folder that holds no state, instead of beginning a new one there', async (t) => {
    const empty = await folder(t);
    const args = ['groups', 'list', '-c', await fileOf(t, one), '--state'];
    for (const state of [empty, join(empty, 'missing')]) {
      const { code, stderr } = await run([...args, state]);
      assert.equal(code, 2);
      assert.match(stderr, /is no state folder of mirrorless local/);
    }
  });

  it('says which state it takes where there could be two', async (t) => {
    const directory = await folder(t);
    await mkdir(join(directory, '.mirrorless', 'aws'), { recursive: true });
    const file = await fileOf(t, one);
    const here = process.cwd();
    process.chdir(directory);
    t.after(() => process.chdir(here));
    const { stderr } = await run(['groups', 'list', '-c', file], endpoint);
    assert.match(stderr, /^state of AWS, as the environment says; --state \.mirrorless for/);
  });

  it('takes whole numbers for partitions and offsets, and nothing else', async (t) => {
    const file = await fileOf(t, one);
    const args = ['offsets', 'translate', '-c', file, '--topic', 'orders'];
    const table = [
      ['--partition', '-1', '--offset', '0'],
      ['--partition', '2147483648', '--offset', '0'],
      ['--partition', '0', '--offset', 'latest'],
      ['--partition', '0', '--offset', '1,'],
      ['--partition', '0', '--offset', '-1'],
      ['--partition', '0', '--offset', '9223372036854775808'],
      ['--partition', '0'],
    ];
    for (const options of table) {
      const { code, stdout, stderr } = await run([...args, ...options], endpoint);
      assert.equal(code, 2, `${options}: ${stderr}`);
      assert.equal(stdout, '');
    }
  });
});
