/** A flow over partitions made up in the test: the source's logs, the target's ends, the map, groups. */
import type { PositionsDependencies } from '../../../lib/checkpoint/find-positions.ts';
import type { CommittedOffset, Settled } from '../../../lib/kafka/ports.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';
import { defaultFlowSettings } from '../../support/flow-settings.ts';
import { FakeLeader } from '../kafka/fake-leader.ts';
import { mapOver } from './maps.ts';
import type { ModelledPartition } from './modelled-partition.ts';

/** The partitions are those of topic `orders`; the n-th group has the n-th offset of each. */
export function modelledFlow(
  partitions: readonly ModelledPartition[],
  { startsAtEarliest = true } = {},
) {
  const leader = new FakeLeader(partitions.map(({ log }) => log));
  const maps = partitions.flatMap(({ segments }, partition) => {
    return segments.length === 0 ? [] : [[`orders-${partition}`, segments] as const];
  });
  const groupCount = Math.max(0, ...partitions.map(({ committed }) => committed.length));
  const groups = Array.from({ length: groupCount }, (_, index) => `group ${index}`);
  const cluster = (alias: string) => ({ alias, bootstrapServers: ['unused:1'] });
  const settings = defaultFlowSettings({
    source: cluster('source'),
    target: cluster('target'),
    stateTable: 'unused',
    startsAtEarliest,
  });
  const dependencies: PositionsDependencies = {
    source: {
      dataPlane: {
        fetch: (positions, options) => leader.fetch(positions, options),
        listOffsets: (asked, which) => leader.listOffsets(asked, which),
        listTopics: async () => [{ topic: 'orders', partitionCount: partitions.length }],
      },
      groups: {
        listGroups: async () => ({
          groups: groups.map((group) => ({ group, protocolType: 'consumer', state: 'Stable' })),
          failures: [],
        }),
        committedOffsets: async (asked) => asked.map((group) => committedBy(group, partitions)),
      },
    },
    target: {
      dataPlane: {
        listOffsets: async (asked, which) =>
          asked.map(({ partition }) => {
            const { start, end } = partitions[partition]!.target;
            return { ok: true, value: which === 'latest' ? end : start };
          }),
      },
    },
    state: mapOver(Object.fromEntries(maps)),
    policy: replicationPolicy(settings.replicationPolicy, 'source'),
    topicFilter: () => true,
    groupFilter: () => true,
    settings,
  };
  return { dependencies, leader };
}

function committedBy(
  group: string,
  partitions: readonly ModelledPartition[],
): Settled<CommittedOffset[]> {
  const index = Number(group.slice('group '.length));
  const value = partitions.flatMap(({ committed }, partition) => {
    const offset = committed[index];
    return offset === undefined ? [] : [{ topic: 'orders', partition, offset, metadata: '' }];
  });
  return { ok: true, value };
}
