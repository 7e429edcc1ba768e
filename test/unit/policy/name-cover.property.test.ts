import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { translateJavaRegex } from '../../../lib/policy/java-regex.ts';
import { coverNames, covers } from '../../../lib/policy/name-cover.ts';
import { patternFilter } from '../../../lib/policy/pattern-filter.ts';

/** Few letters, so that patterns match names often. */
const pieces = ['a', 'b', '\\.', '\\-', '.', '|', '*', '?', '+', '{2}', '(', ')', '[ab]', '[^]|]'];
const rare = ['(?i)', '(?:', '\\Qa', '\\E', '^', '$', '\\d', '(?=a)', '.*'];
const pattern = fc
  .array(fc.constantFrom(...pieces, ...rare), { minLength: 1, maxLength: 7 })
  .map((some) => some.join(''));
const patterns = fc
  .array(pattern, { minLength: 1, maxLength: 3 })
  .filter((some) => translateJavaRegex(some.join('|')).problem === undefined);
const name = fc
  .array(fc.constantFrom('a', 'b', 'A', 'B', '.', '-', '1'), { minLength: 1, maxLength: 6 })
  .map((letters) => letters.join(''));

it('covers every name that the patterns take', () => {
  let taken = 0;
  const property = fc.property(patterns, fc.array(name, { maxLength: 30 }), (include, names) => {
    const takes = patternFilter({ include, exclude: [] });
    const allowed = coverNames(include);
    for (const each of names.filter(takes)) {
      taken += 1;
      const isCovered = allowed.some((one) => covers(one, { pattern: 'LITERAL', name: each }));
      assert.ok(isCovered, `${include} takes ${each}, but only ${JSON.stringify(allowed)}`);
    }
  });
  fc.assert(property, { numRuns: 10_000 });
  assert.ok(taken > 1000, `only ${taken} names were taken`);
});
