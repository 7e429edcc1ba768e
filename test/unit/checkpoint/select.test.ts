import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectGroups } from '../../../lib/checkpoint/select.ts';
import { consumerGroupId } from '../../../lib/discovery/consumer-group.ts';

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
