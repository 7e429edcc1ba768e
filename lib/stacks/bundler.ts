/** A process that bundles one function: `node bundler.ts ENTRY OUTFILE`. */
import { bundleFunction } from '../bundle.ts';

const [entry = '', outfile = ''] = process.argv.slice(2);
await bundleFunction({ entry, outfile, minify: true });
