/** The examples, and the app with their configurations, synthesise and pass cfn-lint. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lintTemplates, project, runCdk } from '../support/cdk.ts';

const home = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
after(() => rm(home, { recursive: true }));

const examples = {
  'onprem-to-msk': ['orders-onprem-to-msk'],
  'msk-to-msk': ['heartbeats-of-primary', 'standby-follows-primary'],
};

for (const [name, stacks] of Object.entries(examples)) {
  test(`the example ${name} synthesises, and cfn-lint has nothing to say`, async () => {
    const output = join(home, name);
    const directory = join(project, 'examples', name);
    await runCdk(['synth', '--quiet', '--output', output], { directory, home });
    const templates = (await readdir(output)).filter((file) => file.endsWith('.template.json'));
    assert.deepEqual(
      templates.sort(),
      stacks.map((stack) => `${stack}.template.json`),
    );
    assert.equal(await lintTemplates(templates.map((file) => join(output, file))), '');
  });
}

test('the app has a stack for each flow of a configuration, and small bundles inside', async () => {
  const output = join(home, 'app');
  const config = `config=${join(project, 'examples/msk-to-msk/mirrorless.yaml')}`;
  const args = ['synth', '--quiet', '--output', output, '--context', config];
  await runCdk(args, { directory: project, home });
  const files = await readdir(output);
  const templates = files.filter((file) => file.endsWith('.template.json')).sort();
  assert.deepEqual(templates, [
    'mirrorless-primary-standby.template.json',
    'mirrorless-standby-primary.template.json',
  ]);
  assert.equal(await lintTemplates(templates.map((file) => join(output, file))), '');
  const bundles = files.filter((file) => file.startsWith('asset.'));
  for (const bundle of bundles) {
    assert.deepEqual(await readdir(join(output, bundle)), ['index.mjs']);
    const { size } = await stat(join(output, bundle, 'index.mjs'));
    assert.ok(size < 1_000_000, `${bundle}: ${size} bytes`);
  }
  assert.equal(new Set(bundles).size, bundles.length);
});

test('without a configuration, and with a wrong one, synthesis ends with what to do', async () => {
  const text = await readFile(join(project, 'examples/msk-to-msk/mirrorless.yaml'), 'utf8');
  const wrong = join(home, 'wrong.yaml');
  await writeFile(wrong, text.replace('    pollers.minimum: 1\n    pollers.maximum: 4\n', ''));
  const said = async (...args: string[]) => {
    const output = ['--output', join(home, 'wrong')];
    const synth = runCdk(['synth', '--quiet', ...output, ...args], { directory: project, home });
    return synth.then(
      () => assert.fail('it synthesised'),
      ({ stderr }: { stderr: string }) => stderr,
    );
  };
  assert.match(await said(), /No configuration: give -c config=FILE/);
  const problems = await said('--context', `config=${wrong}`);
  assert.match(problems, /2 problems:.*pollers\.group.*failure\.destination\.type/s);
  assert.match(problems, /wrong\.yaml:\d+/);
  assert.doesNotMatch(problems, /at .*\.ts:\d+/);
});
