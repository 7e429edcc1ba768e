import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { translateJavaRegex } from '../../../lib/policy/java-regex.ts';

const file = new URL('../../fixtures/config/java-regex-vectors.json', import.meta.url);
const vectors: { names: string[]; patterns: [string, string[] | null][] } = JSON.parse(
  readFileSync(file, 'utf8'),
);

/** What Java accepts and JavaScript cannot express, or not without being misread. */
const unsupported = [
  ['a++', /possessive/],
  ['(?>a)', /atomic/],
  ['(a)\\1', /`\\1`/],
  ['(?x)a b', /flag `x`/],
  ['[a-c&&[b]]', /class inside a class/],
  ['[a[b]]', /class inside a class/],
] as const;

test('a translated pattern matches the names that Java matches', () => {
  const refused = new Set<string>(unsupported.map(([pattern]) => pattern));
  for (const [pattern, expected] of vectors.patterns) {
    if (expected === null || refused.has(pattern)) continue;
    const { regex, problem } = translateJavaRegex(pattern);
    assert.equal(problem, undefined, pattern);
    const matched = vectors.names.filter((name) => regex?.test(name));
    assert.deepEqual(matched, expected, pattern);
  }
});

test('a pattern that Java refuses is a problem', () => {
  const refused = vectors.patterns.filter(([, expected]) => expected === null);
  assert.ok(refused.length > 5);
  for (const [pattern] of refused) {
    assert.notEqual(translateJavaRegex(pattern).problem, undefined, pattern);
  }
});

test('what JavaScript cannot express is a problem that says what', () => {
  for (const [pattern, reason] of unsupported) {
    assert.match(translateJavaRegex(pattern).problem ?? '', reason, pattern);
  }
});
