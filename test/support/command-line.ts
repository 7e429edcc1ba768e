/** `mirrorless` as a user runs it: a process of its own, for a flow of a test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SharedParts } from './parts.ts';

const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandLine {
  /** `args` without `-c`, which names the flow `source->target`. */
  run(...args: string[]): Promise<Ended>;
  start(...args: string[]): ChildProcess;
}

export async function commandLine(
  t: TestContext,
  parts: SharedParts,
  flow: { topics: readonly string[]; table: string },
): Promise<CommandLine> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const running = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'mirrorless.yaml');
  const lines = [
    'clusters:',
    `  source: { bootstrap.servers: [${parts.sourceBootstrapServers}] }`,
    `  target: { bootstrap.servers: [${parts.targetBootstrapServers}] }`,
    'flows:',
    `  source->target: { topics: [${flow.topics}], state.table: ${flow.table} }`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...args, '-c', file], {
      cwd: directory,
      env: { ...process.env, ...parts.awsEnvironment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return { start, run: (...args) => ended(start(...args)) };
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, ...texts };
}
