/** Child processes that write to a log file, say why they ended, and never outlive us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { MirrorlessError } from '../../errors.ts';

export interface PartCommand {
  /** What a person calls it: `Kafka broker 1`. */
  name: string;
  command: string[];
  environment?: NodeJS.ProcessEnv;
  directory?: string;
  /** Standard output and error are appended here. */
  logFile: string;
}

export interface PartProcess {
  readonly pid: number;
  readonly running: boolean;
  /** PART_FAILED where the process has ended without having been told to. */
  failure(): MirrorlessError | undefined;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** SIGTERM, and SIGKILL when that has not ended it in time. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * `exec` keeps the process id of the shell, so that the pid is the part's own. The reader beside it
 * holds one end of a pipe that only we hold the other end of: however we die, the kernel closes the
 * pipe, `read` fails, and the part is killed. When the part ends first we write a line, so that the
 * reader ends without killing anything.
 */
const watchedExec = '(read -r _ <&3 || kill -9 $$) & exec "$@" 3<&-';

export async function startPart(part: PartCommand): Promise<PartProcess> {
  const log = await open(part.logFile, 'a');
  const child = spawn('/bin/sh', ['-c', watchedExec, part.name, ...part.command], {
    cwd: part.directory,
    env: part.environment ?? process.env,
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
    // Its own process group: Ctrl-C ends us, and we end the parts in our own order.
    detached: true,
  });
  await once(child, 'spawn').finally(() => log.close());
  return superviseChild(child, part);
}

function superviseChild(child: ChildProcess, part: PartCommand): PartProcess {
  const lifeline = child.stdio[3] as Socket;
  lifeline.on('error', () => {}); // The reader died with its part: nothing is left to tell.
  lifeline.unref();
  child.unref();
  let told = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      lifeline.end('ended\n');
      resolve();
    });
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const kill = async (signal: NodeJS.Signals) => {
    told = true;
    if (!running()) return;
    child.ref();
    child.kill(signal);
    await ended;
  };
  return {
    pid: child.pid!,
    get running() {
      return running();
    },
    failure: () => (running() || told ? undefined : endedByItself(child, part)),
    kill,
    async stop(graceMs = 20_000) {
      const waiting = new AbortController();
      await Promise.race([
        kill('SIGTERM'),
        delay(graceMs, undefined, { signal: waiting.signal }).catch(() => {}),
      ]);
      waiting.abort();
      await kill('SIGKILL');
    },
  };
}

function endedByItself(child: ChildProcess, part: PartCommand): MirrorlessError {
  const how = child.signalCode ?? `exit code ${child.exitCode}`;
  return new MirrorlessError('PART_FAILED', `${part.name} ended with ${how}; see ${part.logFile}`);
}

/** Polls until `probe` is true. A process that ends while being waited for fails at once. */
export async function untilReady(
  part: PartProcess,
  what: { name: string; logFile: string; timeoutMs: number; probe: () => Promise<boolean> },
): Promise<void> {
  const deadline = Date.now() + what.timeoutMs;
  while (!(await what.probe())) {
    const failure = part.failure();
    if (failure) throw failure;
    if (Date.now() > deadline) {
      const waited = `${what.name} did not answer within ${what.timeoutMs / 1000} s`;
      throw new MirrorlessError('PART_FAILED', `${waited}; see ${what.logFile}`);
    }
    await delay(50);
  }
}
