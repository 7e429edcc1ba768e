import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffsetSyncStore } from '../../support/offset-sync-store.ts';

/** As read from MirrorMaker 2 4.3.1 itself, the newest first. */
const observed: { reads: number[]; keeps: number[] }[] = [
  { reads: stepping(0, 10, 1), keeps: [10, 9, 8, 4, 0] },
  { reads: stepping(0, 1000, 100), keeps: [1000, 900, 800, 400, 0] },
  { reads: stepping(0, 2000, 100), keeps: [2000, 1900, 1800, 1600, 800, 0] },
  { reads: stepping(0, 1000, 10), keeps: [1000, 990, 960, 900, 840, 720, 480, 0] },
  {
    reads: [...stepping(0, 1000, 10), ...stepping(1000, 10_000, 10)],
    keeps: [10_000, 9990, 9960, 9900, 9840, 9600, 9120, 8640, 7680, 3840, 0],
  },
  { reads: [0, 100, 200, 300, 350, 351, 352], keeps: [352, 351, 350, 300, 200, 0] },
  { reads: [0, 100, 200, 300, 350, 351, 352, 1000], keeps: [1000, 0] },
  { reads: [...stepping(0, 10_000, 10), 1500], keeps: [1500] },
];

for (const { reads, keeps } of observed) {
  test(`after ${reads.length} syncs up to ${reads.at(-1)} it keeps ${keeps.length}`, () => {
    const kept = read(reads).kept();
    assert.deepEqual(
      kept.map(({ upstreamOffset }) => Number(upstreamOffset)),
      keeps,
    );
  });
}

test('it translates to the record of a sync, or to the one after it, or not', () => {
  const store = read([100, 200, 300]);
  assert.equal(store.translate(99n), undefined);
  assert.deepEqual(
    [100n, 101n, 300n, 999n].map((offset) => store.translate(offset)),
    [50n, 51n, 150n, 151n],
  );
});

function read(upstreamOffsets: readonly number[]): OffsetSyncStore {
  const store = new OffsetSyncStore();
  for (const offset of upstreamOffsets) {
    store.read({ upstreamOffset: BigInt(offset), downstreamOffset: BigInt(offset) / 2n });
  }
  return store;
}

function stepping(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step);
}
