/** Of commands that change something: what they ask with and what they end with are one report. */
import { type ExitCode, exitCodes, type Io, type OutputFormat } from './command.ts';
import { confirm } from './confirm.ts';
import { type Paint, paintFor } from './render/table.ts';

/** How the report of a command is shown, and what it comes to. */
export interface Reporting<Report> {
  table(report: Report, paint: Paint): readonly string[];
  json(report: Report): object;
  /** For a person: what came of it, and what the table's words mean. */
  words(report: Report): readonly string[];
  exitCode(report: Report): ExitCode;
}

interface Run {
  options: { output: OutputFormat };
  signal: AbortSignal;
  io: Io;
}

/** Results on standard output, words on standard error. */
export function tell<Report>(
  report: Report,
  { table, json, words, exitCode }: Reporting<Report>,
  { options, io, signal }: Run,
): ExitCode {
  const isJson = options.output === 'json';
  write(isJson ? [JSON.stringify(json(report))] : table(report, paintFor(io.stdout)), io.stdout);
  write(words(report), io.stderr);
  return signal.aborted ? exitCodes.interrupted : exitCode(report);
}

/**
 * Shows what would be done and asks for it, all on standard error.
 *
 * @returns undefined where it may be done; otherwise `refused` is said, and the command ends with that
 */
export async function ask<Report>(
  report: Report,
  { table, words }: Reporting<Report>,
  { question, refused }: { question: string; refused: string },
  { io, signal }: Run,
): Promise<ExitCode | undefined> {
  write([...table(report, paintFor(io.stderr)), ...words(report)], io.stderr);
  if (await confirm(question, io, signal)) return undefined;
  write([refused], io.stderr);
  return signal.aborted ? exitCodes.interrupted : exitCodes.failed;
}

function write(lines: readonly string[], stream: NodeJS.WriteStream): void {
  for (const line of lines) stream.write(`${line}\n`);
}
