import { MirrorlessError } from './errors.ts';

/** The time left to an invocation. What waits on the network waits within it. */
export interface Deadline {
  remainingMs(): number;
  /** The promise's result, or TIME_EXHAUSTED when the time is over first; its outcome is then unknown. */
  within<T>(promise: Promise<T>, what: string): Promise<T>;
  /** Waits `delayMs`, or throws TIME_EXHAUSTED at once where that would pass the deadline. */
  pause(delayMs: number, cause: MirrorlessError): Promise<void>;
}

/** @param endsAt epoch milliseconds, with the time to record and answer already taken off */
export function deadlineAt(endsAt: number): Deadline {
  const remainingMs = (): number => endsAt - Date.now();
  return {
    remainingMs,
    async within(promise, what) {
      const { promise: timeout, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(exhausted(what)), Math.max(0, remainingMs()));
      try {
        return await Promise.race([promise, timeout]);
      } finally {
        clearTimeout(timer);
      }
    },
    async pause(delayMs, cause) {
      if (remainingMs() <= delayMs) throw exhausted(cause.message, cause);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    },
  };
}

function exhausted(what: string, cause?: MirrorlessError): MirrorlessError {
  return new MirrorlessError('TIME_EXHAUSTED', `Time was over while waiting: ${what}`, {
    cause,
    ...(cause === undefined ? {} : { place: cause.place }),
  });
}
