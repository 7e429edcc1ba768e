import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSyncs, type Standing, standingOf } from '../../../lib/offset-syncs/plan.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { Run, Segment } from '../../../lib/state/ports.ts';

test('a short partition: its first record, one in `offset.lag.max` + 1, and the newest', () => {
  const segments = mapOf([{ upstream: 0n, downstream: 7n, length: 350 }]);
  assert.deepEqual(planned(segments, { lagMax: 100 }), [
    '0:7',
    '101:108',
    '202:209',
    '303:310',
    '349:356',
  ]);
});

test('a gap on either side is told of by the record after it', () => {
  const segments = mapOf([
    { upstream: 10n, downstream: 0n, length: 3 },
    { upstream: 20n, downstream: 3n, length: 3 },
    { upstream: 23n, downstream: 9n, length: 3 },
  ]);
  assert.deepEqual(planned(segments, { lagMax: 100 }), ['10:0', '20:3', '23:9', '25:11']);
});

test('with a lag of 0 every record near the newest is told of', () => {
  const segments = mapOf([{ upstream: 0n, downstream: 0n, length: 6 }]);
  assert.deepEqual(planned(segments, { lagMax: 0 }), ['0:0', '1:1', '2:2', '3:3', '4:4', '5:5']);
});

test('of what was told before nothing is told again', () => {
  const segments = mapOf([{ upstream: 0n, downstream: 7n, length: 350 }]);
  assert.deepEqual(planned(segments, { lagMax: 100, after: 202n }), ['303:310', '349:356']);
  assert.deepEqual(planned(segments, { lagMax: 100, after: 348n }), ['349:356']);
  assert.deepEqual(planned(segments, { lagMax: 100, after: 349n }), []);
});

test('nothing is told of an empty map', () => {
  assert.deepEqual(planSyncs([emptySegment(5n, 5n)], { lagMax: 100 }), []);
});

test('of a billion records a few hundred are told of, ever fewer towards the oldest', () => {
  const length = 1_000_000_000;
  const syncs = planSyncs(mapOf([{ upstream: 0n, downstream: 0n, length }]), { lagMax: 100 });
  const older = syncs.filter(({ upstreamOffset }) => upstreamOffset < length / 2);
  assert.ok(syncs.length < 300, `${syncs.length}`);
  assert.ok(older.length < 20, `${older.length}`);
  assert.equal(syncs[0]!.upstreamOffset, 0n);
  assert.equal(syncs.at(-1)!.upstreamOffset, BigInt(length) - 1n);
});

const standings: { known: [bigint, bigint]; standing: Standing; why: string }[] = [
  { known: [120n, 70n], standing: 'same', why: 'a record of the map' },
  { known: [149n, 99n], standing: 'same', why: 'the newest record of the map' },
  { known: [40n, 9n], standing: 'same', why: 'before the map on both sides' },
  { known: [120n, 71n], standing: 'other', why: 'the record has another copy' },
  { known: [40n, 60n], standing: 'other', why: 'before the map, but its copy is not' },
  { known: [900n, 99n], standing: 'other', why: 'after the map, but its copy is not' },
  { known: [150n, 100n], standing: 'ahead', why: 'the record that would come next' },
  { known: [900n, 800n], standing: 'ahead', why: 'after the map on both sides' },
];

for (const { known, standing, why } of standings) {
  test(`${standing}: ${why}`, () => {
    const segments = mapOf([{ upstream: 100n, downstream: 50n, length: 50 }]);
    const [upstreamOffset, downstreamOffset] = known;
    assert.equal(standingOf({ upstreamOffset, downstreamOffset }, segments), standing);
  });
}

function mapOf(runs: readonly Run[]): Segment[] {
  const [first] = runs;
  const last = runs.at(-1)!;
  const length = BigInt(last.length);
  const { closed, open } = append(emptySegment(first!.upstream, first!.downstream), {
    runs,
    upstreamEnd: last.upstream + length,
    downstreamEnd: last.downstream + length,
  });
  return [...closed, open];
}

function planned(segments: readonly Segment[], options: Parameters<typeof planSyncs>[1]): string[] {
  return planSyncs(segments, options).map(
    (sync) => `${sync.upstreamOffset}:${sync.downstreamOffset}`,
  );
}
