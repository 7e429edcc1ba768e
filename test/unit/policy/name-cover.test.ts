import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coverNames } from '../../../lib/policy/name-cover.ts';

function covered(...patterns: string[]): string[] {
  return coverNames(patterns).map(
    ({ pattern, name, note }) => `${pattern} ${name}${note === undefined ? '' : ' !'}`,
  );
}

describe('the names that an ACL must cover', () => {
  it('are names where the patterns are', () => {
    assert.deepEqual(covered('orders', 'payments\\.eu', '^invoices$'), [
      'LITERAL orders',
      'LITERAL payments.eu',
      'LITERAL invoices',
    ]);
    assert.deepEqual(covered('orders|payments'), ['LITERAL orders', 'LITERAL payments']);
  });

  it('are prefixes where every match begins with the same letters', () => {
    assert.deepEqual(covered('payments.*'), ['PREFIXED payments']);
    assert.deepEqual(covered('payments-[0-9]+'), ['PREFIXED payments- !']);
    assert.deepEqual(covered('paid(in|out)'), ['PREFIXED paid !']);
    assert.deepEqual(covered('ab+c', 'xy?z'), ['PREFIXED ab !', 'PREFIXED x !']);
  });

  it('say how to write a name that has a dot', () => {
    const [cover] = coverNames(['payments.eu']);
    assert.deepEqual(cover, {
      pattern: 'PREFIXED',
      name: 'payments',
      note: 'the dot in `payments.eu` is any character; a name would be `payments\\.eu`',
    });
  });

  it('are all where nothing is known of the first letter, and say why', () => {
    assert.deepEqual(covered('.*'), ['LITERAL *']);
    for (const pattern of ['.*-eu', '(a|b)', 'a*', '[ab].*', '(?i)orders', '\\Qa\\E', 'a?|b']) {
      assert.deepEqual(covered(pattern), ['LITERAL * !'], pattern);
    }
    assert.deepEqual(covered('(a', 'b)'), ['LITERAL * !']);
    assert.deepEqual(covered('ab(?i)', 'c'), ['LITERAL * !']);
  });

  it('are none where no name matches, and none twice', () => {
    assert.deepEqual(covered(), []);
    assert.deepEqual(covered('orders', 'ord.*', 'orders', 'ord.*'), ['PREFIXED ord']);
    assert.deepEqual(covered('orders', '.*'), ['LITERAL *']);
  });
});
