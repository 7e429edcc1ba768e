import { setTimeout as pause } from 'node:timers/promises';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import {
  type FunctionName,
  type ScheduledFunctionName,
  scheduledFunctions,
} from '../deployment.ts';
import type { DiscoveryAnswer } from '../discovery/report.ts';
import { MirrorlessError } from '../errors.ts';
import { schedulePeriodMs } from '../every.ts';
import type { LocalAws } from './aws.ts';
import { FlowSigns, type SeenSigns } from './flow-signs.ts';
import type { InvocationFailure } from './function/environment.ts';
import type { Mirror, TopicStatus } from './mirror.ts';
import { ScheduledFunction } from './scheduled-function.ts';
import { deployedFunction } from './settings.ts';

export interface LocalFlowOptions {
  configuration: Configuration;
  flow: Flow;
  aws: LocalAws;
  /** The state folder. */
  directory: string;
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

  /** @param mirror of a flow that is enabled; closed by its owner */
  constructor(options: LocalFlowOptions, mirror: Mirror | undefined) {
    this.#options = options;
    this.#mirror = mirror;
    this.#scheduled = new Map(
      scheduledFunctions(options.flow).map((name) => {
        const hear = (line: string): void => this.#hear(name, line);
        return [name, new ScheduledFunction(deployedFunction(name, options), hear)];
      }),
    );
  }

  /**
   * Looks once at everything, as a deployment does: remote topics and mappings are there then. A flow
   * that is refused is told, and stays without; throws where nothing could be looked at.
   */
  async discover(): Promise<void> {
    const outcome = await this.#scheduled.get('discover')?.invoke();
    if (outcome === undefined) return;
    if (!outcome.ok) {
      const error = errorOf(outcome.failure);
      if (!isRefusal(error)) throw error;
      this.#mirror?.refused(error.message);
      this.#options.notify(`${flowName(this.#options.flow)} ${error.message}`);
      return;
    }
    const answer = outcome.value as DiscoveryAnswer;
    this.#mirror?.discovered(answer);
    const { notify, flow } = this.#options;
    notify(`${flowName(flow)}: ${answer.mirroredTopics} topics to mirror`);
    const told = [...answer.failures.map(({ message }) => message)];
    for (const { what, state } of answer.states) told.push(`${what} [${state}]`);
    for (const text of told.slice(0, toldMax)) notify(`${flowName(flow)} ${text}`);
  }

  /** Runs what is scheduled, until `stop`. Topics were looked at when the flow was opened. */
  async run(): Promise<void> {
    const refreshMs = this.#options.flow.refreshTopics.intervalSeconds * 1000;
    await Promise.all(
      [...this.#scheduled].map(([name, scheduled]) => {
        const waitMs = name === 'discover' ? Math.min(refreshMs, schedulePeriodMs) : 0;
        return scheduled.run(Date.now() + waitMs);
      }),
    );
  }

  stop(): void {
    this.#mirror?.end();
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

  /** Of the replicate function's processes. */
  get replicateProcessIds(): number[] {
    return this.#mirror?.processIds ?? [];
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

/** Of the flow itself, whatever its topics are. */
function isRefusal({ code }: MirrorlessError): boolean {
  return code === 'SAME_CLUSTER' || code === 'CLUSTER_REPLACED';
}

/** The function's own error again: its message ends with the code and what to do. */
function errorOf({ code, message }: InvocationFailure): MirrorlessError {
  return new MirrorlessError(code, message.split(` [${code}] `)[0]!);
}

const attemptsMax = 4;
const betweenAttemptsMs = 1000;
const toldMax = 20;
