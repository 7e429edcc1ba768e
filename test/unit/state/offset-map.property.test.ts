import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  checkSegment,
  type Direction,
  runsOf,
  sides,
  translateAllWithin,
  translateWithin,
} from '../../../lib/state/offset-map.ts';
import type { Segment } from '../../../lib/state/ports.ts';
import { change, gap, replay, start } from '../../support/offset-map-model.ts';

/** Translation over all segments: the store's own rule, with an array in place of the table. */
function translate(segments: Segment[], offset: bigint, direction: Direction): bigint {
  const segment = segments.findLast((each) => sides(each, direction)[0].start <= offset);
  return translateWithin(segment as Segment, offset, direction);
}

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
        const expected = model.translations(direction);
        for (const segment of segments) {
          const [{ start, end }] = sides(segment, direction);
          const isLast = segment === segments.at(-1);
          const count = Number(end - start) + (isLast ? 1 : 0);
          const offsets = Array.from({ length: count }, (_, index) => start + BigInt(index));
          const translated = translateAllWithin(segment, offsets, direction);
          for (const [index, offset] of offsets.entries()) {
            const pair = expected.next().value;
            if (pair?.[0] === offset && pair[1] === translated[index]) continue;
            assert.deepEqual([offset, translated[index]], pair, direction);
          }
        }
        assert.ok(expected.next().done);
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
