import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderProblems } from '../../../lib/config/render.ts';
import { loadLines } from './loaded.ts';

test('problems and warnings are aligned, with place, key, found and expected', () => {
  const result = loadLines('a->b.enabled = yes\nreplication.factor = x\nfoo = bar');
  assert.equal(
    renderProblems(result.problems ?? [], result.warnings),
    `2 problems:
  mm2.properties:4  a->b.enabled        found     "yes"
                                        expected  true or false
  mm2.properties:5  replication.factor  found     "x"
                                        expected  whole number, 1 to 32767, or -1 for the cluster’s default
1 warning:
  mm2.properties:6  foo                 not a known key
`,
  );
});

test('nothing to say is no text', () => {
  assert.equal(renderProblems([], []), '');
});

test('a value cannot send control characters to the terminal', () => {
  const result = loadLines('replication.factor = \u001b[31m\u009b31mred\na\u001b[31m = 1');
  const text = renderProblems(result.problems ?? [], result.warnings);
  assert.match(text, /red/);
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
});
