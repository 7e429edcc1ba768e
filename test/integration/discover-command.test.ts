/** Discovery and pauses by hand, beside a local host that copies: what a user does with a flow. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, type TestContext, test } from 'node:test';
import { loadConfiguration } from '../../lib/config/load.ts';
import { consumerGroupId } from '../../lib/discovery/consumer-group.ts';
import { commandLine, flowText } from '../support/command-line.ts';
import { randomTopic } from '../support/flow.ts';
import { hostFlows } from '../support/local-host.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);

const settings = [
  'replication.factor: 1',
  'refresh.topics.interval.seconds: 3600',
  'sync.topic.acls.enabled: false',
  'emit.checkpoints.enabled: false',
  'emit.offset-syncs.enabled: false',
  'emit.heartbeats.enabled: false',
];

/** A flow of the topics with a prefix, which runs, and the commands beside it. */
async function openScene(t: TestContext, own: readonly string[] = []) {
  const prefix = randomTopic('by-hand');
  const table = `mirrorless-${randomBytes(6).toString('hex')}`;
  const flow = { topics: [`${prefix}.*`], table, settings: [...settings, ...own] };
  const topic = `${prefix}-first`;
  await source.createTopic(topic, { partitions: 2 });
  const text = flowText(parts, flow);
  const { configuration } = loadConfiguration({ text, file: 'f.yaml', environment: {} });
  const host = await hostFlows(t, configuration!, parts);
  const { start, run } = await commandLine(t, parts, flow);
  const withState = (...args: string[]) => [...args, '--state', host.directory];
  const load = (name: string, countEach: number, firstSequence = 0) =>
    source.load(name, {
      producer: name,
      count: 2 * countEach,
      valueBytes: 50,
      partitions: 2,
      firstSequence,
    });
  return {
    prefix,
    topic,
    host,
    load,
    run: (...args: string[]) => run(...withState(...args)),
    start: (...args: string[]) => start(...withState(...args)),
    copied: (name: string) => host.topic(name)?.recordCount ?? 0,
    async json(code: number, ...args: string[]) {
      const answer = await run(...withState(...args, '-o', 'json'));
      assert.equal(answer.code, code, answer.stderr);
      return JSON.parse(answer.stdout);
    },
    async assertCopied(name: string) {
      const [original, copy] = [await source.dump(name), await target.dump(`source.${name}`)];
      assertFaithful(await checkReplication(original, copy));
    },
  };
}

const actionsOf = ({ actions }: { actions: { action: string; kind: string }[] }) =>
  actions.map(({ action, kind }) => `${action} ${kind}`);

test('plan names what a new topic, partitions and settings need, discover does it, and records follow', async (t) => {
  const { prefix, topic, load, run, json, copied, assertCopied } = await openScene(t);
  await load(topic, 50);
  await until(() => copied(topic) === 100);
  const nothing = await run('plan');
  assert.equal(nothing.code, 0, nothing.stderr);
  assert.equal(nothing.stdout, '');
  assert.match(nothing.stderr, /source->target mirrors 1 topic; nothing is to be done/);

  const late = `${prefix}-late`;
  await source.createTopic(late, { partitions: 2, configs: { 'retention.ms': '987654321' } });
  await source.addPartitions(topic, 3);
  await source.alterConfigs(topic, { 'retention.ms': '123456789' });
  const shown = await run('plan');
  assert.equal(shown.code, 3, shown.stderr);
  assert.match(
    shown.stdout,
    new RegExp(`add +partitions +${topic} +source.${topic}: 2 → 3 +the source`),
  );
  assert.match(
    shown.stdout,
    new RegExp(`create +topic +${late} .*2 partitions, replication factor 1, 1 setting`),
  );
  assert.match(shown.stdout, /set +setting .*: retention.ms=123456789 +the source has 123456789/);
  assert.match(shown.stdout, /create +mapping .* from TRIM_HORIZON, batches of 10,000 records /);
  const planned = ['add partitions', 'create topic', 'set setting', 'create mapping'];
  assert.deepEqual(actionsOf(await json(3, 'plan')), planned);
  assert.deepEqual(actionsOf(await json(0, 'discover', '--dry-run')), planned);

  const { done, refused, failures } = await json(0, 'discover');
  assert.deepEqual(actionsOf({ actions: done }).sort(), planned.sort());
  assert.deepEqual([refused, failures], [[], []]);
  assert.deepEqual(actionsOf(await json(0, 'plan')), []);
  await load(late, 30);
  await until(() => copied(late) === 60);
  for (const name of [topic, late]) await assertCopied(name);
});

