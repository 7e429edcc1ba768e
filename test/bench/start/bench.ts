import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleFunction } from '../../../lib/bundle.ts';
import { loadConfiguration } from '../../../lib/config/load.ts';
import { type FunctionName, functionEnvironment, functionsOf } from '../../../lib/deployment.ts';
import type { Bench } from '../bench.ts';
import { temporaryDirectory } from '../parts.ts';
import { median, rounded } from '../statistics.ts';
import { importMs } from './import-time.ts';

const plans = { full: { rounds: 25 }, quick: { rounds: 5 } };

/** What a cold start pays for the code of each function: the size and the import time of its bundle. */
export const startBench: Bench = {
  async run({ quick, notify }) {
    const { rounds } = quick ? plans.quick : plans.full;
    notify(
      `minified bundles, and kafkajs as it is in node_modules; each import in a process of its own,` +
        ` in turn, median of ${rounds}`,
    );
    await using directory = await temporaryDirectory();
    const bundles = await Promise.all(
      deployed().map(async ({ name, environment }) => {
        const outfile = join(directory.path, `${name}.mjs`);
        const entry = fileURLToPath(new URL(`../../../functions/${name}.ts`, import.meta.url));
        const { sizeBytes } = await bundleFunction({ entry, outfile, minify: true });
        return { name, sizeBytes, url: pathToFileURL(outfile).href, environment };
      }),
    );
    const kafkajs = { name: 'kafkajs', url: import.meta.resolve('kafkajs'), environment: {} };
    const imported = [...bundles, kafkajs];
    // The first of each finds its files on the disk, the others in memory.
    for (const { url, environment } of imported) await importMs(url, environment);
    const times = new Map(imported.map(({ name }) => [name as string, [] as number[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, url, environment } of imported) {
        times.get(name)?.push(await importMs(url, environment));
      }
    }
    const medianOf = (name: string) => rounded(median(times.get(name) ?? []), 1);
    return bundles.map(({ name, sizeBytes }) => ({
      function: name,
      bundleBytes: sizeBytes,
      importMs: medianOf(name),
      kafkajsImportMs: medianOf('kafkajs'),
    }));
  },
};

/** All functions of a flow, as they are deployed. */
function deployed(): { name: FunctionName; environment: Record<string, string> }[] {
  const text = `clusters = a, b\na.bootstrap.servers = a:9092\nb.bootstrap.servers = b:9092
a->b.enabled = true\nb->a.emit.heartbeats.enabled = false\n`;
  const { configuration } = loadConfiguration({ text, file: 'bench', environment: {} });
  const [flow] = configuration?.flows ?? [];
  if (configuration === undefined || flow === undefined) throw new Error('no configuration');
  return functionsOf(flow).map((name) => ({
    name,
    environment: { ...functionEnvironment(configuration, flow, name), AWS_REGION: 'us-east-1' },
  }));
}
