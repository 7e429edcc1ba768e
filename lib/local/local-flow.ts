import { setTimeout as pause } from 'node:timers/promises';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import type { LocalAws } from './aws.ts';
import { FlowSigns, type SeenSigns } from './flow-signs.ts';
import type { InvocationFailure } from './function/environment.ts';
import { Mirror, type TopicStatus } from './mirror.ts';
import { ScheduledFunction } from './scheduled-function.ts';
import {
  deployedFunction,
  type FunctionName,
  type ScheduledFunctionName,
  scheduledFunctions,
} from './settings.ts';

export interface LocalFlowOptions {
  configuration: Configuration;
  flow: Flow;
  aws: LocalAws;
  /** The bundle of a function. */
  entryOf(name: FunctionName): string;
  /** What a function prints. */
  log(name: FunctionName, line: string): void;
  /** What happened, for a person. */
  notify(text: string): void;
}

export interface FlowStatus extends SeenSigns {
  flow: string;
  /** False for a flow that exists only for its heartbeats: it has no topics. */
  enabled: boolean;
  topics: readonly TopicStatus[];
  scheduled: readonly ScheduledStatus[];
  /** Of the replicate function's largest process; 0 where the system does not tell. */
  maxResidentBytes: number;
}

export interface ScheduledStatus {
  name: ScheduledFunctionName;
  /** Present while its newest invocation that ended has failed. */
  failing?: { failure: InvocationFailure; attempts: number };
}

/** One flow on this machine: what it mirrors, and what it does once a minute. */
export class LocalFlow {
  readonly #options: LocalFlowOptions;
  readonly #mirror: Mirror | undefined;
  readonly #scheduled: ReadonlyMap<ScheduledFunctionName, ScheduledFunction>;
  readonly #signs = new FlowSigns();

  /** Throws what a cluster or DynamoDB answers where it cannot mirror. */
  static async open(options: LocalFlowOptions): Promise<LocalFlow> {
    const mirror = options.flow.enabled ? await Mirror.open(options) : undefined;
    return new LocalFlow(options, mirror);
  }

  private constructor(options: LocalFlowOptions, mirror: Mirror | undefined) {
    this.#options = options;
    this.#mirror = mirror;
    this.#scheduled = new Map(
      scheduledFunctions(options.flow).map((name) => {
        const hear = (line: string): void => this.#hear(name, line);
        return [name, new ScheduledFunction(deployedFunction(name, options), hear)];
      }),
    );
  }

  /** Runs until `stop`, and until what was in flight then has ended and is committed. */
  async run(): Promise<void> {
    const parts = [this.#mirror, ...this.#scheduled.values()];
    await Promise.all(parts.map((part) => part?.run()));
  }

  stop(): void {
    this.#mirror?.stop();
    for (const scheduled of this.#scheduled.values()) scheduled.stop();
  }

  /**
   * Publishes the positions of groups as they are now, and ends the schedule that does so otherwise.
   * Tries again what is worth it; the outcome is in the status.
   */
  async publishPositions(signal: AbortSignal): Promise<void> {
    const checkpoint = this.#scheduled.get('checkpoint');
    if (checkpoint === undefined) return;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const outcome = await checkpoint.finish();
      if (outcome.ok || !outcome.failure.retriable || attempt === attemptsMax) return;
      await pause(betweenAttemptsMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Of the functions' processes. */
  get processIds(): number[] {
    const parts = [this.#mirror, ...this.#scheduled.values()];
    return parts.flatMap((part) => part?.processIds ?? []);
  }

  status(): FlowStatus {
    const { flow } = this.#options;
    return {
      flow: flowName(flow),
      enabled: flow.enabled,
      topics: this.#mirror?.statuses() ?? [],
      scheduled: [...this.#scheduled].map(([name, { failing }]) => {
        return failing === undefined ? { name } : { name, failing };
      }),
      ...this.#signs.seen(Date.now()),
      maxResidentBytes: this.#mirror?.maxResidentBytes ?? 0,
    };
  }

  #hear(name: ScheduledFunctionName, line: string): void {
    this.#signs.hear(name, line, Date.now());
    this.#options.log(name, line);
  }
}

const attemptsMax = 4;
const betweenAttemptsMs = 1000;
