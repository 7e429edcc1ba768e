import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  compareGroups,
  isEqual,
  type PartitionComparison,
} from '../../../lib/checkpoint/compare-groups.ts';
import type { DownstreamPosition } from '../../../lib/checkpoint/positions.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import { mapOver, unreadable } from './maps.ts';
import {
  ahead,
  beforeMap,
  committedAt,
  exact,
  groupAt,
  noMap,
  recreated,
  truncated,
  unknown,
} from './positions.ts';
import { type SimulatedGroup, SimulatedGroups } from './simulated-groups.ts';

/** Upstream 0–9 at 100–109, then a marker on the target, then 10–19 at 111–120. */
const { open } = append(emptySegment(0n, 100n), {
  runs: [
    { upstream: 0n, downstream: 100n, length: 10 },
    { upstream: 10n, downstream: 111n, length: 10 },
  ],
  upstreamEnd: 20n,
  downstreamEnd: 121n,
});
const map = mapOver({ 'orders-0': [open] });

async function compareOne(
  downstream: DownstreamPosition,
  target: SimulatedGroup | undefined,
  readable = map,
): Promise<PartitionComparison> {
  const { groups } = await compareGroups({
    positions: [groupAt('readers', [downstream])],
    target: new SimulatedGroups(target === undefined ? {} : { readers: target }),
    map: readable,
  });
  return groups[0]!.partitions[0]!;
}

const at = (offset: bigint): SimulatedGroup => ({ committed: committedAt(offset) });

describe('a comparison of groups', () => {
  it('counts copied records from the expected offset to the actual one', async () => {
    const table: [expected: bigint, actual: bigint, string, bigint?, boolean?][] = [
      [105n, 105n, 'equal'],
      [105n, 103n, 'behind', 2n, true],
      [105n, 120n, 'ahead', 14n, true],
      [111n, 110n, 'equal'],
      [109n, 111n, 'ahead', 1n, true],
      [105n, 98n, 'behind', 7n, false],
      [120n, 125n, 'ahead', 5n, false],
    ];
    for (const [expected, actual, verdict, records, isExact] of table) {
      const found = await compareOne(exact(expected), at(actual));
      assert.equal(found.verdict, verdict, `${expected} ${actual}`);
      const distance = records === undefined ? undefined : { records, isExact };
      assert.deepEqual(found.distance, distance, `${expected} ${actual}`);
      assert.equal(found.targetOffset, actual);
    }
  });

  it('finds nothing where the group has no offset, or one that was reset', async () => {
    for (const target of [undefined, {}, at(-1n)]) {
      const found = await compareOne(exact(105n), target);
      assert.equal(found.verdict, 'absent');
      assert.equal(found.targetOffset, undefined);
    }
  });

  it('never calls equal what has no exact place yet', async () => {
    for (const downstream of [ahead(121n), beforeMap, noMap, truncated, recreated, unknown]) {
      const found = await compareOne(downstream, at(121n));
      assert.equal(found.verdict, 'unknown', downstream.status);
      assert.equal(found.targetOffset, 121n);
    }
  });

  it('says why the target did not tell, and serves the other groups', async () => {
    const failure = new MirrorlessError('TARGET_NOT_READY', 'The coordinator moves.');
    const { groups } = await compareGroups({
      positions: [groupAt('dumb', [exact(105n)]), groupAt('readers', [exact(105n)])],
      target: new SimulatedGroups({ dumb: { failure }, readers: { state: 'Stable', ...at(105n) } }),
      map,
    });
    assert.deepEqual(
      groups.map(({ partitions }) => [partitions[0]?.verdict, partitions[0]?.error]),
      [
        ['unknown', failure],
        ['equal', undefined],
      ],
    );
    assert.deepEqual(
      groups.map(({ targetState }) => targetState),
      ['Empty', 'Stable'],
    );
    assert.deepEqual(groups.map(isEqual), [false, true]);
  });

  it('keeps its verdict where the map cannot count', async () => {
    const found = await compareOne(exact(105n), at(103n), mapOver({ 'orders-0': 'corrupt' }));
    assert.equal(found.verdict, 'behind');
    assert.equal(found.distance, undefined);
    assert.equal(found.error, unreadable);
  });

  it('is not equal where not everything is known of a group', () => {
    const failure = new MirrorlessError('SOURCE_NOT_READY', 'The coordinator moves.');
    assert.equal(isEqual({ group: 'readers', state: '', partitions: [], failure }), false);
    assert.equal(isEqual({ group: 'readers', state: '', partitions: [] }), true);
  });
});
