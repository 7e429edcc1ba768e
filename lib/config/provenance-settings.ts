import { connectedWith, leftOutBy, mustTellOrigins } from '../provenance/ways.ts';
import type { ProvenanceFlow, ProvenanceSettings } from './flow-settings.ts';
import type { Configuration, Flow } from './model.ts';
import { stackPlace } from './stack-place.ts';

/**
 * The one place that decides where provenance is on: where flows that keep names lead back, or meet
 * again, and where the configuration says that some of another installation do. Undefined elsewhere:
 * nothing is added to a record then, and nothing looked at.
 */
export function provenanceSettings(
  configuration: Pick<Configuration, 'clusters' | 'flows'>,
  flow: Flow,
): ProvenanceSettings | undefined {
  if (!keepsNames(flow) || flow.provenanceHeaderEnabled === false) return undefined;
  const ways = connectedWith(flow, configuration.flows.filter(keepsNames));
  const addsHeader = flow.provenanceHeaderEnabled ?? mustTellOrigins(flow, ways);
  const leavesNothingOut = leftOutBy(flow, ways).size <= ownClusters;
  if (!addsHeader && leavesNothingOut) return undefined;
  return { addsHeader, flows: ways.map((way) => provenanceFlow(way, flow, configuration)) };
}

/** The two of the flow itself, to which nothing comes back where no header is added. */
const ownClusters = 2;

export function keepsNames({ enabled, replicationPolicy }: Flow): boolean {
  return enabled && replicationPolicy.class === 'IdentityReplicationPolicy';
}

function provenanceFlow(
  way: Flow,
  own: Flow,
  configuration: Pick<Configuration, 'clusters' | 'flows'>,
): ProvenanceFlow {
  const { source, target, stateTable, topics } = way;
  const isSame = JSON.stringify(topics) === JSON.stringify(own.topics);
  const { region } = stackPlace(configuration, way);
  const isElsewhere = region !== undefined && region !== stackPlace(configuration, own).region;
  return {
    ...{ source, target, stateTable },
    ...(isElsewhere && { region }),
    ...(!isSame && { topics }),
  };
}
