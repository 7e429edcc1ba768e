import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { translateJavaRegex } from '../../../lib/policy/java-regex.ts';
import { patternFilter } from '../../../lib/policy/pattern-filter.ts';

/** A pattern as the parts it is written from; `matches` is the brute-force model of it. */
type Part = { kind: 'text'; text: string } | { kind: 'any' } | { kind: 'one' };

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: fc.stringMatching(/^[ab._-]{1,3}$/) }),
  fc.constant({ kind: 'any' as const }),
  fc.constant({ kind: 'one' as const }),
);
const list = fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { maxLength: 4 });

function written(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text.replaceAll('.', '\\.');
      return part.kind === 'any' ? '.*' : '.';
    })
    .join('');
}

function matches([first, ...rest]: readonly Part[], name: string): boolean {
  if (first === undefined) return name === '';
  if (first.kind === 'text') {
    return name.startsWith(first.text) && matches(rest, name.slice(first.text.length));
  }
  if (first.kind === 'one') return name !== '' && matches(rest, name.slice(1));
  return Array.from({ length: name.length + 1 }).some((_, at) => matches(rest, name.slice(at)));
}

test('include and exclude agree with a brute-force matcher; exclude wins', () => {
  fc.assert(
    fc.property(list, list, fc.stringMatching(/^[ab._-]{0,6}$/), (include, exclude, name) => {
      const filter = patternFilter({
        include: include.map(written),
        exclude: exclude.map(written),
      });
      const some = (patterns: Part[][]) => patterns.some((pattern) => matches(pattern, name));
      assert.equal(filter(name), some(include) && !some(exclude));
    }),
    { numRuns: 2000 },
  );
});

test('any text is either translated or a problem', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^[\\()[\]{}?*+|^$a-dQEp0-9&-]*$/)),
      (text) => {
        const { regex, problem } = translateJavaRegex(text);
        assert.equal(regex === undefined, problem !== undefined);
      },
    ),
    { numRuns: 5000 },
  );
});

test('quoted text matches itself and nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      fc.pre(!text.includes('\\E'));
      const { regex } = translateJavaRegex(`\\Q${text}\\E`);
      assert.equal(regex?.test(text), true);
      assert.equal(regex?.test(other), other === text);
    }),
  );
});
