/**
 * npm run bench -- <replicate|mm2|cutover|start> [--output json] [--quick] [--mm2-settings tuned]
 *
 * The result is on standard output, as a table or as one JSON object; conditions and progress are on
 * standard error.
 */
import { parseArgs } from 'node:util';
import type { Bench, Mm2Settings } from './bench.ts';

const benches: Record<string, () => Promise<Bench>> = {
  replicate: async () => (await import('./replicate/bench.ts')).replicateBench,
  mm2: async () => (await import('./mm2/bench.ts')).mm2Bench,
  cutover: async () => (await import('./cutover/bench.ts')).cutoverBench,
  start: async () => (await import('./start/bench.ts')).startBench,
};
const names = Object.keys(benches).join('|');
const usage = `usage: npm run bench -- <${names}> [--output json] [--quick] [--mm2-settings tuned]`;

// Children see the end of their pipes and end too; folders are removed at exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { name, load, output, ...options } = readArguments();
const bench = await load();
const rows = await bench.run({ ...options, notify: (text) => console.error(text) });
if (output === 'json') console.log(JSON.stringify({ bench: name, rows }));
else console.table(rows);

interface Arguments {
  name: string;
  load: () => Promise<Bench>;
  output: 'json' | 'table';
  quick: boolean;
  mm2Settings: Mm2Settings;
}

function readArguments(): Arguments {
  const { values, positionals } = parse();
  const [name = ''] = positionals;
  const load = benches[name];
  const { output, quick, 'mm2-settings': mm2Settings } = values;
  if (load === undefined || positionals.length > 1) refuse(`no benchmark ${positionals.join(' ')}`);
  if (output !== 'json' && output !== 'table') refuse(`no output ${output}`);
  if (mm2Settings !== 'default' && mm2Settings !== 'tuned') refuse(`no settings ${mm2Settings}`);
  return { name, load, output, quick, mm2Settings };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        output: { type: 'string', default: 'table' },
        'mm2-settings': { type: 'string', default: 'default' },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(why: string): never {
  console.error(`${why}\n${usage}`);
  process.exit(2);
}
