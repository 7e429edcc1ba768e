import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadLines, problems, warnings } from '../loaded.ts';

test('every key without effect is a warning that names it and says why', () => {
  const cases = [
    // MM2's own prefix traps.
    ['a.replication.factor = 3', /MM2 ignores it on a cluster; set `replication.factor`/],
    ['use.defaults.from = source', /ignored at the top level; set `A->B\.use\.defaults\.from`/],
    ['producer.compression.type = gzip', /ignores it at the top level; set `B\.producer\./],
    ['a->b.producer.compression.type = gzip', /offset syncs only; set `B\.producer\./],
    ['b.producer.override.compression.type = gzip', /set `B\.producer\.compression/],
    ['consumer.auto.offset.reset = latest', /set `A\.consumer\.auto\.offset\.reset`/],
    ['a->b.security.protocol = SSL', /belongs to a cluster; set `A\.security\.protocol`/],
    ['a->b.source.cluster.sasl.mechanism = PLAIN', /all clients of a cluster connect alike/],
    ['a.admin.bootstrap.servers = x:1', /all clients of a cluster connect alike/],
    // Kafka Connect and MM2's Java side.
    ['b.offset.flush.interval.ms = 1', /positions are recorded with every batch/],
    ['b.group.id = x', /no Connect worker runs/],
    ['dedicated.mode.enable.internal.rest = true', /no Connect worker runs/],
    ['tasks.max = 4', /there are no tasks/],
    ['value.converter = x', /copied byte for byte/],
    ['a->b.errors.tolerance = all', /no record is ever skipped/],
    ['b.exactly.once.source.support = enabled', /exactly once is the only mode/],
    ['a.consumer.isolation.level = read_committed', /aborted transactions are copied too/],
    ['a.consumer.max.poll.records = 5', /event source mapping reads/],
    ['b.producer.acks = 1', /waits for all in-sync replicas/],
    ['a->b.producer.override.max.request.size = 9', /max\.message\.bytes/],
    ['metric.reporters = x', /CloudWatch/],
    ['use.incremental.alter.configs = never', /removed in Kafka 4\.0/],
    ['refresh.groups.enabled = false', /in every run of the checkpoint function/],
    ['config.providers = env', /references to environment variables need none/],
    // Ours, and nobody's.
    ['batch.size = 100', /mirrorless\.yaml only/],
    ['a->b.timeout.seconds = 9', /mirrorless\.yaml only/],
    ['replicaton.factor = 3', /did you mean `replication\.factor`/],
    ['c.bootstrap.servers = c:1', /`clusters` does not name this cluster/],
    ['colour = red', /not a known key$/],
    ['constructor = x', /not a known key$/],
    ['a->b.__proto__ = x', /not a known key$/],
  ] as const;
  for (const [line, reason] of cases) {
    const result = loadLines(`a->b.enabled = true\n${line}`);
    assert.deepEqual(problems(result), [], line);
    const [only, ...more] = warnings(result);
    assert.deepEqual(more, [], line);
    assert.ok(only?.startsWith(`5 ${line.split(' ')[0]}: `), only);
    assert.match(only ?? '', reason, line);
  }
});

test('removed names are read as the current ones, in every place they may stand', () => {
  const lines = [
    'topics.whitelist = x',
    'a->b.groups.blacklist = y',
    'config.properties.blacklist = z',
    'groups.whitelist = g',
  ];
  const result = loadLines(`a->b.enabled = true\n${lines.join('\n')}`);
  const flow = result.configuration?.flows[0];
  assert.deepEqual(flow?.topics.include, ['x']);
  assert.deepEqual(flow?.groups, { include: ['g'], exclude: ['y'] });
  assert.deepEqual(flow?.remoteTopics.configPropertiesExclude, ['z']);
  assert.equal(warnings(result).filter((line) => line.includes('a removed name')).length, 4);
});

test('a removed name beside the current one has no effect', () => {
  const result = loadLines('a->b.enabled = true\ntopics.exclude = x\ntopics.blacklist = y');
  assert.deepEqual(result.configuration?.flows[0]?.topics.exclude, ['x']);
  assert.deepEqual(warnings(result), [
    '6 topics.blacklist: a removed name of `topics.exclude`, which line 5 sets already',
  ]);
});

test('of a key given twice the last one counts', () => {
  const result = loadLines('a->b.enabled = true\ntopics = x\ntopics = y');
  assert.deepEqual(result.configuration?.flows[0]?.topics.include, ['y']);
  assert.deepEqual(warnings(result), ['5 topics: given again on line 6, and the last one counts']);
});
