import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapBounded } from '../../lib/bounded.ts';

test('results are in order of the values, whatever ends first', async () => {
  const results = await mapBounded([30, 1, 10, 0], 2, async (delayMs, index) => {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return index;
  });
  assert.deepEqual(results, [0, 1, 2, 3]);
});

test('no more than allowed are under way, and none is left out', async () => {
  for (const [count, concurrencyMax, expected] of [
    [0, 3, 0],
    [2, 3, 2],
    [50, 3, 3],
  ] as const) {
    let underway = 0;
    let most = 0;
    const done = await mapBounded(Array.from({ length: count }), concurrencyMax, async () => {
      most = Math.max(most, ++underway);
      await new Promise((resolve) => setImmediate(resolve));
      underway -= 1;
      return 1;
    });
    assert.deepEqual([done.length, most], [count, expected]);
  }
});

test('the first failure is thrown', async () => {
  const failing = mapBounded([1, 2, 3], 2, async (value) => {
    if (value === 2) throw new Error('two');
    return value;
  });
  await assert.rejects(failing, /two/);
});
