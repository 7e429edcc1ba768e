/** `mirrorless` on a secured configuration; all that it prints, keeps and is started with is evidence. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfiguration } from '../../../lib/config/load.ts';
import { stateClient } from '../../../lib/state/client.ts';
import { type Ended, ended } from '../command-line.ts';
import type { SecuredClusters } from './clusters.ts';
import type { Evidence } from './evidence.ts';

const program = fileURLToPath(new URL('../../../bin/mirrorless.ts', import.meta.url));

export interface SecuredWorkspace {
  directory: string;
  /** `args` without `-c`. */
  start(...args: string[]): ChildProcess;
  run(...args: string[]): Promise<Ended>;
}

interface WorkspaceOptions {
  /** The configuration. */
  text: string;
  /** May name an emulator that holds the tables of state. */
  environment: Record<string, string>;
}

export async function securedWorkspace(
  context: { after(stop: () => Promise<void>): void },
  { evidence }: Pick<SecuredClusters, 'evidence'>,
  { text, environment }: WorkspaceOptions,
): Promise<SecuredWorkspace> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const file = join(directory, 'mirrorless.yaml');
  await writeFile(file, text);
  const running = new Set<ChildProcess>();
  context.after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await evidence.addFiles(directory);
    await addTables(evidence, { text, environment });
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
    for (const stream of [child.stdout, child.stderr]) void keepPrinted(stream, evidence);
    void watchArguments(child, evidence);
    return child;
  };
  return { directory, start, run: (...args) => ended(start(...args)) };
}

function inherited(): Record<string, string> {
  const cache = process.env['MIRRORLESS_CACHE'];
  return cache === undefined ? {} : { MIRRORLESS_CACHE: cache };
}

/** Whole, since a secret may come in two pieces. */
async function keepPrinted(stream: NodeJS.ReadableStream, evidence: Evidence): Promise<void> {
  let text = '';
  stream.on('data', (piece: Buffer | string) => {
    text += piece;
  });
  stream.once('close', () => evidence.add('printed', text));
}

async function addTables(
  evidence: Evidence,
  { text, environment }: WorkspaceOptions,
): Promise<void> {
  const { AWS_ENDPOINT_URL: endpoint } = environment;
  if (endpoint === undefined) return;
  const { configuration } = loadConfiguration({ text, file: 'mirrorless.yaml', environment });
  const client = stateClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const enabled = configuration!.flows.filter(({ enabled }) => enabled);
  for (const table of new Set(enabled.map(({ stateTable }) => stateTable))) {
    await evidence.addTable(client, table);
  }
  client.destroy();
}

/** Of the process and its children, while it runs; where the system does not show them, none. */
async function watchArguments(child: ChildProcess, evidence: Evidence): Promise<void> {
  const seen = new Set<string>();
  while (child.exitCode === null && child.signalCode === null) {
    for (const pid of await readdir('/proc').catch(() => [])) {
      if (!/^\d+$/.test(pid)) continue;
      const text = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      if (!/mirrorless|runtime\.ts/.test(text) || seen.has(text)) continue;
      seen.add(text);
      evidence.add('arguments', text);
    }
    await pause(300);
  }
}
