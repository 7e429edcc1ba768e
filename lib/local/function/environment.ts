import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes } from '../../error-codes.ts';
import { MirrorlessError } from '../../errors.ts';
import { type Answer, AnswerReader, frameLength, jsonFrame } from './frames.ts';

export interface FunctionSettings {
  name: string;
  /** Absolute path of the module that exports the handler: a bundle, or TypeScript as it is. */
  entry: string;
  /** As Lambda writes it, `<file>.<export>`. */
  handler: string;
  memorySizeMb: number;
  timeoutMs: number;
  environment: Readonly<Record<string, string>>;
}

/** An event as text in pieces; it must not change until the invocation has ended. */
export interface EventText {
  pieces: readonly Uint8Array[];
  sizeBytes: number;
}

export interface InvocationFailure {
  /** The code of the handler's own error where it is one of the project. */
  code: ErrorCode;
  message: string;
  /** False where the same event cannot succeed however often it is sent. */
  retriable: boolean;
}

export type InvocationOutcome =
  | { ok: true; value: unknown }
  | { ok: false; failure: InvocationFailure };

/** Lambda gives the first start ten seconds, and then once more as long as the function may run. */
const initLimitMs = 10_000;
const residentSampleMs = 200;

/**
 * One Lambda execution environment: a child process that handles one event at a time, stands still
 * between events (SIGSTOP), is killed when its time is up or its memory is exceeded, and is
 * never used again after that.
 */
export class Environment {
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #settings: FunctionSettings;
  readonly #answers = new AnswerReader();
  readonly #ended: Promise<void>;
  #settle: ((outcome: InvocationOutcome) => void) | undefined;
  #killReason: string | undefined;
  #alive = true;
  #maxResidentBytes = 0;
  #sampledAt = 0;

  /** @param onLine receives every line that the function prints */
  constructor(settings: FunctionSettings, onLine: (line: string) => void) {
    this.#settings = settings;
    this.#child = spawnRuntime(settings);
    this.#channel = this.#child.stdio[3] as Socket;
    this.#channel.on('data', (piece: Buffer) => this.#receive(piece));
    // A broken channel is always followed by the end of the process, which is what counts.
    this.#channel.on('error', () => {});
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: output! }).on('line', onLine);
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(error.message, resolve));
      this.#child.once('close', (code, signal) => {
        this.#end(
          signal === null ? `exited with code ${code}` : `was killed by ${signal}`,
          resolve,
        );
      });
    });
  }

  /** Once, before the first event. Throws FUNCTION_FAILED where the handler is not loaded in time. */
  async load(): Promise<void> {
    const limitMs = Math.max(initLimitMs, this.#settings.timeoutMs);
    const outcome = await this.#awaitAnswer(limitMs, 'did not start');
    if (!outcome.ok) throw new MirrorlessError('FUNCTION_FAILED', outcome.failure.message);
    this.#freeze();
  }

  /** Hands over one event. Never rejects. */
  async invoke(event: EventText): Promise<InvocationOutcome> {
    if (!this.#alive) return this.#failed(`had ended: it ${this.#killReason}`);
    const { timeoutMs } = this.#settings;
    const answered = this.#awaitAnswer(timeoutMs, 'timed out');
    this.#child.kill('SIGCONT');
    this.#channel.cork();
    this.#channel.write(jsonFrame({ requestId: randomUUID(), deadline: Date.now() + timeoutMs }));
    this.#channel.write(frameLength(event.sizeBytes));
    for (const piece of event.pieces) this.#channel.write(piece);
    this.#channel.uncork();
    const outcome = await answered;
    if (this.#alive) this.#freeze();
    return this.#withinMemory() ? outcome : this.#exceeded();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The process's peak, where the system tells it (Linux), else 0. */
  get maxResidentBytes(): number {
    return this.#maxResidentBytes;
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    this.#sampleResident();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #awaitAnswer(limitMs: number, what: string): Promise<InvocationOutcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#killReason = `${what} after ${(limitMs / 1000).toFixed(2)} seconds`;
        this.#child.kill('SIGKILL');
      }, limitMs);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(outcome);
      };
    });
  }

  #receive(piece: Buffer): void {
    const answer = this.#answers.push(piece);
    if (answer !== undefined) this.#settle?.(this.#outcomeOf(answer));
  }

  #outcomeOf(answer: Answer): InvocationOutcome {
    if (answer.ok) return answer;
    const { code, errorType, errorMessage, retriable = true } = answer.fault;
    if (!isErrorCode(code)) return this.#failed(`threw ${errorType}: ${errorMessage}`);
    return { ok: false, failure: { code, message: errorMessage, retriable } };
  }

  #failed(how: string): InvocationOutcome {
    const message = `The function ${this.#settings.name} ${how}`;
    return { ok: false, failure: { code: 'FUNCTION_FAILED', message, retriable: true } };
  }

  #end(how: string, resolve: () => void): void {
    this.#alive = false;
    this.#killReason ??= how;
    this.#settle?.(this.#failed(this.#killReason));
    resolve();
  }

  #freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  #withinMemory(): boolean {
    if (Date.now() - this.#sampledAt >= residentSampleMs) this.#sampleResident();
    return this.#maxResidentBytes <= this.#settings.memorySizeMb * 1024 * 1024;
  }

  #exceeded(): InvocationOutcome {
    const { memorySizeMb } = this.#settings;
    const usedMb = Math.ceil(this.#maxResidentBytes / 1024 / 1024);
    this.#killReason = `used ${usedMb} MB of memory, more than its ${memorySizeMb} MB`;
    this.#alive = false;
    this.#child.kill('SIGKILL');
    return this.#failed(this.#killReason);
  }

  #sampleResident(): void {
    this.#sampledAt = Date.now();
    const resident = readMaxResidentBytes(this.#child.pid);
    if (resident > this.#maxResidentBytes) this.#maxResidentBytes = resident;
  }
}

