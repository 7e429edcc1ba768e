/** Discovery by hand where a principal may not do all of it: each refusal is named, the rest done. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { commandLine } from '../support/command-line.ts';
import { openFlow } from '../support/flow.ts';
import { serveLambda } from '../support/lambda-api.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const settings = ['replication.factor: 1', 'sync.topic.acls.enabled: false'];

test('topics that may not be seen, configured or created are named, and the others are served', async (t) => {
  const options = { version: '4.3.1', properties: authorizing } as const;
  const [source, target] = await Promise.all([ownCluster(t, options), ownCluster(t, options)]);
  const { table, close } = await openFlow(parts);
  t.after(close);
  const { endpoint } = await serveLambda(t, {
    functionName: 'mirrorless-source-target-replicate',
  });
  const topics = ['hidden', 'sealed', 'refused', 'open', 'x'];
  for (const topic of topics) {
    await oracle.cluster(source.bootstrapServers).createTopic(topic, { partitions: 1 });
  }
  const topicNamed = (name: string) => ({ type: 'topic', name }) as const;
  await denyAnonymous(source.bootstrapServers, topicNamed('hidden'), ['DESCRIBE']);
  await denyAnonymous(source.bootstrapServers, topicNamed('sealed'), ['DESCRIBE_CONFIGS']);
  // Whoever may create on the cluster may create any topic.
  const anyTopic = { type: 'cluster', name: 'kafka-cluster' } as const;
  await denyAnonymous(target.bootstrapServers, anyTopic, ['CREATE']);
  await denyAnonymous(target.bootstrapServers, topicNamed('source.refused'), ['CREATE']);
  const awsEnvironment = { ...parts.awsEnvironment, AWS_ENDPOINT_URL_LAMBDA: endpoint };
  const addresses = {
    ...parts,
    awsEnvironment,
    sourceBootstrapServers: source.bootstrapServers,
    targetBootstrapServers: target.bootstrapServers,
  };
  const { run } = await commandLine(t, addresses, { topics, table, settings });

  const planned = await run('plan', '-o', 'json');
  assert.equal(planned.code, 4, planned.stderr);
  const plan = JSON.parse(planned.stdout);
  assert.deepEqual(
    plan.unmatchedPatterns.map((one: { pattern: string; error: { code: string } }) => [
      one.pattern,
      one.error.code,
    ]),
    [['hidden', 'UNAUTHORIZED']],
  );
  assert.match(planned.stderr, /warning: .*sealed.*\[UNAUTHORIZED\] grant the named operation/);

  const done = await run('discover', '-o', 'json');
  assert.equal(done.code, 4, done.stderr);
  const result = JSON.parse(done.stdout);
  const codes = result.refused.map(
    (one: { topic: string; kind: string; error: { code: string } }) => [
      one.topic,
      one.kind,
      one.error.code,
    ],
  );
  assert.deepEqual(codes, [
    ['refused', 'topic', 'UNAUTHORIZED'],
    ['x', 'mapping', 'MAPPING_REFUSED'],
  ]);
  assert.match(done.stderr, /warning: Lambda takes no topic whose name has one character/);
  const created = result.done.map(
    (one: { topic: string; kind: string }) => `${one.kind} ${one.topic}`,
  );
  assert.deepEqual(created, ['topic open', 'topic x', 'mapping open']);
});
