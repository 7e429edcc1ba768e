/** Which groups of the source are translated. */
import { isMappingGroup } from '../discovery/consumer-group.ts';
import type { GroupListing } from '../kafka/ports.ts';
import type { PatternFilter } from '../policy/pattern-filter.ts';

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
