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

/** The flow source->target, with further keys as YAML has them. */
export interface CommandFlow {
  topics: readonly string[];
  table: string;
  settings?: readonly string[];
}

export interface CommandLine {
  /** `args` without `-c`, which names the flow `source->target`. */
  run(...args: string[]): Promise<Ended>;
  start(...args: string[]): ChildProcess;
  /** The configuration. */
  file: string;
}

export async function commandLine(
  t: TestContext,
  parts: SharedParts,
  flow: CommandFlow,
): Promise<CommandLine> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const running = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'mirrorless.yaml');
  await writeFile(file, flowText(parts, flow));
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
  return { start, run: (...args) => ended(start(...args)), file };
}

export function flowText(
  parts: Pick<SharedParts, 'sourceBootstrapServers' | 'targetBootstrapServers'>,
  { topics, table, settings = [] }: CommandFlow,
): string {
  // Tests share clusters, on which others emit heartbeats.
  const own = 'heartbeats.replication.enabled: false';
  const keys = [`topics: [${topics}]`, `state.table: ${table}`, own, ...settings];
  return [
    'clusters:',
    `  source: { bootstrap.servers: [${parts.sourceBootstrapServers}] }`,
    `  target: { bootstrap.servers: [${parts.targetBootstrapServers}] }`,
    'flows:',
    '  source->target:',
    ...keys.map((key) => `    ${key}`),
    '',
  ].join('\n');
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
