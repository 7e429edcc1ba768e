import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { main } from '../../../lib/cli/main.ts';
import { recordingIo } from './screen.ts';

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { io, stdout, stderr } = recordingIo();
  const code = await main(args, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

async function fileOf(t: TestContext, ...lines: string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'mm2.properties');
  await writeFile(file, lines.join('\n'));
  return file;
}

const good = [
  'clusters = us, eu',
  'us.bootstrap.servers = us:9092',
  'eu.bootstrap.servers = eu:9092',
  'us.sasl.jaas.config = the password',
  'us->eu.enabled = true',
];

describe('the command line', () => {
  it('shows what it can do when asked, and that nothing was done when not', async () => {
    const help = await run('--help');
    assert.equal(help.code, 0);
    for (const word of ['local', 'demo', 'config', 'Exit codes'])
      assert.match(help.stdout, RegExp(word));
    const nothing = await run();
    assert.equal(nothing.code, 2);
    assert.equal(nothing.stdout, '');
    assert.match(nothing.stderr, /Usage: mirrorless/);
  });

  it('tells its version, as the package has it', async () => {
    const { code, stdout } = await run('--version');
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('refuses what it does not know, and names what is near', async () => {
    const { code, stderr } = await run('lokal');
    assert.equal(code, 2);
    assert.match(stderr, /unknown command 'lokal'/);
    assert.match(stderr, /Did you mean local\?/);
    const option = await run('local', '-c', 'x', '--onse');
    assert.equal(option.code, 2);
    assert.match(option.stderr, /unknown option '--onse'/);
    assert.match(option.stderr, /Did you mean --once\?/);
    assert.equal((await run('local')).code, 2);
  });

  it('says which file cannot be read', async () => {
    const { code, stderr } = await run('config', 'validate', '-c', 'missing.properties');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: missing\.properties does not exist\. \[CONFIGURATION_UNREADABLE\]/,
    );
  });

  it('prints the ACLs of all flows, or of one, and refuses what is no principal', async (t) => {
    const file = await fileOf(t, ...good);
    const all = await run('acls', 'required', '-c', file);
    assert.equal(all.code, 0);
    assert.match(all.stdout, /^# Flow us->eu$/m);
    assert.match(all.stderr, /^User:mirrorless stands where /m);
    const principals = ['source', 'target'].map((side) => `--principal-${side}=User:x`);
    const one = await run('acls', 'required', '-c', file, '--flow', 'us->eu', ...principals);
    assert.equal(one.code, 0);
    assert.doesNotMatch(one.stderr, /stands where/);
    assert.equal((await run('acls', 'required', '-c', file, '--flow', 'us->x')).code, 2);
    const wrong = await run('acls', 'required', '-c', file, '--principal-source', 'mirror');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /such as User:mirrorless/);
  });

  it('lists every problem of a configuration at once', async (t) => {
    const file = await fileOf(
      t,
      'clusters = us, eu',
      'us->eu.enabled = perhaps',
      'us->eu.topics = (',
    );
    for (const command of [['config', 'validate'], ['config', 'show'], ['local']]) {
      const { code, stdout, stderr } = await run(...command, '-c', file);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      for (const key of ['us.bootstrap.servers', 'eu.bootstrap.servers', 'enabled', 'topics']) {
        assert.ok(stderr.includes(key), `${key} in ${stderr}`);
      }
    }
  });

  it('shows what a configuration means, but no secret', async (t) => {
    const file = await fileOf(t, ...good);
    const valid = await run('config', 'validate', '-c', file);
    assert.equal(valid.code, 0);
    assert.match(valid.stderr, /is valid: 2 clusters, 1 enabled flows/);
    const { code, stdout } = await run('config', 'show', '-c', file);
    assert.equal(code, 0);
    const { clusters, flows } = JSON.parse(stdout);
    assert.deepEqual(clusters.us.bootstrapServers, ['us:9092']);
    assert.equal(flows[0].remoteTopics.replicationFactor, 2);
    assert.doesNotMatch(stdout, /the password/);
  });

  it('prints the schema of the YAML', async () => {
    const { code, stdout } = await run('config', 'schema');
    assert.equal(code, 0);
    assert.equal(typeof JSON.parse(stdout).$schema, 'string');
  });

  it('runs only flows that are enabled', async (t) => {
    const file = await fileOf(t, ...good);
    const { code, stderr } = await run('local', '-c', file, '--flow', 'eu->us');
    assert.equal(code, 2);
    assert.match(stderr, /error: the configuration enables no flow eu->us; it enables us->eu/);
    const none = await run('local', '-c', await fileOf(t, ...good.slice(0, -1)));
    assert.equal(none.code, 2);
    assert.match(none.stderr, /error: the configuration enables no flow/);
  });
});
