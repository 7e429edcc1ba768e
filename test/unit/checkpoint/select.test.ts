import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downstreamTopic, selectGroups } from '../../../lib/checkpoint/select.ts';
import { consumerGroupId } from '../../../lib/discovery/consumer-group.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';
import { defaultFlowSettings } from '../../support/flow-settings.ts';

const cluster = (alias: string) => ({ alias, bootstrapServers: ['unused:1'] });
const { replicationPolicy: naming } = defaultFlowSettings({
  source: cluster('A'),
  target: cluster('B'),
  stateTable: 'unused',
});

test('groups of consumers and of none are taken in any state; mapping groups of no flow are', () => {
  const long = consumerGroupId({ source: 'A', target: 'B' }, 'x'.repeat(249));
  const listed = [
    ['b', 'consumer', 'Stable'],
    ['a', '', 'Dead'],
    ['c', 'consumer', 'Empty'],
    ['workers', 'connect', 'Stable'],
    ['sharing', 'share', 'Stable'],
    [consumerGroupId({ source: 'X', target: 'Y' }, 'orders'), 'consumer', 'Stable'],
    [long, 'consumer', 'Empty'],
    ['mirrorless', 'consumer', 'Empty'],
    ['left-out', 'consumer', 'Empty'],
  ].map(([group, protocolType, state]) => {
    return { group: group!, protocolType: protocolType!, state: state! };
  });
  const names = (wanted?: string[]) =>
    selectGroups(listed, (group) => group !== 'left-out', wanted).map(({ group }) => group);
  assert.deepEqual(names(), ['a', 'b', 'c', 'mirrorless']);
  assert.deepEqual(names(['c', 'left-out', 'absent']), ['c']);
});

test('what came from the target has its own name there, all else the name of its copy', () => {
  const names = { policy: replicationPolicy(naming, 'A'), sourceAlias: 'A', targetAlias: 'B' };
  const cases = [
    ['orders', 'A.orders'],
    ['B.orders', 'orders'],
    ['B.C.orders', 'orders'],
    ['C.orders', 'A.C.orders'],
  ];
  for (const [topic, expected] of cases) {
    assert.equal(downstreamTopic(topic!, names), expected);
  }
});
