import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMoreRecent, planGroup } from '../../../lib/checkpoint/recent.ts';
import type { GroupCheckpoints } from '../../../lib/state/ports.ts';
import { ahead, beforeMap, exact, groupAt, noMap, sampled, truncated } from './positions.ts';

const nowMs = 1_800_000_000_000;

test('more recent is the first, a rewound, or a further one: MM2’s rule', () => {
  const offsets = (upstreamOffset: bigint, downstreamOffset: bigint) => {
    return { upstreamOffset, downstreamOffset };
  };
  const previous = offsets(10n, 5n);
  const cases: [bigint, bigint, boolean][] = [
    [10n, 5n, false],
    [11n, 5n, false],
    [11n, 6n, true],
    [10n, 6n, true],
    [11n, 4n, false],
    [10n, 4n, false],
    [9n, 4n, true],
    [9n, 5n, true],
    [9n, 6n, true],
  ];
  for (const [upstream, downstream, expected] of cases) {
    const found = isMoreRecent(offsets(upstream, downstream), previous);
    assert.equal(found, expected, `${upstream} → ${downstream}`);
  }
  assert.equal(isMoreRecent(previous, undefined), true);
});

test('positions without an offset are refused, and hide no other', () => {
  const group = groupAt('readers', [beforeMap, exact(40n), noMap, ahead(50n), truncated]);
  const plan = planGroup(group, {}, nowMs);
  assert.deepEqual(
    plan.publish.map(({ position, downstreamOffset }) => [position.partition, downstreamOffset]),
    [
      [1, 40n],
      [3, 50n],
    ],
  );
  assert.deepEqual(
    plan.refused.map(({ partition }) => partition),
    [0, 2, 4],
  );
  assert.equal(plan.stored?.publishedAtMs, nowMs);
  assert.deepEqual(
    plan.stored?.checkpoints.map(({ partition, exactness }) => [partition, exactness]),
    [
      [1, 'exact'],
      [3, 'ahead'],
    ],
  );
});

test('what is stored already is not written again; what became exact is stored only', () => {
  const stored = storedAfter([exact(40n), ahead(50n)]);
  const same = planGroup(groupAt('readers', [exact(40n), ahead(50n)]), { stored }, nowMs);
  assert.deepEqual([same.publish, same.repeatedCount, same.stored], [[], 2, undefined]);
  const proved = planGroup(groupAt('readers', [exact(40n), exact(50n)]), { stored }, nowMs);
  assert.deepEqual([proved.publish, proved.repeatedCount], [[], 2]);
  assert.deepEqual(
    proved.stored?.checkpoints.map(({ exactness }) => exactness),
    ['exact', 'exact'],
  );
});

test('a sampled position is published as one', () => {
  const stored = storedAfter([sampled(40n)]);
  assert.deepEqual(
    stored.checkpoints.map(({ exactness, downstreamOffset }) => [exactness, downstreamOffset]),
    [['sampled', 40n]],
  );
});

test('a partition that has no position any more keeps its checkpoint', () => {
  const stored = storedAfter([exact(40n), exact(50n)]);
  const plan = planGroup(groupAt('readers', [exact(41n)]), { stored }, nowMs);
  assert.deepEqual(
    plan.stored?.checkpoints.map(({ downstreamOffset }) => downstreamOffset),
    [41n, 50n],
  );
});

test('a group that came back is stored as one that is not gone', () => {
  const stored = { ...storedAfter([exact(40n)]), goneSinceMs: 1 };
  const plan = planGroup(groupAt('readers', [exact(40n)]), { stored }, nowMs);
  assert.deepEqual(plan.publish, []);
  assert.ok(plan.stored !== undefined && !('goneSinceMs' in plan.stored));
});

test('what others published counts where nothing is stored, and is then stored', () => {
  const found = () => ({ upstreamOffset: 500n, downstreamOffset: 45n });
  const plan = planGroup(groupAt('readers', [exact(40n), exact(50n)]), { found }, nowMs);
  assert.deepEqual(
    plan.publish.map(({ downstreamOffset }) => downstreamOffset),
    [50n],
  );
  assert.deepEqual(
    plan.stored?.checkpoints.map(({ downstreamOffset }) => downstreamOffset),
    [45n, 50n],
  );
});

test('a group of which nothing can be published is known to the store all the same', () => {
  const plan = planGroup(groupAt('readers', [noMap]), {}, nowMs);
  assert.deepEqual(plan.stored, { group: 'readers', publishedAtMs: nowMs, checkpoints: [] });
});

function storedAfter(downstream: Parameters<typeof groupAt>[1]): GroupCheckpoints {
  const { stored } = planGroup(groupAt('readers', downstream), {}, nowMs - 1);
  assert.ok(stored);
  return stored;
}