/**
 * A process that stands still does not notice that we are gone. So one end of a pipe that only we
 * hold the other end of is watched beside it: however we die, the kernel closes the pipe, `read`
 * fails, and the process is killed. `exec` keeps the process id.
 */
const watchedExec = '(read -r _ <&4 || kill -9 $$) 3<&- >/dev/null 2>&1 & exec "$@" 4<&-';

function spawnRuntime(settings: FunctionSettings): ChildProcess {
  const { memorySizeMb, entry } = settings;
  // The shares that the managed Node runtime of Lambda gives to the two spaces.
  const heap = [
    `--max-semi-space-size=${Math.max(1, Math.floor((memorySizeMb * 5) / 100))}`,
    `--max-old-space-size=${Math.floor((memorySizeMb * 90) / 100)}`,
  ];
  const runtime = fileURLToPath(new URL('runtime.ts', import.meta.url));
  const command = [process.execPath, ...heap, runtime, entry];
  const child = spawn('/bin/sh', ['-c', watchedExec, settings.name, ...command], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...inherited(), ...lambdaVariables(settings), ...settings.environment },
  });
  const lifeline = child.stdio[4] as Socket;
  lifeline.on('error', () => {}); // The watcher has ended with its process.
  child.once('exit', () => lifeline.end('ended\n'));
  return child;
}

/** All that a function sees of the host's own environment; no credentials by accident. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA'];
  const entries = names.map((name) => [name, process.env[name]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function lambdaVariables(settings: FunctionSettings): Record<string, string> {
  const { name } = settings;
  const region = settings.environment['AWS_REGION'] ?? 'us-east-1';
  return {
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySizeMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10)}/[$LATEST]local`,
    LAMBDA_TASK_ROOT: fileURLToPath(new URL('../../..', import.meta.url)),
    _HANDLER: settings.handler,
    MIRRORLESS_FUNCTION_ARN: `arn:aws:lambda:${region}:000000000000:function:${name}`,
  };
}

/** The high-water mark of the process itself; getrusage would include what the host had at fork. */
function readMaxResidentBytes(pid: number | undefined): number {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0; // The process ended in between: its last sample stands.
  }
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && code in errorCodes;
}
