/** Discovery by hand: what a command needs for it, and what its exit code says. */
import { functionName } from '../../deployment.ts';
import type {
  DiscoveryDependencies,
  DiscoveryPlan,
  DiscoveryRun,
} from '../../discovery/discover.ts';
import { failuresOf } from '../../discovery/report.ts';
import { discoverySettings } from '../../discovery/settings.ts';
import { openTopicAdmin } from '../../kafka/topic-admin.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { CommandAccess } from '../flow-access.ts';

/** Throws CONFIGURATION_INVALID where a mapping cannot log in as the configuration says. */
export function discoveryOf(access: CommandAccess): DiscoveryDependencies & AsyncDisposable {
  const { configuration, flow, settings, policy } = access;
  const { source, target, adminTimeoutMs: requestTimeoutMs } = settings;
  const discovery = discoverySettings(configuration, flow, functionName(flow, 'replicate'));
  const ofSource = openTopicAdmin({ cluster: source, side: 'source', requestTimeoutMs });
  const ofTarget = openTopicAdmin({ cluster: target, side: 'target', requestTimeoutMs });
  return {
    source: { admin: ofSource, dataPlane: access.source.dataPlane },
    target: { admin: ofTarget, dataPlane: access.target.dataPlane },
    state: access.state,
    clusterIds: access.clusterIds,
    knownTopics: access.knownTopics,
    pauses: access.pauses,
    mappings: access.mappings,
    patterns: settings.topics.include,
    mirrors: access.mirrors,
    formatRemoteTopic: (topic) => policy.formatRemoteTopic(source.alias, topic),
    settings: discovery,
    async [Symbol.asyncDispose]() {
      await Promise.all([ofSource.close(), ofTarget.close()]);
    },
  };
}

/** What could not be looked at comes before what is to be done. */
export function planExitCode({ failures, topics, plan, mappings }: DiscoveryPlan): ExitCode {
  if (failures.length + topics.unmatched.length > 0) return exitCodes.partlyDone;
  const isAny = plan.actions.length > 0 || mappings.some(({ kind }) => kind !== 'leave');
  return isAny ? exitCodes.checkFailed : exitCodes.done;
}

/** Whatever was not done, or not looked at, is for somebody to see. */
export function discoverExitCode(run: DiscoveryRun): ExitCode {
  const { topics, applied, kept } = run;
  const failureCount = failuresOf(run).length + topics.unmatched.length;
  if (failureCount + (kept?.postponed.length ?? 0) === 0) return exitCodes.done;
  const refusedCount = applied.refused.length + (kept?.refused.length ?? 0);
  const isAnyDone = applied.done.length + (kept?.done.length ?? 0) > 0;
  return refusedCount > 0 && !isAnyDone ? exitCodes.failed : exitCodes.partlyDone;
}
