/** Wakes whoever waits for something to change; the waiter then looks for itself. */
export class Signal {
  #wake: (() => void) | undefined;

  notify(): void {
    this.#wake?.();
  }

  /** Resolves at the next `notify`, or after `timeoutMs`. For one waiter at a time. */
  async wait(timeoutMs?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
