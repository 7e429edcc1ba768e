import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  checkSegment,
  emptySegment,
  packedBytesMax,
  runsOf,
  translateWithin,
} from '../../../lib/state/offset-map.ts';
import type { Run, Segment } from '../../../lib/state/ports.ts';

const run = (upstream: number, downstream: number, length: number): Run => ({
  upstream: BigInt(upstream),
  downstream: BigInt(downstream),
  length,
});

/** An advance that ends with its last run. */
function advanceOf(...runs: Run[]) {
  const last = runs.at(-1) as Run;
  const length = BigInt(last.length);
  return { runs, upstreamEnd: last.upstream + length, downstreamEnd: last.downstream + length };
}

/** upstream 100-102 and 105-106 at downstream 40-42 and 44-45. */
function twoRuns(): Segment {
  return append(emptySegment(100n, 40n), advanceOf(run(100, 40, 3), run(105, 44, 2))).open;
}

test('a partition without gaps stays one run, however often it advances', () => {
  let segment = emptySegment(7n, 0n);
  for (let end = 7; end < 10_000_007; end += 10_000) {
    const { closed, open } = append(segment, advanceOf(run(end, end - 7, 10_000)));
    assert.equal(closed.length, 0);
    segment = open;
  }
  assert.deepEqual([...runsOf(segment)], [run(7, 0, 10_000_000)]);
  assert.equal(segment.packed.length, 2 + 4);
});

test('gaps on both sides are packed as gap, gap, length', () => {
  const segment = twoRuns();
  assert.deepEqual([...segment.packed], [0, 0, 3, 2, 1, 2]);
  assert.deepEqual([...runsOf(segment)], [run(100, 40, 3), run(105, 44, 2)]);
});

test('downstream: each offset is at the first replicated record at or after it', () => {
  const segment = twoRuns();
  const translated = [100n, 101n, 102n, 103n, 104n, 105n, 106n, 107n].map((offset) =>
    translateWithin(segment, offset, 'downstream'),
  );
  assert.deepEqual(translated, [40n, 41n, 42n, 44n, 44n, 44n, 45n, 46n]);
});

test('upstream: the same map read the other way', () => {
  const segment = twoRuns();
  const translated = [40n, 41n, 42n, 43n, 44n, 45n, 46n].map((offset) =>
    translateWithin(segment, offset, 'upstream'),
  );
  assert.deepEqual(translated, [100n, 101n, 102n, 105n, 105n, 106n, 107n]);
});

test('what lies between the last record and progress translates to progress', () => {
  const { open } = append(twoRuns(), { runs: [], upstreamEnd: 110n, downstreamEnd: 50n });
  assert.deepEqual([...open.packed], [0, 0, 3, 2, 1, 2, 3, 4, 0]);
  assert.equal(translateWithin(open, 107n, 'downstream'), 50n);
  assert.equal(translateWithin(open, 110n, 'downstream'), 50n);
  assert.equal(translateWithin(open, 46n, 'upstream'), 110n);
  const { open: next } = append(open, advanceOf(run(112, 50, 1)));
  assert.deepEqual([...runsOf(next)], [run(100, 40, 3), run(105, 44, 2), run(112, 50, 1)]);
  assert.deepEqual([...next.packed], [0, 0, 3, 2, 1, 2, 5, 4, 1]);
  assert.equal(translateWithin(next, 107n, 'downstream'), 50n);
});

test('the first record may lie beyond the start of the map', () => {
  const { open } = append(emptySegment(0n, 0n), advanceOf(run(9, 3, 1)));
  assert.equal(translateWithin(open, 0n, 'downstream'), 3n);
  assert.equal(translateWithin(open, 0n, 'upstream'), 9n);
});

test('an advance of nothing leaves the segment as it is', () => {
  const segment = twoRuns();
  const { upstreamEnd, downstreamEnd } = segment;
  assert.deepEqual(append(segment, { runs: [], upstreamEnd, downstreamEnd }), {
    closed: [],
    open: segment,
  });
  const empty = emptySegment(5n, 6n);
  const nothing = { runs: [], upstreamEnd: 5n, downstreamEnd: 6n };
  assert.deepEqual(append(empty, nothing).open, empty);
});

