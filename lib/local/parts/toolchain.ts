/** The programs that must already be on the path: found out all at once, before any download. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MirrorlessError } from '../../errors.ts';

const run = promisify(execFile);

const tools = {
  java: {
    command: ['java', '-version'],
    version: /version "(?:1\.)?(\d+)(?:\.(\d+))?/,
    atLeast: [17, 0],
    need: 'Java 17 or newer (`java`) for the Kafka brokers',
  },
  maven: {
    command: ['mvn', '-version'],
    version: /Apache Maven (\d+)\.(\d+)/,
    atLeast: [3, 6],
    need: 'Maven 3.6 or newer (`mvn`) to download Apache Kafka',
  },
  python: {
    command: [
      'python3',
      '-c',
      'import sys, venv, ensurepip; print("Python %d.%d" % sys.version_info[:2])',
    ],
    version: /Python (\d+)\.(\d+)/,
    atLeast: [3, 10],
    need: 'Python 3.10 or newer with venv (`python3`, on Debian also python3-venv) for the AWS emulator',
  },
} as const;

export type Tool = keyof typeof tools;

/** Throws PART_MISSING naming every wanted program that is absent or too old. */
export async function requireTools(wanted: readonly Tool[]): Promise<void> {
  const found = await Promise.all(wanted.map((tool) => problemOf(tool)));
  const problems = found.filter((problem) => problem !== undefined);
  if (problems.length > 0) {
    throw new MirrorlessError('PART_MISSING', `missing: ${problems.join('; ')}`);
  }
}

async function problemOf(tool: Tool): Promise<string | undefined> {
  const { command, version, atLeast, need } = tools[tool];
  const output = await outputOf(command);
  const match = version.exec(output ?? '');
  if (!match) return need;
  const [major = 0, minor = 0] = match.slice(1).map(Number);
  const enough = major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1]);
  return enough ? undefined : `${need}, found ${major}.${minor}`;
}

/** Undefined where the program is absent or fails: both mean that it cannot be used. */
async function outputOf([file, ...args]: readonly [string, ...string[]]) {
  try {
    const { stdout, stderr } = await run(file, args);
    return stdout + stderr;
  } catch {
    return undefined;
  }
}
