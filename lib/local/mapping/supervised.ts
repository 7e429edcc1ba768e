import { setTimeout as delay } from 'node:timers/promises';
import { toMirrorlessError } from '../../errors.ts';
import type { EventSourceMapping, MappingStatus } from './event-source-mapping.ts';

type Supervised = Pick<EventSourceMapping, 'run' | 'stop' | 'status' | 'hasProcessed'>;

interface SupervisedOptions {
  /** Finds where to begin; throws what the source answers. */
  open(): Promise<Supervised>;
  /** From a failure to the next attempt. */
  retryMs: number;
}

/** A mapping that reads as soon as it can: what keeps it from beginning may pass. */
export class SupervisedMapping {
  readonly #options: SupervisedOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #mapping: Supervised | undefined;
  #problem: string | undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves when what was in flight has ended and is committed. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#mapping?.stop();
    await this.#running;
  }

  /** Undefined until it has begun. */
  status(): MappingStatus | undefined {
    return this.#mapping?.status();
  }

  hasProcessed(ends: readonly bigint[]): boolean {
    return this.#mapping?.hasProcessed(ends) ?? false;
  }

  /** What keeps it from beginning. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** In the words of the Lambda API. */
  lastProcessingResult(): string {
    const { recordCount = 0, failing, problems = [] } = this.#mapping?.status() ?? {};
    const problem = this.#problem ?? failing?.failure.message ?? problems[0]?.message;
    if (problem !== undefined) return `PROBLEM: ${problem}`;
    return recordCount > 0 ? 'OK' : 'No records processed';
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        this.#problem = toMirrorlessError(error).message;
        await delay(this.#options.retryMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #read(): Promise<void> {
    const mapping = await this.#options.open();
    this.#mapping = mapping;
    this.#problem = undefined;
    if (this.#stopping.signal.aborted) mapping.stop();
    await mapping.run();
  }
}
