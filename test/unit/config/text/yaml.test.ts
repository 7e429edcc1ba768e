import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from '../../../../lib/config/text/yaml.ts';

const read = (text: string) => {
  const { entries, problems } = parseYaml(text);
  assert.deepEqual(problems, []);
  return entries.map(({ key, value, line }) => [key, value, line]);
};

test('nested and dotted keys are the same keys', () => {
  const dotted = read('flows:\n  a->b:\n    replication.factor: 3\n    topics.exclude: x');
  const nested = read('flows:\n  a->b:\n    replication: { factor: 3 }\n    topics: {exclude: x}');
  assert.deepEqual(
    nested.map(([key, value]) => [key, value]),
    dotted.map(([key, value]) => [key, value]),
  );
  assert.deepEqual(dotted[0], ['a->b.replication.factor', '3', 3]);
});

test('the keys under clusters are the aliases, dots and all', () => {
  assert.deepEqual(read('clusters:\n  us.east:\n    bootstrap.servers: a:1\n  west:'), [
    ['clusters', 'us.east,west', 1],
    ['us.east.bootstrap.servers', 'a:1', 3],
  ]);
  assert.deepEqual(read('clusters: [a, b]\na.bootstrap.servers: x:1'), [
    ['clusters', 'a,b', 1],
    ['a.bootstrap.servers', 'x:1', 2],
  ]);
});

test('a flow that is listed is enabled unless it or the top level says otherwise', () => {
  assert.deepEqual(read('flows:\n  a -> b:'), [['a->b.enabled', 'true', 2]]);
  assert.deepEqual(read('flows:\n  a->b: { enabled: false }'), [['a->b.enabled', 'false', 2]]);
  assert.deepEqual(read('flows:\n  a->b:\nenabled: false'), [['enabled', 'false', 3]]);
});

test('a list keeps commas inside its elements', () => {
  const [entry] = parseYaml("topics: ['a{1,3}', b]").entries;
  assert.deepEqual(entry?.items, ['a{1,3}', 'b']);
});

test('scalars are read as they are written', () => {
  assert.deepEqual(read('a: 1.10\nb: true\nc: 0x10\nd: "x # y"'), [
    ['a', '1.10', 1],
    ['b', 'true', 2],
    ['c', '0x10', 3],
    ['d', 'x # y', 4],
  ]);
});

test('an anchor may be used again, but not inside itself', () => {
  assert.deepEqual(read('a: &x [p, q]\nb: *x').slice(1), [['b', 'p,q', 2]]);
  assert.equal(parseYaml('a: &x { b: *x }').problems.length, 1);
});

test('what is no configuration is a problem with its line', () => {
  for (const [text, line] of [
    ['a: [b', 1],
    ['- a', 1],
    ['a: 1\n---\nb: 2', 2],
    ['a: 1\nb: [{ c: d }]', 2],
    ['a:', 1],
    ['flows: all', 1],
    ['? [a]\n: b', 1],
  ] as const) {
    assert.equal(parseYaml(text).problems[0]?.line, line, text);
  }
});

test('a problem of the syntax repeats nothing of the text', () => {
  const { problems } = parseYaml('password: "hunter2\\q"');
  assert.equal(problems.length, 1);
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});
