import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from '../../../../lib/config/load.ts';
import { loadLines, problems, warnings } from '../loaded.ts';

const enabled = 'a->b.enabled = true\n';
const identity = 'replication.policy.class = IdentityReplicationPolicy\n';

const yaml = (flows: string, top = '') =>
  loadConfiguration({
    text: `
clusters:
  a: { bootstrap.servers: 'a:1' }
  b: { bootstrap.servers: 'b:1' }
  a-b: { bootstrap.servers: 'c:1' }
  b-a: { bootstrap.servers: 'd:1' }
flows:
${flows}
${top}`,
    file: 'mirrorless.yaml',
    environment: {},
  });

test('fewer than two clusters, and unknown or circular flows, are problems', () => {
  assert.deepEqual(problems(loadLines('clusters = a')).slice(0, 1), [
    '4 clusters: "a" / the aliases of at least two clusters',
  ]);
  assert.deepEqual(problems(loadLines('clusters = a, b c')), [
    '4 clusters: "b c" / cluster alias of letters, digits, `.`, `_` and `-`',
  ]);
  const lines = 'a->a.enabled = true\nb->x.enabled = true\nb->x.topics = y';
  assert.deepEqual(problems(loadLines(lines)), [
    '4 a->a: "a->a" / a flow between two of a, b',
    '5 b->x: "b->x" / a flow between two of a, b',
  ]);
});

test('nothing enabled, and settings of a flow that is not, are warnings', () => {
  assert.match(warnings(loadLines('topics = x'))[0] ?? '', /^1 clusters: no flow is enabled/);
  const result = loadLines(`${enabled}b->a.topics = x`);
  assert.deepEqual(warnings(result), ['5 b->a.topics: no effect while `b->a.enabled` is not true']);
  assert.deepEqual(warnings(loadLines(`${enabled}b->a.topics = x\nb->a.enabled = false`)), []);
});

test('another alias than the one in clusters is a problem, the same one is not', () => {
  assert.deepEqual(problems(loadLines(`${enabled}a->b.source.cluster.alias = x`)), [
    '5 a->b.source.cluster.alias: "x" / a, the alias in `clusters`',
  ]);
  assert.deepEqual(problems(loadLines(`${enabled}a->b.target.cluster.alias = b`)), []);
});

test('without offset syncs, which nothing needs, their other settings are warnings', () => {
  const lines = 'emit.offset-syncs.enabled = false\noffset.lag.max = 7\n';
  const result = loadLines(`${enabled}${lines}a->b.offset-syncs.topic.location = target`);
  assert.deepEqual(warnings(result), [
    '6 offset.lag.max: no effect: a->b has `emit.offset-syncs.enabled` false',
    '7 a->b.offset-syncs.topic.location: no effect: a->b has `emit.offset-syncs.enabled` false',
  ]);
  assert.equal(result.problems, undefined);
  assert.deepEqual(warnings(loadLines(`${enabled}offset.lag.max = 7`)), []);
});

test('an alias that holds the separator is a warning', () => {
  const text = `clusters = us.east, b\nus.east.bootstrap.servers = a:1\nb.bootstrap.servers = b:1
us.east->b.enabled = true\n`;
  const load = (more: string) =>
    loadConfiguration({ text: text + more, file: 'x.properties', environment: {} });
  assert.match(warnings(load(''))[0] ?? '', /^1 clusters: the alias us\.east contains/);
  assert.deepEqual(warnings(load('replication.policy.separator = _')), []);
  assert.deepEqual(warnings(load(identity)), []);
});

test('the flag for internal names does nothing without a separator', () => {
  const flag = 'replication.policy.internal.topic.separator.enabled = false\n';
  assert.match(warnings(loadLines(enabled + flag))[0] ?? '', /MM2 looks at it only where/);
  assert.deepEqual(warnings(loadLines(`${enabled}${flag}replication.policy.separator = _`)), []);
});

test('kept names and a loop of clusters go together by the header alone', () => {
  const both = `${enabled}b->a.enabled = true\n${identity}`;
  assert.deepEqual(warnings(loadLines(both)), []);
  const off = loadLines(`${both}provenance.header.enabled = false`);
  assert.equal(warnings(off).filter((line) => line.includes('for ever')).length, 2);
  assert.deepEqual(warnings(loadLines(enabled + identity)), []);
  const renamed = loadLines(`${enabled}a->b.provenance.header.enabled = true`);
  assert.match(warnings(renamed)[0] ?? '', /^5 a->b\.provenance.*: no effect: a->b renames/);
  const mixed = loadLines(`${enabled}b->a.enabled = true\na->b.${identity}`);
  assert.match(warnings(mixed)[0] ?? '', /a->b keeps names and b->a does not/);
  const same = loadLines(`${enabled}${identity}b.bootstrap.servers = a:9092`);
  assert.deepEqual(problems(same), [
    '5 replication.policy.class: "a:9092" in both clusters of a->b / two different clusters where topics keep their names',
  ]);
});

test('flows never share a state table, not even by their default names', () => {
  assert.deepEqual(problems(yaml("  'a->b-a':\n  'a-b->a':")), [
    'undefined a-b->a.state.table: "mirrorless-a-b-a", the table of a->b-a / a table of its own for every flow',
  ]);
  assert.deepEqual(problems(yaml("  'a->b-a':\n  'a-b->a': { state.table: other }")), []);
});

test('a timestamp and its starting position belong together', () => {
  assert.deepEqual(problems(yaml('  a->b: { starting.position: timestamp }')), [
    'undefined a->b.starting.position.timestamp: nothing / a timestamp such as 2030-01-31T12:00:00Z',
  ]);
  const alone = yaml("  a->b: { starting.position.timestamp: '2030-01-31T12:00:00+02:00' }");
  assert.match(warnings(alone)[0] ?? '', /no effect unless `starting\.position` is `timestamp`/);
  const wrong = yaml('  a->b: { starting: { position: timestamp, position.timestamp: soon } }');
  assert.match(problems(wrong)[0] ?? '', /"soon" \/ a timestamp such as/);
});

test('pollers: either bound turns provisioned mode on, and they must not cross', () => {
  const pollers = (flow: string) => yaml(flow).configuration?.flows[0]?.mapping.pollers;
  assert.equal(pollers('  a->b:'), undefined);
  assert.deepEqual(pollers('  a->b: { pollers.minimum: 3 }'), { minimum: 3, maximum: 200 });
  assert.deepEqual(pollers('  a->b: { pollers.maximum: 3 }'), { minimum: 1, maximum: 3 });
  assert.equal(problems(yaml('  a->b: { pollers: { minimum: 3, maximum: 2 } }')).length, 1);
});
