/** The AWS emulator (ministack, from PyPI): DynamoDB and the rest of AWS on loopback. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Notify } from './cache.ts';
import { freePort } from './ports.ts';
import { startPart, untilReady } from './process.ts';
import { installPythonPackage, packageFolder, pythonOf } from './python-package.ts';

const ministack = {
  name: 'ministack',
  version: '1.5.33',
  label: 'AWS emulator',
  beside: ['uvicorn==0.54.0', 'httptools==0.9.0'],
};
/** Its name in the cache. */
export const ministackFolder = packageFolder(ministack);
const region = 'us-east-1';
const durable = fileURLToPath(new URL('durable_dynamodb.py', import.meta.url));

export interface MinistackOptions {
  /** Logs, and the state when `persist` is true. */
  directory: string;
  port?: number;
  /** Keeps what DynamoDB has acknowledged in the directory, also through a kill, and finds it again. */
  persist?: boolean;
  notify: Notify;
}

export interface Ministack {
  readonly endpoint: string;
  readonly region: string;
  /** What an AWS SDK in this or another process needs to reach it, and nothing real. */
  readonly environment: Record<string, string>;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function installMinistack(notify: Notify): Promise<string> {
  return installPythonPackage(ministack, notify);
}

export async function startMinistack(options: MinistackOptions): Promise<Ministack> {
  const virtualEnvironment = await installMinistack(options.notify);
  await mkdir(options.directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const endpoint = `http://127.0.0.1:${port}`;
  const name = 'AWS emulator';
  const logFile = join(options.directory, 'ministack.log');
  const part = await startPart({
    name,
    command: [pythonOf(virtualEnvironment), ...(options.persist ? [durable] : ['-m', 'ministack'])],
    environment: { ...process.env, ...settings(options, port) },
    directory: options.directory,
    logFile,
  });
  const probe = () => answers(endpoint);
  try {
    await untilReady(part, { name, logFile, timeoutMs: 30_000, probe });
  } catch (error) {
    await part.stop();
    throw error;
  }
  return {
    endpoint,
    region,
    environment: clientEnvironment(endpoint),
    pid: part.pid,
    stop: () => part.stop(),
    kill: () => part.kill('SIGKILL'),
  };
}

function settings(options: MinistackOptions, port: number): Record<string, string> {
  return {
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_ACCOUNT_ID: '123456789012',
    MINISTACK_REGION: region,
    LAMBDA_EXECUTOR: 'local',
    S3_DATA_DIR: join(options.directory, 's3'),
    PERSIST_STATE: options.persist ? '1' : '0',
    STATE_DIR: join(options.directory, 'state'),
    TMPDIR: options.directory, // Where it leaves the number of its process.
    // Listeners that nobody here uses, on fixed ports that a second emulator would want too.
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
  };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/ready`)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

/** What an AWS SDK needs to reach an emulator. */
export function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
