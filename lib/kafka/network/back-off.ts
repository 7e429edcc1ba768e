import { setTimeout as pause } from 'node:timers/promises';

/** Kafka's `reconnect.backoff.ms` and `reconnect.backoff.max.ms`. */
const firstMs = 50;
const largestMs = 1000;
/** Many functions are refused at the same moment: they do not come back at the same moment too. */
const jitter = 0.2;

/** How long to leave a broker alone that has refused connections. */
export class BackOff {
  #failedCount = 0;
  #until = 0;

  /** Resolves at once where the last attempt succeeded. */
  async wait(): Promise<void> {
    const leftMs = this.#until - performance.now();
    if (leftMs > 0) await pause(leftMs);
  }

  failed(): void {
    const plannedMs = Math.min(largestMs, firstMs * 2 ** this.#failedCount);
    this.#failedCount = Math.min(this.#failedCount + 1, 10);
    this.#until = performance.now() + plannedMs * (1 - jitter + 2 * jitter * Math.random());
  }

  succeeded(): void {
    this.#failedCount = 0;
    this.#until = 0;
  }
}
