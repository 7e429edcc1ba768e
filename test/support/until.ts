import { setTimeout as pause } from 'node:timers/promises';

/** Waits for a condition; what it throws ends the wait. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${condition}`);
    await pause(50);
  }
}
