import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Segment } from '../../../lib/state/ports.ts';
import { type ClosedSegments, translateOffsets } from '../../../lib/state/translate.ts';
import { replay } from '../../support/offset-map-model.ts';

/** 1000 single records, each after a gap upstream; ten of them to a segment. */
function gapRich() {
  const runs = Array.from({ length: 1000 }, () => ({
    upstreamGap: 1,
    downstreamGap: 0,
    length: 1,
  }));
  const { segments } = replay([0n, 0n], [{ runs, upstreamRest: 0, downstreamRest: 0 }], 30);
  assert.equal(segments.length, 100);
  return { newest: segments.at(-1) as Segment, older: segments.slice(0, -1) };
}

/** Counts of what each read brought. */
function counting(segments: readonly Segment[]): ClosedSegments & { reads: number[] } {
  const reads: number[] = [];
  return {
    reads,
    async covering(offset) {
      const found = segments.findLast(({ upstreamStart }) => upstreamStart <= offset);
      reads.push(found ? 1 : 0);
      return found;
    },
    async from(offset, countMax) {
      const found = segments.filter(({ upstreamStart }) => upstreamStart >= offset);
      reads.push(Math.min(found.length, countMax));
      return found.slice(0, countMax);
    },
  };
}

const every = (step: number) => Array.from({ length: 2000 / step }, (_, i) => BigInt(i * step));

test('dense offsets are read through in ever larger pages', async () => {
  const { newest, older } = gapRich();
  const closed = counting(older);
  const { translations } = await translateOffsets(
    { newest, closed, direction: 'downstream' },
    every(1),
  );
  assert.deepEqual(closed.reads, [1, 2, 4, 8, 16, 32, 36]);
  const expected = every(1).map((offset) => ({ status: 'exact', offset: offset / 2n }));
  assert.deepEqual(translations, expected);
});

test('offsets far from each other are sought one by one', async () => {
  const { newest, older } = gapRich();
  const closed = counting(older);
  await translateOffsets({ newest, closed, direction: 'downstream' }, [10n, 500n, 1000n, 1500n]);
  assert.deepEqual(closed.reads, [1, 1, 1, 1]);
});

test('offsets of the newest segment need no read, whatever their number', async () => {
  const { newest, older } = gapRich();
  const closed = counting(older);
  const { upstreamStart, upstreamEnd } = newest;
  const offsets = [upstreamStart, upstreamEnd, upstreamEnd + 1n];
  await translateOffsets({ newest, closed, direction: 'downstream' }, offsets);
  assert.deepEqual(closed.reads, []);
});

test('a segment that is missing in the middle of the map is corrupt, never stepped over', async () => {
  const { newest, older } = gapRich();
  const offsets = older.map(({ upstreamStart }) => upstreamStart);
  for (const lost of [1, 50, 98]) {
    const closed = counting(older.toSpliced(lost, 1));
    await assert.rejects(translateOffsets({ newest, closed, direction: 'downstream' }, offsets), {
      code: 'STATE_CORRUPT',
      message: new RegExp(`offset ${offsets[lost]} `),
    });
  }
});
