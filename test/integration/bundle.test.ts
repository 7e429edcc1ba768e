/** The bundle of a function is small, whole, takes its credentials from the environment, and is quiet. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleFunction } from '../../lib/bundle.ts';
import { functionEnvironment } from '../../lib/deployment.ts';
import { useCluster } from '../support/data-plane.ts';
import { sharedParts } from '../support/parts.ts';
import { loadFlow } from '../unit/discovery/mapped-flow.ts';

const run = promisify(execFile);
const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
after(() => rm(directory, { recursive: true }));

for (const [name, largestBytes] of [
  ['replicate', 700_000],
  ['checkpoint', 700_000],
  ['discover', 700_000],
  // Without DynamoDB, but with what may have to read a secret or sign a token.
  ['heartbeat', 550_000],
] as const) {
  test(`the ${name} function is at most ${largestBytes} bytes and loads outside the project`, async () => {
    const outfile = join(directory, `${name}.mjs`);
    const entry = fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url));
    const { sizeBytes } = await bundleFunction({ entry, outfile, minify: true });
    assert.ok(sizeBytes <= largestBytes, `${sizeBytes} bytes`);
    const script = `console.log(typeof (await import(${JSON.stringify(urlOf(outfile))})).handler)`;
    const { configuration } = loadFlow({});
    const environment = functionEnvironment(configuration!, configuration!.flows[0]!, name);
    const { stdout, stderr } = await evaluate(script, { ...environment, AWS_REGION: 'us-east-1' });
    assert.deepEqual([stdout, stderr], ['function\n', '']);
  });
}

test('credentials come from the environment, and only from there', async () => {
  const script = `console.log(await accessKeyId().catch((error) => error.message))`;
  const region = { AWS_REGION: 'us-east-1' };
  const credentials = { AWS_ACCESS_KEY_ID: 'AKIDOFTEST', AWS_SECRET_ACCESS_KEY: 'secret' };
  const given = await evaluate(await withEntry(script), { ...region, ...credentials });
  assert.equal(given.stdout, 'AKIDOFTEST\n');
  const absent = await evaluate(await withEntry(script), region);
  assert.match(absent.stdout, /environment variable credentials/);
});

test('record bytes are not printed, whatever the environment asks for', async () => {
  const { targetBootstrapServers } = await sharedParts();
  const cluster = useCluster(targetBootstrapServers);
  after(() => cluster.close());
  const topic = await cluster.createTopic();
  const script = `console.log(await produceOne('${targetBootstrapServers}', '${topic}'))`;
  const { stdout, stderr } = await evaluate(await withEntry(script), {
    DEBUG: '*',
    NODE_DEBUG: '',
  });
  assert.deepEqual([stdout, stderr], ['offset 0\n', '']);
});

test('a source map is written where it is wanted, and a broken entry is one error', async () => {
  const entry = fileURLToPath(new URL('../support/bundle-entry.ts', import.meta.url));
  const outfile = join(directory, 'mapped.mjs');
  await bundleFunction({ entry, outfile, sourcemap: true });
  assert.match(await readFile(`${outfile}.map`, 'utf8'), /data-plane\.ts/);
  const absent = { entry: join(directory, 'absent.ts'), outfile };
  await assert.rejects(bundleFunction(absent), { code: 'INTERNAL', message: /absent\.ts/ });
});

/** The script with the functions of the entry in scope. */
async function withEntry(script: string): Promise<string> {
  const entry = fileURLToPath(new URL('../support/bundle-entry.ts', import.meta.url));
  const outfile = join(directory, 'entry.mjs');
  await bundleFunction({ entry, outfile, minify: true });
  return `const { accessKeyId, produceOne } = await import('${urlOf(outfile)}'); ${script}`;
}

function urlOf(file: string): string {
  return pathToFileURL(file).href;
}

/** Away from the project's node_modules, with nothing in the environment but what is given. */
function evaluate(script: string, environment: Record<string, string>) {
  const home = { HOME: directory, AWS_EC2_METADATA_DISABLED: 'true' };
  return run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: directory,
    env: { ...home, ...environment },
  });
}
