import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SampledSync } from '../../../lib/state/ports.ts';
import { addSync, keptSyncs } from '../../../lib/takeover/sync-history.ts';

function historyOf(...pairs: [up: number, down: number][]): SampledSync[] {
  const history: SampledSync[] = [];
  for (const [up, down] of pairs) {
    addSync(history, { upstreamOffset: BigInt(up), downstreamOffset: BigInt(down) });
  }
  return history;
}

const beyond = { upstream: 10n ** 12n, downstream: 10n ** 12n };

test('a rewind on either side forgets what was told before it', () => {
  assert.equal(historyOf([0, 0], [100, 90], [200, 190]).length, 3);
  assert.deepEqual(
    historyOf([0, 0], [100, 90], [50, 110], [150, 200]),
    historyOf([50, 110], [150, 200]),
  );
  assert.deepEqual(historyOf([0, 0], [100, 90], [101, 3]), historyOf([101, 3]));
  assert.deepEqual(historyOf([0, 0], [100, 90], [100, 95]), historyOf([100, 95]));
});

test('only what lies before the map on both sides is kept', () => {
  const history = historyOf([0, 0], [100, 90], [200, 190]);
  assert.equal(keptSyncs(history, { upstream: 200n, downstream: 500n }).length, 2);
  assert.equal(keptSyncs(history, { upstream: 500n, downstream: 90n }).length, 1);
  assert.deepEqual(keptSyncs([], beyond), []);
});

test('of many, neighbours stay near by their distance from the newest', () => {
  const history = historyOf(
    ...Array.from({ length: 100_000 }, (_, index): [number, number] => [index * 101, index * 101]),
  );
  const kept = keptSyncs(history, beyond);
  assert.ok(kept.length < 1000, `${kept.length} are kept`);
  assert.deepEqual([kept[0], kept.at(-1)], [history[0], history.at(-1)]);
  const newest = kept.at(-1)!.upstreamOffset;
  for (const [index, { upstreamOffset }] of kept.slice(0, -1).entries()) {
    const next = kept[index + 1]!.upstreamOffset;
    const allowed = (newest - next) / 64n;
    const distance = next - upstreamOffset;
    assert.ok(distance <= (allowed > 101n ? allowed : 101n), `${distance} at ${upstreamOffset}`);
  }
});
