import { setTimeout as pause } from 'node:timers/promises';
import { kafkaCodeOf, meansCoordinatorNotReady } from '../kafka-errors.ts';

const pauseMs = 100;

/** Tries again while a coordinator is being loaded, as it is for a moment after a broker's start. */
export async function whileCoordinatorLoads<T>(
  attempt: () => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const code = kafkaCodeOf(error);
      const passes = code !== undefined && meansCoordinatorNotReady(code);
      if (!passes || performance.now() + pauseMs > endsAt) throw error;
    }
    await pause(pauseMs);
  }
}
