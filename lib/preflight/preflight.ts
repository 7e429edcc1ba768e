/** All checks of a configuration: its clusters one after the other, then its flows. */
import { type ClusterSettings, flowSettings } from '../config/flow-settings.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { openClusterLook } from '../kafka/cluster-look.ts';
import { openDataPlane } from '../kafka/data-plane.ts';
import { openGroups } from '../kafka/groups.ts';
import type { Peer } from '../kafka/kafka-errors.ts';
import { openTopicAdmin } from '../kafka/topic-admin.ts';
import { flowNames } from '../policy/flow-names.ts';
import { patternFilter } from '../policy/pattern-filter.ts';
import { type Check, checkAt } from './check.ts';
import { type CheckedCluster, checkCluster } from './cluster.ts';
import { checkFlow } from './flow.ts';
import { iamIdentityCheck, sameClusterCheck } from './judge-cluster.ts';
import { narrowed } from './narrowed.ts';

export interface PreflightOptions {
  configuration: Configuration;
  flows: readonly Flow[];
  /** Only these topics, under either of their names; all where it is left out. */
  topics?: readonly string[] | undefined;
  /** Told what is looked at next. */
  onProgress(what: string): void;
}

/** How long a broker has for each step. */
const timeoutMs = 10_000;

/** Never rejects; nothing is written to any cluster. */
export async function preflight(options: PreflightOptions): Promise<Check[]> {
  const { configuration, flows, onProgress } = options;
  const checked = new Map<string, CheckedCluster>();
  const checks: Check[] = [];
  for (const { alias, ...cluster } of clustersOf(configuration, flows)) {
    onProgress(`cluster ${alias}`);
    const one = await checkCluster({ ...cluster, timeoutMs });
    checked.set(alias, one);
    checks.push(...one.checks, ...iamIdentityCheck(alias, cluster.cluster.authentication));
  }
  for (const flow of flows) {
    onProgress(`flow ${flowName(flow)}`);
    checks.push(...(await checksOfFlow(options, flow, checked)));
  }
  return checks;
}

interface SideOfFlow {
  alias: string;
  side: Peer['side'];
  cluster: ClusterSettings;
}

/** Each once, in the order in which flows name them. */
function clustersOf(configuration: Configuration, flows: readonly Flow[]): SideOfFlow[] {
  const all = flows.flatMap((flow) => {
    const settings = flowSettings(configuration, flow);
    return (['source', 'target'] as const).map((side) => {
      return { alias: flow[side], side, cluster: settings[side] };
    });
  });
  return all.filter(({ alias }, index) => all.findIndex((one) => one.alias === alias) === index);
}

async function checksOfFlow(
  { configuration, topics }: PreflightOptions,
  whole: Flow,
  clusters: ReadonlyMap<string, CheckedCluster>,
): Promise<Check[]> {
  const flow = topics === undefined ? whole : narrowed(whole, topics);
  const name = flowName(flow);
  const [source, target] = [flow.source, flow.target].map((alias) => clusters.get(alias)?.identity);
  for (const [alias, identity] of [
    [flow.source, source],
    [flow.target, target],
  ] as const) {
    if (identity !== undefined) continue;
    const at = checkAt('permissions', { cluster: alias, flow: name });
    return [at.skipped(`${alias} was not reached: nothing of the flow could be looked at`)];
  }
  const same = sameClusterCheck(
    name,
    { alias: flow.source, clusterId: source!.clusterId },
    { alias: flow.target, clusterId: target!.clusterId },
  );
  const sides = openSides(configuration, flow, {
    source: source!.brokers.length,
    target: target!.brokers.length,
  });
  try {
    const looked = await checkFlow({ name, flow, ...sides, ...namesOf(flow) });
    return [...(same === undefined ? [] : [same]), ...looked];
  } finally {
    await sides.close();
  }
}

function openSides(
  configuration: Configuration,
  flow: Flow,
  brokerCounts: Record<Peer['side'], number>,
) {
  const settings = flowSettings(configuration, flow);
  const open = (side: Peer['side']) => {
    const options = { cluster: settings[side], side, requestTimeoutMs: timeoutMs };
    return {
      cluster: configuration.clusters.get(flow[side])!,
      brokerCount: brokerCounts[side],
      look: openClusterLook(options),
      admin: openTopicAdmin(options),
      groups: openGroups(options),
      dataPlane: openDataPlane(options),
    };
  };
  const [source, target] = [open('source'), open('target')];
  return {
    source,
    target,
    async close() {
      const opened = [source, target].flatMap(({ look, admin, groups, dataPlane }) => {
        return [look, admin, groups, dataPlane];
      });
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

function namesOf(flow: Flow) {
  const { policy, mirrors } = flowNames(flow);
  return {
    formatRemoteTopic: (topic: string) => policy.formatRemoteTopic(flow.source, topic),
    mirrors,
    takesGroup: patternFilter(flow.groups),
  };
}
