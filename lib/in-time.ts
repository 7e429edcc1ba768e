/** The signal of a call, aborted when its time is over. */
export interface Bounds {
  abortSignal: AbortSignal;
}

/**
 * Runs a call that takes an abort signal. Not with `AbortSignal.timeout`, which goes off whether
 * its call has ended or not, and keeps what hangs on it until then.
 */
export async function inTime<T>(
  timeoutMs: number,
  call: (bounds: Bounds) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    return await call({ abortSignal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
