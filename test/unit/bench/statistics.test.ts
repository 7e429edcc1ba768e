import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile, rounded } from '../../bench/statistics.ts';

test('the median is the value in the middle, whatever the order', () => {
  assert.equal(median([3, 100, 1]), 3);
  assert.equal(median([4, 1, 3, 100]), 3.5);
  assert.equal(median([7]), 7);
});

test('numbers are ordered as numbers', () => {
  assert.equal(median([10, 9, 100]), 10);
  assert.equal(median([-1, -10, 2]), -1);
});

test('a percentile is a measured value, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 50), 50);
  assert.equal(percentile(hundred, 99), 99);
  assert.equal(percentile(hundred, 99.1), 100);
  assert.equal(percentile(hundred, 100), 100);
  assert.equal(percentile([15, 20, 35, 40, 50], 30), 20);
  assert.equal(percentile([8], 1), 8);
});

test('what was given is left as it was', () => {
  const values = [3, 1, 2];
  median(values);
  percentile(values, 50);
  assert.deepEqual(values, [3, 1, 2]);
});

test('no measurement is an error, not a number', () => {
  assert.throws(() => median([]), /nothing was measured/);
  assert.throws(() => percentile([], 50), /nothing was measured/);
  assert.throws(() => percentile([1], 0), /no percentile 0/);
  assert.throws(() => percentile([1], Number.NaN), /no percentile NaN/);
});

test('measurements are rounded for reports', () => {
  assert.equal(rounded(2.345, 1), 2.3);
  assert.equal(rounded(49_700.4, 0), 49_700);
});
