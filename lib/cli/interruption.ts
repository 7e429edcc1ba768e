import { exitCodes } from './command.ts';

/** Ctrl-C, or SIGTERM: once asks to end in order, a second time ends at once. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onSignal: () => void;

  constructor(notify: (text: string) => void) {
    this.#onSignal = () => {
      if (this.#controller.signal.aborted) process.exit(exitCodes.interrupted);
      notify('ending in order; Ctrl-C again ends at once');
      this.#controller.abort();
    };
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }
}
