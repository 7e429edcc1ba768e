/**
 * npm run bench -- <name> [--output json] [--quick]
 *
 * The result is on standard output, as a table or as one JSON object; conditions and progress are on
 * standard error.
 */
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';

const benches: Record<string, () => Promise<Bench>> = {
  replicate: async () => (await import('./replicate/bench.ts')).replicateBench,
};
const usage = `usage: npm run bench -- <${Object.keys(benches).join('|')}> [--output json] [--quick]`;

const { name, load, output, quick } = readArguments();
const bench = await load();
const rows = await bench.run({ quick, notify: (text) => console.error(text) });
if (output === 'json') console.log(JSON.stringify({ bench: name, rows }));
else console.table(rows);

function readArguments() {
  const { values, positionals } = parse();
  const [name = ''] = positionals;
  const load = benches[name];
  const { output, quick } = values;
  if (load === undefined || positionals.length > 1) refuse(`no benchmark ${positionals.join(' ')}`);
  if (output !== 'json' && output !== 'table') refuse(`no output ${output}`);
  return { name, load, output, quick };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        output: { type: 'string', default: 'table' },
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
