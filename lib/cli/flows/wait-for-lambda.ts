import { setTimeout as delay } from 'node:timers/promises';
import type { Io } from '../command.ts';
import { formatDuration } from '../render/numbers.ts';

const stepMs = 2000;

/** For `waitForLambda` of discovery and of turns: says once that it waits, and ends by the signal. */
export function waitForLambda({
  signal,
  io,
  maxMs,
}: {
  signal: AbortSignal;
  io: Pick<Io, 'stderr'>;
  /** From the first wait on. */
  maxMs: number;
}): () => Promise<boolean> {
  let endsAt: number | undefined;
  return async () => {
    if (endsAt === undefined) {
      const most = formatDuration(maxMs);
      io.stderr.write(`Lambda is changing some of the mappings: waiting for ${most} at most\n`);
    }
    endsAt ??= Date.now() + maxMs;
    if (signal.aborted || Date.now() + stepMs > endsAt) return false;
    await delay(stepMs, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  };
}
