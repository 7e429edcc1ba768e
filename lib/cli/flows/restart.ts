/** What `mirrorless topics restart` needs and does, and what its exit code says. */
import { lookAtRestart, type RestartDependencies, type RestartLook } from '../../restart/look.ts';
import type { RestartRules } from '../../restart/plan.ts';
import {
  mayRestart,
  type Restarted,
  type RestartOptions,
  restartTopics,
} from '../../restart/restart.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { CommandAccess } from '../flow-access.ts';
import { discoveryOf } from './discovery.ts';

export interface RestartReport extends RestartRules {
  flow: string;
  dryRun: boolean;
  topics: readonly Restarted[];
  failures: RestartLook['failures'];
}

export interface Restart extends AsyncDisposable {
  plan(topics: readonly string[], rules: RestartRules): Promise<PlannedReport>;
  carryOut(
    planned: PlannedReport,
    options: Omit<RestartOptions, keyof RestartRules>,
  ): Promise<RestartReport>;
}

export interface PlannedReport extends RestartReport {
  look: RestartLook;
}

export function restartOf(access: CommandAccess): Restart {
  const discovery = discoveryOf(access);
  const { groups } = access.source;
  const dependencies: RestartDependencies = {
    ...discovery,
    ...{ state: access.state, pauses: access.pauses, groups },
  };
  return {
    async plan(topics, rules) {
      // So that a Lambda that does not answer is told before anything is done.
      await access.mappings.list(discovery.settings.functionName);
      const look = await lookAtRestart(topics, dependencies, { ...rules, nowMs: Date.now() });
      const { planned, pauses, failures } = look;
      const isPausedBefore = (topic: string) =>
        pauses.flow || (pauses.topics.has(topic) && pauses.restarting?.has(topic) !== true);
      return {
        ...{ flow: access.name, dryRun: true, ...rules, failures, look },
        topics: planned.map((each) => ({ ...each, staysPaused: isPausedBefore(each.topic) })),
      };
    },
    async carryOut({ look, ...report }, options) {
      const { from, force } = report;
      const rules = { from, force };
      const topics = await restartTopics(look, dependencies, { ...options, ...rules });
      return { ...report, dryRun: false, topics };
    },
    [Symbol.asyncDispose]: () => discovery[Symbol.asyncDispose](),
  };
}

export function restartExitCode({ topics, failures }: RestartReport): ExitCode {
  const doneCount = topics.filter(mayRestart).length;
  if (doneCount === topics.length && failures.length === 0) return exitCodes.done;
  return doneCount > 0 ? exitCodes.partlyDone : exitCodes.failed;
}
