import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  append,
  checkSegment,
  type Direction,
  emptySegment,
  runsOf,
  sides,
  translateWithin,
} from '../../../lib/state/offset-map.ts';
import type { Run, Segment } from '../../../lib/state/ports.ts';

/** Gaps before each run, and what lies between the last run and progress. */
interface Change {
  runs: { upstreamGap: number; downstreamGap: number; length: number }[];
  upstreamRest: number;
  downstreamRest: number;
}

/** The model: every copied record as a pair of offsets, and progress. */
class Model {
  readonly pairs: [upstream: bigint, downstream: bigint][] = [];
  readonly start: [bigint, bigint];
  end: [bigint, bigint];

  constructor(start: [bigint, bigint]) {
    this.start = start;
    this.end = start;
  }

  take(change: Change): { runs: Run[]; upstreamEnd: bigint; downstreamEnd: bigint } {
    let [upstream, downstream] = this.end;
    const runs = change.runs.map(({ upstreamGap, downstreamGap, length }) => {
      upstream += BigInt(upstreamGap);
      downstream += BigInt(downstreamGap);
      const run = { upstream, downstream, length };
      for (let index = 0; index < length; index += 1) this.pairs.push([upstream++, downstream++]);
      return run;
    });
    this.end = [upstream + BigInt(change.upstreamRest), downstream + BigInt(change.downstreamRest)];
    return { runs, upstreamEnd: this.end[0], downstreamEnd: this.end[1] };
  }

  /** Every offset of one side, first to last, with what it translates to; no search, one sweep. */
  *translations(direction: Direction): Generator<[offset: bigint, expected: bigint]> {
    const [from, to] = direction === 'downstream' ? [0, 1] : [1, 0];
    let index = 0;
    for (let offset = this.start[from] as bigint; offset <= (this.end[from] as bigint); offset++) {
      while ((this.pairs[index]?.[from] ?? offset) < offset) index += 1;
      yield [offset, (this.pairs[index]?.[to] ?? this.end[to]) as bigint];
    }
  }
}

function replay(start: [bigint, bigint], changes: Iterable<Change>, bytesMax?: number) {
  const model = new Model(start);
  const segments: Segment[] = [];
  let newest = emptySegment(...start);
  for (const change of changes) {
    const { closed, open } = append(newest, model.take(change), bytesMax);
    segments.push(...closed);
    newest = open;
  }
  return { model, segments: [...segments, newest] };
}

/** Translation over all segments: the store's own rule, with an array in place of the table. */
function translate(segments: Segment[], offset: bigint, direction: Direction): bigint {
  const segment = segments.findLast((each) => sides(each, direction)[0].start <= offset);
  return translateWithin(segment as Segment, offset, direction);
}

const gap = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(3), fc.nat(300));
const change: fc.Arbitrary<Change> = fc.record({
  runs: fc.array(
    fc.record({ upstreamGap: gap, downstreamGap: gap, length: fc.integer({ min: 1, max: 200 }) }),
    { maxLength: 12 },
  ),
  upstreamRest: gap,
  downstreamRest: gap,
});
const start = fc.tuple(fc.bigInt(0n, 2n ** 62n), fc.bigInt(0n, 2n ** 62n));

test('any advances at any limit: both directions equal brute force at every offset', () => {
  fc.assert(
    fc.property(
      start,
      fc.array(change, { maxLength: 8 }),
      fc.nat(64),
      (begin, changes, bytesMax) => {
        const { model, segments } = replay(begin, changes, bytesMax);
        for (const direction of ['downstream', 'upstream'] as const) {
          for (const [offset, expected] of model.translations(direction)) {
            assert.equal(
              translate(segments, offset, direction),
              expected,
              `${direction} ${offset}`,
            );
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('any advances at any limit: invariants hold, segments tile and are bounded, runs are kept', () => {
  fc.assert(
    fc.property(
      start,
      fc.array(change, { maxLength: 8 }),
      fc.nat(64),
      (begin, changes, bytesMax) => {
        const { model, segments } = replay(begin, changes, bytesMax);
        let [upstream, downstream] = begin;
        for (const segment of segments) {
          checkSegment(segment);
          assert.deepEqual(
            [segment.upstreamStart, segment.downstreamStart],
            [upstream, downstream],
          );
          assert.ok(segment.packed.length < bytesMax + 2 * 24, 'one entry over the limit at most');
          [upstream, downstream] = [segment.upstreamEnd, segment.downstreamEnd];
        }
        assert.deepEqual([upstream, downstream], model.end);
        const copied = segments.flatMap((segment) =>
          [...runsOf(segment)].flatMap(({ upstream, downstream, length }) =>
            Array.from({ length }, (_, i) => [upstream + BigInt(i), downstream + BigInt(i)]),
          ),
        );
        assert.deepEqual(copied, model.pairs);
      },
    ),
    { numRuns: 300 },
  );
});

test('how records are divided into advances makes no difference to the map', () => {
  const runs = fc.array(
    fc.record({ upstreamGap: gap, downstreamGap: gap, length: fc.integer({ min: 1, max: 50 }) }),
  );
  fc.assert(
    fc.property(runs, fc.nat(64), (all, bytesMax) => {
      const rest = { upstreamRest: 0, downstreamRest: 0 };
      const once = replay([0n, 0n], [{ runs: all, ...rest }], bytesMax);
      const oneByOne = all.map((run) => ({ runs: [run], ...rest }));
      assert.deepEqual(replay([0n, 0n], oneByOne, bytesMax).segments, once.segments);
    }),
  );
});

test('100,000 records with random gaps: translation equals brute force at every offset', () => {
  const smallGap = fc.oneof(fc.constant(0), fc.nat(9));
  const runs = fc.array(
    fc.record({
      upstreamGap: smallGap,
      downstreamGap: smallGap,
      length: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 250, maxLength: 250 },
  );
  const changes = fc.array(fc.record({ runs, upstreamRest: smallGap, downstreamRest: smallGap }), {
    minLength: 100,
    maxLength: 100,
  });
  fc.assert(
    fc.property(changes, (advances) => {
      const { model, segments } = replay([5n, 11n], advances);
      assert.ok(model.pairs.length >= 100_000, `${model.pairs.length} records`);
      assert.ok(segments.length > 10, `${segments.length} segments`);
      for (const direction of ['downstream', 'upstream'] as const) {
        const inOrder = segments.values();
        let segment = inOrder.next().value as Segment;
        for (const [offset, expected] of model.translations(direction)) {
          if (offset === sides(segment, direction)[0].end)
            segment = inOrder.next().value ?? segment;
          const translated = translateWithin(segment, offset, direction);
          if (translated !== expected) assert.equal(translated, expected, `${direction} ${offset}`);
        }
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
