/** Positions of groups, written short. */

import type {
  DownstreamPosition,
  FlowPositions,
  GroupPosition,
  GroupPositions,
} from '../../../lib/checkpoint/positions.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { CommittedOffset } from '../../../lib/kafka/ports.ts';

const upstreamOffset = 500n;
export const truncation = new MirrorlessError('TARGET_TRUNCATED', 'The target ends at 3.');

export const exact = (offset: bigint): DownstreamPosition => ({ status: 'exact', offset });
export const ahead = (offset: bigint): DownstreamPosition => ({
  status: 'ahead',
  offset,
  mapEnd: 380n,
});
export const sampled = (offset: bigint): DownstreamPosition => ({
  status: 'sampled',
  offset,
  mapStart: 600n,
});
export const beforeMap: DownstreamPosition = { status: 'before-map', mapStart: 600n };
export const noMap: DownstreamPosition = { status: 'no-map' };
export const truncated: DownstreamPosition = { status: 'target-truncated', error: truncation };
export const recreated: DownstreamPosition = {
  status: 'source-recreated',
  error: new MirrorlessError('SOURCE_RECREATED', 'The source ends at 3.'),
};
export const unknown: DownstreamPosition = {
  status: 'unknown',
  error: new MirrorlessError('STATE_UNAVAILABLE', 'The map did not answer.'),
};

/** One position for each partition of `orders`, from 0. */
export function groupAt(
  group: string,
  downstream: readonly DownstreamPosition[],
  own: Partial<GroupPositions> = {},
): GroupPositions {
  const positions = downstream.map((position, partition): GroupPosition => {
    const names = { topic: 'orders', remoteTopic: 'source.orders', partition };
    return { ...names, upstreamOffset, metadata: `of ${partition}`, downstream: position };
  });
  return { group, state: 'Empty', positions, ...own };
}

export function flowAt(...groups: readonly GroupPositions[]): FlowPositions {
  const listed = new Set(groups.map(({ group }) => group));
  return { groups, listed, partitions: [], failures: [] };
}

/** What a group has committed on the target, by partition of `source.orders`. */
export function committedAt(...offsets: readonly bigint[]): CommittedOffset[] {
  return offsets.map((offset, partition) => ({
    topic: 'source.orders',
    partition,
    offset,
    metadata: '',
  }));
}