test('mappings are deleted only where somebody said so; what is refused is named, and the rest done', async (t) => {
  const { prefix, topic, host, run, json } = await openScene(t);
  const narrow = {
    topics: [`${prefix}-other`, 'nobody'],
    table: host.configuration.flows[0]!.stateTable,
  };
  const changed = await commandLine(t, parts, { ...narrow, settings });
  await source.createTopic(`${prefix}-other`);
  const state = ['--state', host.directory];
  const unasked = await changed.run('discover', ...state);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /^error: 1 event source mapping would be deleted, and nobody can/m);
  assert.deepEqual(actionsOf(await json(3, 'plan')), ['create topic', 'create mapping']);
  const done = await changed.run('discover', '-y', ...state);
  assert.equal(done.code, 4, done.stderr);
  assert.match(done.stdout, new RegExp(`delete +mapping +${topic} .* its position stays +done\n`));
  assert.match(done.stdout, new RegExp(`create +topic +${prefix}-other .* done\n`));
  assert.match(done.stderr, /warning: no topic of the source matches nobody of topics\n/);

  const many = { ...narrow, topics: [`${prefix}.*`], settings: ['replication.factor: 3'] };
  const refusing = await commandLine(t, parts, many);
  await source.createTopic(`${prefix}-refused`);
  const refused = await refusing.run('discover', ...state);
  assert.equal(refused.code, 4, refused.stderr);
  assert.match(
    refused.stdout,
    new RegExp(`topic +${prefix}-refused +- +TOPIC_CREATION_REFUSED +refused\n`),
  );
  assert.match(refused.stdout, new RegExp(`create +mapping +${topic} .* done\n`));
  assert.match(refused.stderr, /INVALID_REPLICATION_FACTOR.*\[TOPIC_CREATION_REFUSED\]/);
  assert.equal((await run('status')).code, 3);
});

test('through pauses of a topic and of the flow positions stay, and every record comes once', async (t) => {
  const { topic, load, run, json, copied, assertCopied } = await openScene(t);
  await load(topic, 200);
  await until(() => copied(topic) === 400);
  const group = consumerGroupId({ source: 'source', target: 'target' }, topic);
  const positions = () => source.committedOffsets(group);
  for (const [index, which] of [['--topic', topic], []].entries()) {
    const paused = await run('pause', '-y', ...which);
    assert.equal(paused.code, 0, paused.stderr);
    const isDisabled = async () => {
      const [{ topics }] = (await json(0, 'status')).flows;
      return topics[0].mapping.state === 'Disabled' && topics[0].paused;
    };
    await until(isDisabled);
    const before = await positions();
    await load(topic, 200, 400 * (index + 1));
    const { lagRecords } = await json(3, 'lag', '--max-records', '399');
    assert.equal(lagRecords, '400');
    assert.equal((await json(0, 'discover')).done.length, 0, 'discovery leaves it paused');
    assert.deepEqual(await positions(), before);
    assert.equal(
      before.reduce((sum, { offset }) => sum + Number(offset), 0),
      400 * (index + 1),
    );
    const resumed = await run('resume', '-y', ...which);
    assert.equal(resumed.code, 0, resumed.stderr);
    const caughtUp = await run('lag', '--max-records', '0', '--watch');
    assert.equal(caughtUp.code, 0, caughtUp.stderr);
  }
  await assertCopied(topic);
  const dumps = await target.dump(`source.${topic}`);
  assert.equal(
    dumps.reduce((sum, { records }) => sum + records.length, 0),
    1200,
  );
});
