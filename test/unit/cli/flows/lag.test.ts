import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hold, isWithin, type LagLimits } from '../../../../lib/cli/flows/lag-gate.ts';
import { type LagSum, lagOf, totalLag } from '../../../../lib/cli/flows/lag-sum.ts';
import { behind, surveyed } from './surveyed.ts';

test('partitions are summed, and the oldest record is that of all', () => {
  assert.deepEqual(lagOf([behind(0, 5n, 100), behind(1, 7n, 900), behind(2, 0n, 0)]), {
    records: 12n,
    timeMs: 900,
    knownCount: 3,
    unknownCount: 0,
  });
  const partly = lagOf([behind(0, 5n, 100), behind(1)]);
  assert.deepEqual(partly, { records: 5n, knownCount: 1, unknownCount: 1 });
  assert.equal(
    'timeMs' in lagOf([behind(0, 5n, 100), { ...behind(1, 2n), lag: { records: 2n } }]),
    false,
  );
});

test('what is gone from the source is no lag, and what nobody tells of is unknown', () => {
  const gone = surveyed('gone', { isOnSource: false, partitions: [behind(0)] });
  const hidden = surveyed('hidden', { isOnSource: undefined, partitions: [] });
  const known = surveyed('known', { partitions: [behind(0, 3n, 50)] });
  assert.deepEqual(totalLag([gone, known]), {
    records: 3n,
    timeMs: 50,
    knownCount: 1,
    unknownCount: 0,
  });
  assert.deepEqual(totalLag([known, hidden]), { records: 3n, knownCount: 1, unknownCount: 1 });
});

test('a lag passes only where all of it is known and within every limit', () => {
  const lag: LagSum = { records: 10n, timeMs: 500, knownCount: 2, unknownCount: 0 };
  const { timeMs: _, ...untimed } = lag;
  const table: [LagSum, LagLimits, boolean][] = [
    [lag, { maxRecords: 10 }, true],
    [lag, { maxRecords: 9 }, false],
    [lag, { maxMs: 500 }, true],
    [lag, { maxMs: 499 }, false],
    [lag, { maxRecords: 10, maxMs: 499 }, false],
    [{ ...lag, unknownCount: 1 }, { maxRecords: 10 }, false],
    [untimed, { maxRecords: 10 }, true],
    [untimed, { maxMs: 1000 }, false],
    [{ records: 0n, timeMs: 0, knownCount: 0, unknownCount: 0 }, { maxRecords: 10 }, false],
  ];
  for (const [one, limits, expected] of table) assert.equal(isWithin(one, limits), expected);
});

test('a hold begins anew after every look that did not pass', () => {
  const hold = new Hold();
  const looks = [
    [false, 1000, undefined],
    [true, 2000, 0],
    [true, 5000, 3000],
    [false, 6000, undefined],
    [true, 7000, 0],
    [true, 9000, 2000],
  ] as const;
  for (const [isHeld, nowMs, expected] of looks) assert.equal(hold.hold(isHeld, nowMs), expected);
});
