import { setTimeout as sleep } from 'node:timers/promises';

interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** Turns at a fixed rate for all who share it: nobody bursts, and nobody is refused for haste. */
export class Pace {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  #nextAt = 0;

  constructor(perSecond: number, clock: Clock = { now: Date.now, sleep }) {
    this.#intervalMs = 1000 / perSecond;
    this.#clock = clock;
  }

  /** Resolves when it is the caller's turn, in the order of the calls. */
  async turn(): Promise<void> {
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    if (at > now) await this.#clock.sleep(at - now);
  }

  /** Nobody who has not yet asked for a turn gets one within this time. */
  hold(milliseconds: number): void {
    this.#nextAt = Math.max(this.#nextAt, this.#clock.now() + milliseconds);
  }
}
