import { leftOutBy, mustTellOrigins } from '../provenance/ways.ts';
import type { ProvenanceFlow, ProvenanceSettings } from './flow-settings.ts';
import type { Configuration, Flow } from './model.ts';

/**
 * The one place that decides where provenance is on: where flows that keep names lead back, or meet
 * again, and where the configuration says that some of another installation do. Undefined elsewhere:
 * nothing is added to a record then, and nothing looked at.
 */
export function provenanceSettings(
  { flows }: Pick<Configuration, 'flows'>,
  flow: Flow,
): ProvenanceSettings | undefined {
  if (!keepsNames(flow) || flow.provenanceHeaderEnabled === false) return undefined;
  const ways = flows.filter(keepsNames);
  const addsHeader = flow.provenanceHeaderEnabled ?? mustTellOrigins(flow, ways);
  const leavesNothingOut = leftOutBy(flow, ways).size <= ownClusters;
  if (!addsHeader && leavesNothingOut) return undefined;
  return { addsHeader, flows: ways.map((way) => provenanceFlow(way, flow)) };
}

/** The two of the flow itself, to which nothing comes back where no header is added. */
const ownClusters = 2;

export function keepsNames({ enabled, replicationPolicy }: Flow): boolean {
  return enabled && replicationPolicy.class === 'IdentityReplicationPolicy';
}

function provenanceFlow({ source, target, stateTable, topics }: Flow, own: Flow): ProvenanceFlow {
  const isSame = JSON.stringify(topics) === JSON.stringify(own.topics);
  return { source, target, stateTable, ...(!isSame && { topics }) };
}
