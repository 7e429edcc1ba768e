/** A timer that does not count the time in which this process did not run. */
const sliceMs = 250;
/** A slice this late was not delayed by work: the process was frozen, or the machine asleep. */
const frozenMs = 1000;

/**
 * Calls back after `delayMs` of running. Lambda freezes a process between invocations, and after
 * the thaw the event loop runs overdue timers before it reads the answer that waits in the socket:
 * a plain timer would kill a good connection. So the time is counted in slices; a slice in which
 * the process was frozen does not count, and the next one leaves time to read.
 *
 * Returns a function that cancels.
 */
export function afterAwake(delayMs: number, callback: () => void): () => void {
  let leftMs = delayMs;
  let timer: NodeJS.Timeout;
  const next = () => {
    const startedAt = performance.now();
    const plannedMs = Math.min(leftMs, sliceMs);
    timer = setTimeout(() => {
      const lateMs = performance.now() - startedAt - plannedMs;
      if (lateMs < frozenMs) leftMs -= plannedMs;
      if (leftMs > 0) next();
      else callback();
    }, plannedMs);
  };
  next();
  return () => clearTimeout(timer);
}
