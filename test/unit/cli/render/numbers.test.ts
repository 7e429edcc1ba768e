import assert from 'node:assert/strict';
import { it } from 'node:test';
import { counted, formatCount, formatDuration } from '../../../../lib/cli/render/numbers.ts';

it('writes counts with separators', () => {
  const written = [0, 7, 999, 1000, 12345.6, 1234567].map((value) => formatCount(value));
  assert.deepEqual(written, ['0', '7', '999', '1,000', '12,346', '1,234,567']);
});

it('writes counts of any size', () => {
  assert.equal(formatCount(2n ** 63n - 1n), '9,223,372,036,854,775,807');
  assert.deepEqual(
    [counted(0, 'group'), counted(1, 'group'), counted(1000n, 'group')],
    ['0 groups', '1 group', '1,000 groups'],
  );
});

it('writes durations in the unit that fits', () => {
  const written = [0, 999, 1234, 59_900, 75_000, 3_600_000, 5_400_000, 30 * 86_400_000].map(
    formatDuration,
  );
  assert.deepEqual(written, [
    '0 ms',
    '999 ms',
    '1.2 s',
    '59.9 s',
    '1 min 15 s',
    '1 h 0 min',
    '1 h 30 min',
    '30 days',
  ]);
});
