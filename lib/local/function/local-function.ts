import { isMirrorlessError, MirrorlessError } from '../../errors.ts';
import {
  Environment,
  type EventText,
  type FunctionSettings,
  type InvocationOutcome,
} from './environment.ts';

/**
 * A deployed function: as many execution environments as its concurrency allows, each started when
 * first needed, given one event at a time, and replaced when it has ended.
 */
export class LocalFunction {
  readonly #settings: FunctionSettings;
  readonly #onLine: (line: string) => void;
  /** The one that was used last comes last. */
  readonly #idle: { environment: Environment; caller: string | undefined }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #started = new Set<Environment>();
  #free: number;
  #stopped = false;
  #maxResidentBytes = 0;

  /** @param onLine receives every line that the function prints */
  constructor(
    settings: FunctionSettings,
    options: { concurrency: number; onLine: (line: string) => void },
  ) {
    this.#settings = settings;
    this.#free = options.concurrency;
    this.#onLine = options.onLine;
  }

  /**
   * Waits for a free environment, then hands over the event. Never rejects: a function that cannot
   * be started, ends, or runs out of time or memory is an outcome like an error of the handler.
   *
   * @param caller gets the environment that it had before, if that is free: what it remembers of the
   *   caller's partitions is right then. Lambda promises nothing of the kind, and nothing rests on it
   */
  async invoke(event: EventText, caller?: string): Promise<InvocationOutcome> {
    await this.#acquire();
    try {
      const environment = this.#takeIdle(caller) ?? (await this.#start());
      const outcome = await environment.invoke(event);
      this.#maxResidentBytes = Math.max(this.#maxResidentBytes, environment.maxResidentBytes);
      if (environment.alive && !this.#stopped) this.#idle.push({ environment, caller });
      else await this.#discard(environment);
      return outcome;
    } catch (error) {
      if (!isMirrorlessError(error)) throw error;
      const { code, message, retriable } = error;
      return { ok: false, failure: { code, message, retriable } };
    } finally {
      this.#release();
    }
  }

  /** The largest of its environments, ever; 0 where the system does not tell. */
  get maxResidentBytes(): number {
    return this.#maxResidentBytes;
  }

  /** Process ids of the environments that run now. */
  get processIds(): number[] {
    const running = [...this.#started].filter(({ alive }) => alive);
    return running.flatMap(({ processId }) => processId ?? []);
  }

  /** Ends every environment. What is still being handled ends as failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#started].map((environment) => this.#discard(environment)));
  }

  async #acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  /** One that ended while it stood still is replaced without a word, as Lambda does. */
  #takeIdle(caller: string | undefined): Environment | undefined {
    while (this.#idle.length > 0) {
      const own = this.#idle.findLastIndex((idle) => idle.caller === caller);
      const [taken] = this.#idle.splice(own, 1); // -1 is the last.
      if (taken!.environment.alive) return taken!.environment;
      this.#started.delete(taken!.environment);
    }
    return undefined;
  }

  async #start(): Promise<Environment> {
    if (this.#stopped)
      throw new MirrorlessError('FUNCTION_FAILED', `${this.#settings.name} stopped`);
    const environment = new Environment(this.#settings, this.#onLine);
    this.#started.add(environment);
    try {
      await environment.load();
      return environment;
    } catch (error) {
      await this.#discard(environment);
      throw error;
    }
  }

  async #discard(environment: Environment): Promise<void> {
    await environment.stop();
    this.#maxResidentBytes = Math.max(this.#maxResidentBytes, environment.maxResidentBytes);
    this.#started.delete(environment);
  }
}
