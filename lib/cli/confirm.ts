import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { type Io, UsageError } from './command.ts';

/** Of every command that changes something. */
export interface ConfirmOptions {
  yes?: true;
  dryRun?: true;
}

/** To be called before anything is done: a script that was written without `-y` ends here. */
export function checkConfirmable({ yes, dryRun }: ConfirmOptions, { stdin, stderr }: Io): void {
  if (yes || dryRun || (stdin.isTTY && stderr.isTTY)) return;
  throw new UsageError('nobody can be asked here, so --yes or --dry-run must be given');
}

/** Asks on standard error; everything but y or yes is no, the end of the input and Ctrl-C too. */
export async function confirm(question: string, { stdin, stderr }: Io, signal: AbortSignal) {
  // Not as a terminal of readline, which would keep Ctrl-C for itself.
  const reader = createInterface({ input: stdin, output: stderr, terminal: false });
  const ended = once(reader, 'close').then(() => 'no');
  try {
    const answer = reader.question(`${question} [y/N] `, { signal }).catch(() => 'no');
    return /^y(es)?$/i.test((await Promise.race([answer, ended])).trim());
  } finally {
    reader.close();
  }
}