test('10,000 single records with gaps roll into segments that tile both sides', () => {
  const runs = Array.from({ length: 10_000 }, (_, index) => run(index * 3, index * 2, 1));
  const { closed, open } = append(emptySegment(0n, 0n), advanceOf(...runs));
  const segments = [...closed, open];
  assert.equal(closed.length, 9); // 3 bytes each, 1024 fill a segment.
  for (const [index, segment] of segments.entries()) {
    checkSegment(segment);
    assert.ok(segment.packed.length <= packedBytesMax + 24);
    const next = segments[index + 1];
    assert.ok(next === undefined || next.upstreamStart === segment.upstreamEnd);
    assert.ok(next === undefined || next.downstreamStart === segment.downstreamEnd);
  }
  assert.deepEqual(
    segments.flatMap((segment) => [...runsOf(segment)]),
    runs,
  );
});

test('offsets near 2^63 and gaps near 2^53 are exact', () => {
  const far = 2n ** 63n - 10n;
  const gap = BigInt(Number.MAX_SAFE_INTEGER) - 1n;
  const start = far - gap;
  const runs = [{ upstream: far, downstream: gap, length: 1 }];
  const advance = { runs, upstreamEnd: far + 1n, downstreamEnd: gap + 1n };
  const { open } = append(emptySegment(start, 0n), advance);
  checkSegment(open);
  assert.deepEqual([...runsOf(open)], runs);
  assert.equal(translateWithin(open, far, 'downstream'), gap);
  assert.equal(translateWithin(open, far + 1n, 'downstream'), gap + 1n);
});

test('what is not an advance is refused', () => {
  const segment = twoRuns();
  const internal = { code: 'INTERNAL' };
  assert.throws(() => append(segment, advanceOf(run(106, 46, 1))), internal, 'upstream below end');
  assert.throws(
    () => append(segment, advanceOf(run(107, 45, 1))),
    internal,
    'downstream below end',
  );
  assert.throws(() => append(segment, advanceOf(run(107, 46, 0))), internal, 'no records');
  const short = { ...advanceOf(run(107, 46, 2)), upstreamEnd: 108n };
  assert.throws(() => append(segment, short), internal, 'ends inside its last run');
  assert.throws(() => translateWithin(segment, 99n, 'downstream'), internal);
  assert.throws(() => translateWithin(segment, 47n, 'upstream'), internal);
});

test('a span of 2^53 offsets in one segment is refused', () => {
  const far = advanceOf({ upstream: 2n ** 53n, downstream: 0n, length: 1 });
  assert.throws(() => append(emptySegment(0n, 0n), far), { code: 'INTERNAL' });
  const half = advanceOf({ upstream: 2n ** 52n, downstream: 0n, length: 1 });
  const { open } = append(emptySegment(0n, 0n), half);
  const other = advanceOf({ upstream: 2n ** 53n, downstream: 1n, length: 1 });
  assert.throws(() => append(open, other), { code: 'INTERNAL' });
});

const damages: [string, Partial<Segment>][] = [
  ['cut in an entry', { packed: Uint8Array.of(0, 0, 3, 2, 1) }],
  ['cut in a number', { packed: Uint8Array.of(0, 0, 3, 2, 1, 0x82) }],
  ['an impossible number', { packed: new Uint8Array(40).fill(0xff) }],
  ['spansUpstream', { upstreamEnd: 108n }],
  ['spansDownstream', { downstreamEnd: 47n }],
  ['runsAreMerged', { packed: Uint8Array.of(0, 0, 1, 0, 0, 2, 2, 1, 2) }],
  ['gapsHaveRuns', { packed: Uint8Array.of(0, 0, 3, 1, 1, 0, 1, 0, 2) }],
];

for (const [name, damage] of damages) {
  test(`a damaged segment is found: ${name}`, () => {
    checkSegment(twoRuns());
    assert.throws(() => checkSegment({ ...twoRuns(), ...damage }), { code: 'STATE_CORRUPT' });
    if (/^[a-z]+[A-Z]/.test(name)) {
      assert.throws(() => checkSegment({ ...twoRuns(), ...damage }), new RegExp(name));
    }
  });
}
