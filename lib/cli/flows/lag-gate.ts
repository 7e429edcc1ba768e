/** Whether a lag is small enough, and for how long it has been. */
import type { LagSum } from './lag-sum.ts';

export interface LagLimits {
  maxRecords?: number;
  maxMs?: number;
}

/** What is not known is not within any limit, and neither is a lag of nothing at all. */
export function isWithin(lag: LagSum, { maxRecords, maxMs }: LagLimits): boolean {
  if (lag.unknownCount > 0 || lag.knownCount === 0) return false;
  const areFewEnough = maxRecords === undefined || lag.records <= BigInt(maxRecords);
  const areYoungEnough = maxMs === undefined || (lag.timeMs !== undefined && lag.timeMs <= maxMs);
  return areFewEnough && areYoungEnough;
}

/** Since when every look was within the limits. */
export class Hold {
  #sinceMs: number | undefined;

  /** How long it has held so far; undefined where it does not now. */
  hold(isHeld: boolean, nowMs: number): number | undefined {
    this.#sinceMs = isHeld ? (this.#sinceMs ?? nowMs) : undefined;
    return this.#sinceMs === undefined ? undefined : nowMs - this.#sinceMs;
  }
}
