import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PartitionComparison } from '../../../../lib/checkpoint/compare-groups.ts';
import { type Comparison, comparisonExitCode } from '../../../../lib/cli/groups/compare.ts';
import {
  comparisonJson,
  renderComparison,
  summarizeComparison,
} from '../../../../lib/cli/render/groups-compare.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import { ahead, exact, groupAt, noMap } from '../../checkpoint/positions.ts';

const failure = new MirrorlessError('TARGET_NOT_READY', 'The coordinator moves.');
const { positions } = groupAt('readers', [
  exact(40n),
  exact(5040n),
  exact(40n),
  exact(40n),
  ahead(380n),
  noMap,
  exact(40n),
]);

const partitions: PartitionComparison[] = [
  { verdict: 'equal', targetOffset: 40n },
  { verdict: 'behind', targetOffset: 40n, distance: { records: 4990n, isExact: true } },
  { verdict: 'ahead', targetOffset: 50n, distance: { records: 9n, isExact: false } },
  { verdict: 'absent' },
  { verdict: 'unknown', targetOffset: 380n },
  { verdict: 'unknown' },
  { verdict: 'unknown', error: failure },
].map((one, index) => ({ ...one, position: positions[index]! }) as PartitionComparison);

const comparison: Comparison = {
  flow: 'source->target',
  groups: [{ group: 'readers', state: 'Empty', targetState: 'Stable', partitions }],
  absent: [{ group: 'misspelt', reason: 'gone' }],
  failures: [],
};

it('shows for each partition what is expected, what is there, and what that means', () => {
  assert.deepEqual(renderComparison(comparison.groups), [
    'GROUP    TOPIC   PARTITION  SOURCE-OFFSET  EXPECTED  ACTUAL  DISTANCE  VERDICT',
    'readers  orders          0            500        40      40         0  equal',
    'readers  orders          1            500      5040      40    -4,990  behind: would read again 4,990',
    'readers  orders          2            500        40      50       +≤9  ahead: would skip ≤9',
    'readers  orders          3            500        40       -         -  not there',
    'readers  orders          4            500      ≥380     380         -  unknown: not copied yet',
    'readers  orders          5            500         ?       -         -  unknown: no-map',
    'readers  orders          6            500        40       ?         -  unknown: TARGET_NOT_READY',
  ]);
});

it('counts the verdicts', () => {
  assert.equal(
    summarizeComparison(comparison.groups),
    '1 group, 7 partitions, 1 equal, 1 behind, 1 ahead, 1 not there, 3 unknown',
  );
});

it('gives machines every field of every partition', () => {
  const json = JSON.parse(JSON.stringify(comparisonJson(comparison)));
  assert.deepEqual(json.absent, [{ group: 'misspelt', reason: 'gone' }]);
  const [group] = json.groups;
  assert.deepEqual([group.sourceState, group.targetState, group.error], ['Empty', 'Stable', null]);
  assert.deepEqual(group.partitions[2], {
    topic: 'orders',
    partition: 2,
    remoteTopic: 'source.orders',
    upstreamOffset: '500',
    translatedOffset: '40',
    exactness: 'exact',
    reason: null,
    targetOffset: '50',
    verdict: 'ahead',
    distance: { records: '9', exact: false },
    error: null,
  });
  assert.match(group.partitions[4].reason, /copied, which ends before offset 380/);
  assert.equal(group.partitions[5].translatedOffset, null);
  assert.deepEqual(group.partitions[6].error, { code: failure.code, message: failure.message });
});

it('passes only where all is known and equal', () => {
  const equal = [{ ...comparison.groups[0]!, partitions: partitions.slice(0, 1) }];
  const passing: Comparison = { ...comparison, groups: equal, absent: [] };
  assert.equal(comparisonExitCode(passing), 0);
  assert.equal(comparisonExitCode({ ...passing, groups: [] }), 0);
  assert.equal(comparisonExitCode({ ...passing, absent: comparison.absent }), 3);
  assert.equal(comparisonExitCode({ ...passing, failures: [failure] }), 3);
  assert.equal(comparisonExitCode({ ...passing, groups: comparison.groups }), 3);
});
