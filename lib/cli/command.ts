import type { Command } from 'commander';

/** What a command may speak to. */
export interface Io {
  /** Answers of a person, where it is a terminal. */
  stdin: NodeJS.ReadStream;
  /** Results; complete and stable as JSON. */
  stdout: NodeJS.WriteStream;
  /** Words for a person. */
  stderr: NodeJS.WriteStream;
  environment: Readonly<Record<string, string | undefined>>;
}

export const exitCodes = {
  done: 0,
  failed: 1,
  /** A wrong command line or configuration. */
  usage: 2,
  checkFailed: 3,
  partlyDone: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One command: what it is, its options, and what it does. */
export interface CliCommand<Options> {
  name: string;
  summary: string;
  /** Adds options, arguments and examples. */
  configure(command: Command): void;
  run(options: Options, io: Io): Promise<ExitCode>;
}

export type OutputFormat = 'table' | 'json';

/** Ends with a wrong command line: the message, and nothing of the command was done. */
export class UsageError extends Error {}
