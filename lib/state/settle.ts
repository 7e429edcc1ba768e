import { toMirrorlessError } from '../errors.ts';
import type { Settled } from '../kafka/ports.ts';

/** What the work comes to: its value, or why there is none. */
export async function settle<T>(work: () => T | Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toMirrorlessError(error) };
  }
}
