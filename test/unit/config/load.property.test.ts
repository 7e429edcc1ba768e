import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clusterKeys, flowKeys } from '../../../lib/config/keys.ts';
import { loadConfiguration } from '../../../lib/config/load.ts';
import type { LoadResult } from '../../../lib/config/model.ts';
import { renderProblems } from '../../../lib/config/render.ts';
import { patternFilter } from '../../../lib/policy/pattern-filter.ts';

const key = fc
  .tuple(
    fc.constantFrom('', 'a.', 'b.', 'a->b.', 'b->a.', 'a->c.', 'c.', 'source.', 'a.consumer.'),
    fc.oneof(
      fc.constantFrom('clusters', ...Object.keys(flowKeys), ...Object.keys(clusterKeys)),
      fc.constantFrom('sasl.jaas.config', 'topics.blacklist', '__proto__', 'compression.type'),
      fc.string({ maxLength: 8 }),
    ),
  )
  .map(([prefix, name]) => prefix + name);
const value = fc.oneof(
  fc.constantFrom('true', 'a, b', 'a:1', '3', '"x"', '*.y', '$'.concat('{env:A}'), 'x # y', ''),
  fc.string({ maxLength: 12 }),
);
const properties = fc
  .array(fc.tuple(key, value), { maxLength: 12 })
  .map((lines) => lines.map(([key, value]) => `${key} = ${value}`).join('\n'));
const names = fc.oneof(key, fc.constantFrom('clusters', 'flows', 'a', 'b', 'a->b'));
const { tree } = fc.letrec<{ node: unknown; tree: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    value,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 3 }),
    tie('tree'),
  ),
  tree: fc.dictionary(names, tie('node'), { maxKeys: 5 }),
}));

function load(text: string, format: 'properties' | 'yaml'): LoadResult {
  return loadConfiguration({ text, file: 'x', format, environment: { A: 'a' } });
}

/** Whatever the text: either problems, each complete, or a configuration that can be used. */
function check(text: string, format: 'properties' | 'yaml'): void {
  const { configuration, problems, warnings } = load(text, format);
  assert.equal(configuration === undefined, problems !== undefined);
  for (const { key, found, expected, line } of problems ?? []) {
    assert.ok(key !== '' && found !== '' && expected !== '');
    assert.ok(line === undefined || line >= 1);
  }
  for (const { key, reason } of warnings) assert.ok(key !== '' && reason !== '');
  assert.doesNotMatch(renderProblems(problems ?? [], warnings).replaceAll('\n', ''), /\p{Cc}/u);
  for (const flow of configuration?.flows ?? []) {
    assert.ok(configuration?.clusters.has(flow.source) && configuration.clusters.has(flow.target));
    patternFilter(flow.topics)('x');
  }
}

test('no text crashes it: anything at all', () => {
  fc.assert(fc.property(fc.string(), (text) => check(text, 'properties')));
  fc.assert(fc.property(fc.string(), (text) => check(text, 'yaml')));
});

test('no text crashes it: lines of known and unknown keys', () => {
  fc.assert(
    fc.property(properties, (text) => {
      check(
        `clusters = a, b\na.bootstrap.servers = a:1\nb.bootstrap.servers = b:1\n${text}`,
        'properties',
      );
      check(text, 'properties');
      check(text.replaceAll(' = ', ': '), 'yaml');
    }),
    { numRuns: 500 },
  );
});

test('no text crashes it: trees of known and unknown keys', () => {
  fc.assert(
    fc.property(tree, (node) => check(JSON.stringify(node), 'yaml')),
    { numRuns: 1000 },
  );
});
