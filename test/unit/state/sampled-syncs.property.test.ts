import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SampledSync, Translation } from '../../../lib/state/ports.ts';
import {
  readSampled,
  sampledItem,
  sampledKey,
  translateSampled,
} from '../../../lib/state/sampled-syncs.ts';

const key = sampledKey('us->eu', { topic: 'orders', partition: 3 });

/** Ascending on both sides, from anywhere. */
const syncs = fc
  .tuple(
    fc.bigInt(0n, 2n ** 52n),
    fc.bigInt(0n, 2n ** 52n),
    fc.array(fc.tuple(fc.bigInt(1n, 500n), fc.bigInt(1n, 500n)), { maxLength: 60 }),
  )
  .map(([upstream, downstream, steps]) => {
    let last: SampledSync = { upstreamOffset: upstream, downstreamOffset: downstream };
    return steps.map(([up, down]) => {
      const { upstreamOffset, downstreamOffset } = last;
      last = { upstreamOffset: upstreamOffset + up, downstreamOffset: downstreamOffset + down };
      return last;
    });
  });

test('an item holds the syncs that it was made of', () => {
  fc.assert(
    fc.property(syncs, (some) => {
      assert.deepEqual(readSampled(sampledItem(key, some)), some);
    }),
  );
});

test('an item that is not what was written is named', () => {
  assert.throws(() => readSampled({ ...key }), /us->eu\/orders\/3 sampled does not decode/);
  const broken = { ...key, packed: { B: new Uint8Array([0x80]) } };
  assert.throws(() => readSampled(broken), /STATE_CORRUPT/);
});

/** A history of copies with gaps on either side; every one that is drawn became a sync. */
const history = fc
  .array(fc.record({ up: fc.nat(3), down: fc.nat(3), told: fc.boolean() }), { minLength: 1 })
  .map((steps) => {
    let [upstream, downstream] = [0n, 0n];
    return steps.map(({ up, down, told }) => {
      upstream += BigInt(up) + 1n;
      downstream += BigInt(down) + 1n;
      return { upstream, downstream, told };
    });
  });

test('before the map no offset is translated later than to its own place, nor past a sync', () => {
  fc.assert(
    fc.property(history, (copies) => {
      const last = copies.at(-1)!;
      const offsets = Array.from({ length: Number(last.upstream) + 1 }, (_, offset) =>
        BigInt(offset),
      );
      const told = copies.filter((copy) => copy.told);
      const mapStart = last.upstream + 1n;
      const early = offsets.map((): Translation => ({ status: 'before-map', mapStart }));
      const translated = translateSampled(
        told.map((copy) => ({ upstreamOffset: copy.upstream, downstreamOffset: copy.downstream })),
        offsets,
        early,
      );
      for (const [index, translation] of translated.entries()) {
        const offset = offsets[index]!;
        const before = told.findLast(({ upstream }) => upstream <= offset);
        const truth = copies.find(({ upstream }) => upstream >= offset)!.downstream;
        if (before === undefined) assert.deepEqual(translation, early[index]);
        else {
          assert.ok(translation.status === 'sampled' && translation.mapStart === mapStart);
          assert.ok(translation.offset <= truth && translation.offset >= before.downstream);
          if (before.upstream === offset) assert.equal(translation.offset, truth);
        }
      }
    }),
  );
});

test('what the map knows stays as it is', () => {
  const known: Translation[] = [
    { status: 'exact', offset: 7n },
    { status: 'ahead', mapEnd: 9n },
  ];
  const sync = { upstreamOffset: 0n, downstreamOffset: 0n };
  assert.deepEqual(translateSampled([sync], [8n, 10n], known), known);
});
