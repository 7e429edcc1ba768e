import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowOf, loaded, loadLines, problems, warnings } from './loaded.ts';

const enabled = 'a->b.enabled = true\n';

/** Loads one more line, which is line 5, and tells what was said about it. */
function said(line: string): { problems: string[]; warnings: string[] } {
  const result = loadLines(enabled + line);
  return { problems: problems(result), warnings: warnings(result) };
}

test('numbers and words outside their range are problems', () => {
  for (const [line, problem] of [
    ['replication.factor = 0', /"0" \/ whole number, 1 to 32767, or -1/],
    ['replication.factor = 1.5', /"1.5" \/ whole/],
    ['replication.factor =', /nothing \/ whole/],
    ['b.producer.request.timeout.ms = 0', /"0" \/ whole number from 1/],
    ['b.producer.compression.type = GZIP', /"GZIP" \/ none, gzip, snappy, lz4 or zstd/],
    ['heartbeats.replication.enabled = 1', /"1" \/ true or false/],
    ['replication.policy.separator = /', /"\/" \/ letters/],
    ['replication.policy.separator =', /nothing \/ letters/],
    ['topic.filter.class = com.example.Filter', /"com.example.Filter" \/ DefaultTopicFilter/],
    ['transforms = rename', /"rename" \/ nothing: records are copied unchanged/],
    ['a.consumer.auto.offset.reset = none', /"none" \/ earliest or latest/],
  ] as const) {
    const found = said(line).problems;
    assert.equal(found.length, 1, line);
    assert.match(found[0] ?? '', problem, line);
  }
});

test('numbers and words are read as Kafka reads them', () => {
  const flow = flowOf(
    loadLines(
      [
        'a->b.enabled = True',
        'replication.factor = +3',
        'replication.policy.class = org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
        'topic.filter.class = org.apache.kafka.connect.mirror.DefaultTopicFilter',
      ].join('\n'),
    ),
  );
  assert.equal(flow.enabled, true);
  assert.equal(flow.remoteTopics.replicationFactor, 3);
  assert.equal(flow.replicationPolicy.class, 'IdentityReplicationPolicy');
});

test('servers are host:port, several forms of them', () => {
  const text =
    'clusters = a, b\na.bootstrap.servers = PLAINTEXT://h:1, [::1]:65535\nb.bootstrap.servers = b:1\n';
  const { clusters } = loaded(loadLines(text));
  assert.deepEqual(clusters.get('a')?.bootstrapServers, ['h:1', '[::1]:65535']);
  for (const server of ['h', 'h:', 'h:0', 'h:65536', 'h:x', ':1', 'h i:1']) {
    assert.equal(problems(loadLines(`a.bootstrap.servers = ok:1, ${server}`)).length, 1, server);
  }
});

test('lists are split at commas and trimmed; blank is empty; an empty element is a problem', () => {
  assert.deepEqual(flowOf(loadLines(`${enabled}topics = x ,  y`)).topics.include, ['x', 'y']);
  assert.deepEqual(flowOf(loadLines(`${enabled}topics =`)).topics.include, []);
  assert.deepEqual(said('topics = x,,y').problems, ['5 topics: nothing / no empty element']);
  assert.deepEqual(said('topics = x,').problems, ['5 topics: nothing / no empty element']);
});

test('an element given twice counts once, with a warning', () => {
  assert.deepEqual(said('topics = x, y, x').warnings, [
    '5 topics: x is given more than once; counted once',
  ]);
});

test('quotes around a value or its elements are removed with a warning', () => {
  for (const line of ['topics = "x,y"', 'topics = "x","y"', "topics = 'x', y"]) {
    const result = loadLines(enabled + line);
    assert.deepEqual(flowOf(result).topics.include, ['x', 'y'], line);
    assert.equal(warnings(result).length, 1, line);
    assert.match(warnings(result)[0] ?? '', /^5 topics: the quotes/);
  }
  assert.match(said('topics = x"y').problems[0] ?? '', /without quotes/);
});

test('a leading * or ? is read as a glob with a warning; a valid expression is left alone', () => {
  const include = (line: string) => flowOf(loadLines(enabled + line)).topics.include;
  assert.deepEqual(include('topics = *.internal, *-?x'), ['.*\\.internal', '.*-.x']);
  assert.deepEqual(include('topics = *'), ['.*']);
  assert.deepEqual(include('topics = ?x(y)'), ['.x\\(y\\)']);
  assert.deepEqual(include('topics = orders*, a.*'), ['orders*', 'a.*']);
  assert.match(said('topics = *').warnings[0] ?? '', /`\*` is no regular expression/);
});

test('a pattern that is wrong only in its list is a problem of the list', () => {
  assert.deepEqual(said('topics = (x, y)').problems, []);
  assert.match(said('topics = x, y)').problems[0] ?? '', /"y\)" \/ .*closes nothing/);
  assert.match(said('topics = x{1,3}').problems[0] ?? '', /"x\{1" \/ .*repetition/);
});

test('a comment or blanks behind a value are removed with a warning', () => {
  const result = loadLines(`${enabled}replication.factor = 3   # three of them\nenabled = true `);
  assert.equal(flowOf(result).remoteTopics.replicationFactor, 3);
  assert.match(warnings(result)[0] ?? '', /^5 replication\.factor: the comment behind/);
  assert.match(warnings(result)[1] ?? '', /^6 enabled: blanks behind/);
  assert.deepEqual(said('topics = a#b').warnings, []);
});
