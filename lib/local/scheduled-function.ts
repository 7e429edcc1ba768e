import { setTimeout as sleep } from 'node:timers/promises';
import { schedulePeriodMs } from '../every.ts';
import type {
  EventText,
  FunctionSettings,
  InvocationFailure,
  InvocationOutcome,
} from './function/environment.ts';
import { LocalFunction } from './function/local-function.ts';

/**
 * A function that is invoked once a minute, never twice at a time. As with EventBridge and a reserved
 * concurrency of 1, an invocation that falls due during another one waits for its end; several that
 * wait would find the same work, so here they are one.
 */
export class ScheduledFunction {
  readonly #settings: FunctionSettings;
  readonly #onLine: (line: string) => void;
  readonly #ending = new AbortController();
  #function: LocalFunction;
  #failing: { failure: InvocationFailure; attempts: number } | undefined;

  /** @param onLine receives every line that the function prints */
  constructor(settings: FunctionSettings, onLine: (line: string) => void) {
    this.#settings = settings;
    this.#onLine = onLine;
    this.#function = this.#deploy();
  }

  /** Invokes at `firstAt` and then every minute, until `stop`. Never rejects: failures are told. */
  async run(firstAt: number = Date.now()): Promise<void> {
    const { signal } = this.#ending;
    const local = this.#function;
    for (let dueAt = firstAt; !signal.aborted; dueAt = nextDue(dueAt, Date.now())) {
      await sleep(Math.max(0, dueAt - Date.now()), undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      const outcome = await local.invoke(eventOf({ time: new Date(dueAt).toISOString() }));
      // What was ended has not failed.
      if (!signal.aborted) this.#note(outcome);
    }
    await local.stop();
  }

  /**
   * Ends the schedule, and the process of an invocation in progress: what scheduled functions write
   * may be written again, and they may be ended at any time, as on Lambda.
   */
  stop(): void {
    this.#ending.abort();
    void this.#function.stop();
  }

  /** Invokes once as a person would, without a scheduled time: exactly one round of all work. */
  async invoke(): Promise<InvocationOutcome> {
    const outcome = await this.#function.invoke(eventOf({}));
    this.#note(outcome);
    return outcome;
  }

  /** Ends the schedule, then invokes once more. */
  async finish(): Promise<InvocationOutcome> {
    this.stop();
    await this.#function.stop();
    this.#function = this.#deploy();
    const outcome = await this.invoke();
    await this.#function.stop();
    return outcome;
  }

  /** Present while the newest invocation that ended has failed. */
  get failing(): { failure: InvocationFailure; attempts: number } | undefined {
    return this.#failing;
  }

  get processIds(): number[] {
    return this.#function.processIds;
  }

  #deploy(): LocalFunction {
    return new LocalFunction(this.#settings, { concurrency: 1, onLine: this.#onLine });
  }

  #note(outcome: InvocationOutcome): void {
    if (outcome.ok) {
      this.#failing = undefined;
      return;
    }
    const { failure } = outcome;
    this.#failing = { failure, attempts: (this.#failing?.attempts ?? 0) + 1 };
    this.#onLine(`${failure.code}: ${failure.message}`);
  }
}

/** The next minute; or the last of those that have passed meanwhile. */
function nextDue(dueAt: number, now: number): number {
  const missed = Math.floor((now - dueAt) / schedulePeriodMs);
  return dueAt + Math.max(1, missed) * schedulePeriodMs;
}

function eventOf(event: object): EventText {
  const text = Buffer.from(JSON.stringify(event));
  return { pieces: [text], sizeBytes: text.length };
}
