/** Which groups and topics of the source are translated, and how their topics are named. */
import { isMappingGroup } from '../discovery/consumer-group.ts';
import type { GroupListing } from '../kafka/ports.ts';
import type { PatternFilter } from '../policy/pattern-filter.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';

/**
 * MM2's groups: of consumers, or without a protocol where members assign partitions themselves; in
 * any state; and accepted by the group filter. Not those with which event source mappings read:
 * what a flow has read, says its map. By name.
 *
 * @param names where only some are asked for
 */
export function selectGroups(
  listed: readonly GroupListing[],
  groupFilter: PatternFilter,
  names?: readonly string[],
): GroupListing[] {
  const wanted = names && new Set(names);
  return listed
    .filter(
      (listing) =>
        (wanted === undefined || wanted.has(listing.group)) &&
        isConsumerGroup(listing) &&
        !isMappingGroup(listing.group) &&
        groupFilter(listing.group),
    )
    .sort((one, other) => (one.group < other.group ? -1 : 1));
}

/** Offsets are committed by consumers, and by those that assign partitions themselves. */
export function isConsumerGroup({ protocolType }: GroupListing): boolean {
  return protocolType === 'consumer' || protocolType === '';
}

export interface Naming {
  policy: ReplicationPolicy;
  sourceAlias: string;
  targetAlias: string;
}

/** MM2's checkpoints: what came from the target has its own name there, all else its copy's. */
export function downstreamTopic(topic: string, naming: Naming): string {
  const { policy, sourceAlias, targetAlias } = naming;
  return policy.topicSource(topic) === targetAlias
    ? policy.originalTopic(topic)
    : policy.formatRemoteTopic(sourceAlias, topic);
}
