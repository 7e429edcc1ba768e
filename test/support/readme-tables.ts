/**
 * The tables of documents that are made from the code's registries, each between two markers.
 * `node bin/launch.mjs test/support/readme-tables.ts --write` brings them up to date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderKeysTable } from '../../lib/config/keys-table.ts';
import { renderLoginKinds } from '../../lib/config/login-kinds.ts';
import { errorCodes } from '../../lib/error-codes.ts';
import { permissionTables } from '../../lib/stacks/permissions/table.ts';
import { metrics } from '../../lib/telemetry/metrics.ts';

/** Name in the markers → the table as the registry gives it. */
type Tables = Readonly<Record<string, () => string>>;

const readmeTables: Tables = {
  configuration: renderKeysTable,
  logins: renderLoginKinds,
  metrics: () =>
    table(
      ['Metric', 'Unit', 'Dimensions', 'Meaning'],
      Object.entries(metrics).map(([name, { unit, dimensions, meaning }]) => [
        code(name),
        unit,
        dimensions.join(', '),
        meaning,
      ]),
    ),
  errors: () =>
    table(
      ['Code', 'Retried', 'Meaning', 'What to do'],
      Object.entries(errorCodes).map(([name, { retriable, meaning, remedy }]) => [
        code(name),
        retriable ? 'yes' : 'no',
        meaning,
        remedy,
      ]),
    ),
};

/** By path. */
export const documents: Readonly<Record<string, Tables>> = {
  'README.md': readmeTables,
  'docs/permissions.md': permissionTables,
};

/** Throws where a marker is missing, so that no table can be lost from a document unnoticed. */
export function withTables(document: string, tables: Tables): string {
  let result = document;
  for (const [name, render] of Object.entries(tables)) {
    const [begin, end] = [`<!-- begin:${name} -->\n`, `<!-- end:${name} -->`];
    const from = result.indexOf(begin);
    const to = result.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`there are no markers for the table “${name}”`);
    const before = result.slice(0, from + begin.length);
    result = `${before}${render().trimEnd()}\n${result.slice(to)}`;
  }
  return result;
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(name: string): string {
  return `\`${name}\``;
}

if (import.meta.main && process.argv.includes('--write')) {
  for (const [path, tables] of Object.entries(documents)) {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    await writeFile(file, withTables(await readFile(file, 'utf8'), tables));
  }
}
