/** Wakes everybody who waits for something to change; each then looks for itself. */
export class Signal {
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  notify(): void {
    for (const wake of this.#waiting) wake();
  }

  /** From now on nobody waits. */
  close(): void {
    this.#isClosed = true;
    this.notify();
  }

  /** Resolves at the next `notify`, or after `timeoutMs`. */
  async wait(timeoutMs?: number): Promise<void> {
    if (this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }
}
