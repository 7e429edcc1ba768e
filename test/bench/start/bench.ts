import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunction } from '../../../lib/bundle.ts';
import type { Bench } from '../bench.ts';
import { flowEnvironment, replicateFunction } from '../flow.ts';
import { temporaryDirectory } from '../parts.ts';
import { median, rounded } from '../statistics.ts';
import { importMs } from './import-time.ts';

const plans = { full: { rounds: 25 }, quick: { rounds: 5 } };

/** What a cold start pays for the function's code: the size and the import time of its bundle. */
export const startBench: Bench = {
  async run({ quick, notify }) {
    const { rounds } = quick ? plans.quick : plans.full;
    notify(
      `a minified bundle, and kafkajs as it is in node_modules; each import in a process of its own,` +
        ` in turn, median of ${rounds}`,
    );
    await using directory = await temporaryDirectory();
    const outfile = join(directory.path, 'replicate.mjs');
    const { sizeBytes } = await bundleFunction({ entry: replicateFunction, outfile, minify: true });
    const environment = { ...flowEnvironment(['localhost:9092']), AWS_REGION: 'us-east-1' };
    const bundle = pathToFileURL(outfile).href;
    const kafkajs = import.meta.resolve('kafkajs');
    const times = { bundle: [] as number[], kafkajs: [] as number[] };
    // The first of each finds its files on the disk, the others in memory.
    for (const url of [bundle, kafkajs]) await importMs(url, environment);
    for (let round = 0; round < rounds; round += 1) {
      times.bundle.push(await importMs(bundle, environment));
      times.kafkajs.push(await importMs(kafkajs, environment));
    }
    return [
      {
        function: 'replicate',
        bundleBytes: sizeBytes,
        importMs: rounded(median(times.bundle), 1),
        kafkajsImportMs: rounded(median(times.kafkajs), 1),
      },
    ];
  },
};
