import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { EventText } from '../../../lib/local/function/environment.ts';
import { AnswerReader, frameLength } from '../../../lib/local/function/frames.ts';
import type { Cost } from './cost.ts';
import type { PathTarget } from './paths/path.ts';

export interface WorkerOptions {
  path: string;
  target: PathTarget;
  environment: Readonly<Record<string, string>>;
}

/** The child process of one path, so that none pays for the garbage of another. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #path: string;

  private constructor({ path, target, environment }: WorkerOptions) {
    this.#path = path;
    const program = fileURLToPath(new URL('worker.ts', import.meta.url));
    // kafkajs reckons with a timer in the past, of which Node warns once in every process.
    const flags = ['--disable-warning=TimeoutNegativeWarning'];
    this.#child = spawn(process.execPath, [...flags, program, path, JSON.stringify(target)], {
      // Its standard output is where a function writes its metrics: as in Lambda, not our concern.
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#channel = this.#child.stdio[3] as Socket;
    // A broken channel is followed by the end of the process, which is what counts.
    this.#channel.on('error', () => {});
  }

  /** Returns when the path is loaded and connected. */
  static async start(options: WorkerOptions): Promise<WorkerProcess> {
    const worker = new WorkerProcess(options);
    await worker.#answer();
    return worker;
  }

  async handle(event: EventText): Promise<Cost> {
    this.#channel.cork();
    this.#channel.write(frameLength(event.sizeBytes));
    for (const piece of event.pieces) this.#channel.write(piece);
    this.#channel.uncork();
    return (await this.#answer()) as Cost;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#channel.end();
    await exited;
  }

  async #answer(): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const reader = new AnswerReader();
    const receive = (piece: Buffer): void => {
      const answer = reader.push(piece);
      if (answer?.ok) resolve(answer.value);
      else if (answer) reject(new Error(`${this.#path}: ${answer.fault.errorMessage}`));
    };
    const fail = (): void => reject(new Error(`${this.#path}: the process ended`));
    this.#channel.on('data', receive);
    this.#child.once('exit', fail);
    try {
      return await promise;
    } finally {
      this.#channel.off('data', receive);
      this.#child.off('exit', fail);
    }
  }
}
