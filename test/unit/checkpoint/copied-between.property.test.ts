import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { copiedBetween } from '../../../lib/checkpoint/copied-between.ts';
import { change, type Model, replay, start } from '../../support/offset-map-model.ts';
import { mapOver } from './maps.ts';

const near = fc.bigInt(-400n, 4000n);

test('any two places of any map: as many as brute force counts in the map, and all offsets outside', async () => {
  await fc.assert(
    fc.asyncProperty(
      start,
      fc.array(change, { maxLength: 4 }),
      fc.array(fc.tuple(near, near), { minLength: 1, maxLength: 5 }),
      async (begin, changes, places) => {
        const { model, segments } = replay(begin, changes, 40);
        const partition = { topic: 'orders', partition: 3 };
        const stretches = places.map((two) => {
          const [from, to] = two.map((offset) => begin[1] + offset).sort(ascending);
          return { partition, from: from as bigint, to: to as bigint };
        });
        const distances = await copiedBetween(mapOver({ 'orders-3': segments }), stretches);
        for (const [index, { from, to }] of stretches.entries()) {
          const inside = model.pairs.filter(([, offset]) => offset >= from && offset < to).length;
          const outside = to - from - (within(model, to) - within(model, from));
          const value = { records: BigInt(inside) + outside, isExact: outside === 0n };
          assert.deepEqual(distances[index], { ok: true, value }, `${from} to ${to}`);
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** The nearest offset of the target that the map covers. */
function within({ start: [, first], end: [, last] }: Model, offset: bigint): bigint {
  if (offset < first) return first;
  if (offset > last) return last;
  return offset;
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : 1;
}
