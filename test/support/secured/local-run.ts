/** `mirrorless` on a secured configuration: all that it prints, keeps and is started with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Ended, ended } from '../command-line.ts';

const program = fileURLToPath(new URL('../../../bin/mirrorless.ts', import.meta.url));

export interface SecuredWorkspace {
  directory: string;
  /** `args` without `-c`. */
  start(...args: string[]): ChildProcess;
  run(...args: string[]): Promise<Ended>;
  /** Everything that it left: what was printed, files, and the arguments of processes. */
  traces(): Promise<string>;
}

export async function securedWorkspace(
  context: { after(stop: () => Promise<void>): void },
  text: string,
  environment: Record<string, string>,
): Promise<SecuredWorkspace> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const file = join(directory, 'mirrorless.yaml');
  await writeFile(file, text);
  const running = new Set<ChildProcess>();
  const printed: string[] = [];
  const argumentsSeen = new Set<string>();
  context.after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...args, '-c', file], {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...inherited(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    void watchArguments(child, argumentsSeen);
    return child;
  };
  return {
    directory,
    start,
    async run(...args) {
      const done = await ended(start(...args));
      printed.push(done.stdout, done.stderr);
      return done;
    },
    async traces() {
      return [...printed, ...argumentsSeen, ...(await filesUnder(directory))].join('\n');
    },
  };
}

function inherited(): Record<string, string> {
  const cache = process.env['MIRRORLESS_CACHE'];
  return cache === undefined ? {} : { MIRRORLESS_CACHE: cache };
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')),
  );
}

/** Of the process and its children, while it runs; where the system does not show them, none. */
async function watchArguments(child: ChildProcess, seen: Set<string>): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    for (const pid of await readdir('/proc').catch(() => [])) {
      if (!/^\d+$/.test(pid)) continue;
      const text = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      if (text.includes('mirrorless') || text.includes('runtime.ts')) seen.add(text);
    }
    await pause(300);
  }
}
