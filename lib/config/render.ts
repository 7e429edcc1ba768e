import type { Problem, Warning } from './model.ts';

/** What `loadConfiguration` has to say, as aligned text for a terminal; empty where it is nothing. */
export function renderProblems(
  problems: readonly Problem[],
  warnings: readonly Warning[] = [],
): string {
  const problemRows = problems.flatMap((problem) => [
    [place(problem), problem.key, `found     ${problem.found}`],
    ['', '', `expected  ${problem.expected}`],
  ]);
  const warningRows = warnings.map((warning) => [place(warning), warning.key, warning.reason]);
  const widths = columnWidths([...problemRows, ...warningRows]);
  return [
    ...section(count(problems, 'problem'), problemRows, widths),
    ...section(count(warnings, 'warning'), warningRows, widths),
  ].join('');
}

function place({ file, line }: { file: string; line?: number }): string {
  return line === undefined ? file : `${file}:${line}`;
}

function columnWidths(rows: readonly string[][]): number[] {
  return [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
}

function section(title: string, rows: readonly string[][], widths: readonly number[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
  return [`${title}\n`, ...lines.map((line) => `  ${line.trimEnd()}\n`)];
}

function count(items: readonly unknown[], noun: string): string {
  return `${items.length} ${noun}${items.length === 1 ? '' : 's'}:`;
}
