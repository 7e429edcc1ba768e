import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMirrorlessError } from '../../../lib/errors.ts';
import { patternFilter } from '../../../lib/policy/pattern-filter.ts';

const defaults = {
  include: ['.*'],
  exclude: ['mm2.*\\.internal', '.*\\.replica', '__.*'],
};

test('the default topic lists take and refuse what they do in MirrorMaker 2', () => {
  const filter = patternFilter(defaults);
  for (const topic of ['x', 'x.internal', 'x-internal', 'a.checkpoints.internal']) {
    assert.equal(filter(topic), true, topic);
  }
  for (const topic of ['mm2-x.internal', 'mm2.internal', 'x.replica', '__c']) {
    assert.equal(filter(topic), false, topic);
  }
});

test('the whole name must match', () => {
  const filter = patternFilter({ include: ['topic1', 'a|b', '^test-topic-.*'], exclude: [] });
  const names = ['topic1', 'topic12', 'xtopic1', 'a', 'b', 'ab', 'test-topic-7'];
  assert.deepEqual(names.filter(filter), ['topic1', 'a', 'b', 'test-topic-7']);
});

test('an empty list matches nothing', () => {
  assert.equal(patternFilter({ include: [], exclude: [] })('a'), false);
  assert.equal(patternFilter({ include: ['a'], exclude: [] })('a'), true);
});

test('a group or a flag may reach over the elements of a list', () => {
  assert.equal(patternFilter({ include: ['(orders', 'items)-eu'], exclude: [] })('items-eu'), true);
  assert.equal(patternFilter({ include: ['(?i)orders', 'items'], exclude: [] })('ITEMS'), true);
});

test('a pattern that cannot be translated is an error of the configuration', () => {
  assert.throws(
    () => patternFilter({ include: ['a++'], exclude: [] }),
    (error) => isMirrorlessError(error) && error.code === 'CONFIGURATION_INVALID',
  );
});
