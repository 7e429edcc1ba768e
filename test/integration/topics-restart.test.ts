/** Topics that cannot go on begin anew by `mirrorless topics restart`, beside the local host. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { main } from '../../lib/cli/main.ts';
import { functionName } from '../../lib/deployment.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { dynamoKnownTopics } from '../../lib/state/known-topics.ts';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { randomTopic } from '../support/flow.ts';
import { configured, hostFlows } from '../support/local-host.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { oneByOne } from '../support/translate.ts';
import { until } from '../support/until.ts';
import { recordingIo } from '../unit/cli/screen.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);
const partitions = 2;

test('topics that cannot go on begin anew, and lose and repeat nothing of their new life', async (t) => {
  const scene = await openScene(t);
  const { topicOf, load, run, restart, detected, host } = scene;

  await t.test('a source that was created again with fewer records', async () => {
    const topic = await topicOf('fewer', 40);
    await source.deleteTopic(topic);
    await source.createTopic(topic, { partitions });
    await load(topic, 'again', 6);
    await detected(topic, 'source-recreated');
    const shown = await run(0, topic, '--dry-run');
    assert.equal(shown.topics[0].outcome, 'restartable');
    assert.equal((await run(1, topic, '--from', 'progress', '-y')).topics[0].outcome, 'refused');
    await detected(topic, 'source-recreated');
    const begun = await restart(topic);
    assert.deepEqual(
      begun.partitions.map(({ upstreamStart, downstreamStart }) => [
        upstreamStart,
        downstreamStart,
      ]),
      [
        ['0', '20'],
        ['0', '20'],
      ],
    );
    await load(topic, 'later', 10);
    await scene.assertNewLife(topic, begun, 16);
    const again = await run(1, topic, '-y');
    assert.match(again.topics[0].reason, /nothing to restart/);
  });

  await t.test('a source that was created again with more records', async () => {
    const topic = await topicOf('more', 10);
    await source.deleteTopic(topic);
    await source.createTopic(topic, { partitions });
    await load(topic, 'again', 60);
    await detected(topic, 'source-recreated');
    const begun = await restart(topic);
    await load(topic, 'later', 10);
    await scene.assertNewLife(topic, begun, 70);
  });

  await t.test('a target that was deleted, after a person had paused the topic', async () => {
    const topic = await topicOf('deleted', 30);
    await scene.command('pause', '--topic', topic, '-y');
    await target.deleteTopic(`source.${topic}`);
    await detected(topic, 'target-deleted');
    const begun = await restart(topic);
    assert.equal(begun.staysPaused, true);
    assert.equal(await scene.stateOf(topic), 'Disabled');
    await scene.command('resume', '--topic', topic, '-y');
    await load(topic, 'later', 10);
    await scene.assertNewLife(topic, begun, 40);
  });

  await t.test('a target that was created again', async () => {
    const topic = await topicOf('recreated', 30);
    await target.deleteTopic(`source.${topic}`);
    await target.createTopic(`source.${topic}`, { partitions: 1 });
    await detected(topic, 'target-recreated');
    const begun = await restart(topic);
    await load(topic, 'later', 10);
    await scene.assertNewLife(topic, begun, 40);
  });

  await t.test('a target that was restored to its very end, from progress', async () => {
    const topic = await topicOf('restored', 20);
    const remote = `source.${topic}`;
    await target.deleteTopic(remote);
    await target.createTopic(remote, { partitions });
    await target.load(remote, { producer: 'backup', count: 20, valueBytes: 10, partitions });
    await detected(topic, 'target-recreated');
    const begun = await restart(topic, '--from', 'progress');
    assert.deepEqual(
      begun.partitions.map(({ upstreamStart, downstreamStart }) => [
        upstreamStart,
        downstreamStart,
      ]),
      [
        ['10', '10'],
        ['10', '10'],
      ],
    );
    await load(topic, 'later', 20);
    await scene.assertNewLife(topic, begun, 20);
  });

  await t.test('a healthy topic whose copies were deleted, by force', async () => {
    const topic = await topicOf('healthy', 20);
    for (const partition of [0, 1]) await target.deleteRecords(`source.${topic}`, partition, 10n);
    assert.equal((await run(1, topic, '-y')).topics[0].outcome, 'refused');
    const begun = await restart(topic, '--force');
    await load(topic, 'later', 10);
    await scene.assertNewLife(topic, begun, 30);
  });

  await t.test('one whose restart was killed is completed, and read on', async () => {
    const topic = await topicOf('killed', 20);
    await target.deleteTopic(`source.${topic}`);
    await detected(topic, 'target-deleted');
    await dynamoPauses(scene.stored).write(true, [topic], 'restart');
    const begun = await restart(topic);
    assert.equal(begun.staysPaused, false);
    await load(topic, 'later', 10);
    await scene.assertNewLife(topic, begun, 30);
  });
  assert.deepEqual(
    host.notices.filter((notice) => /INTERNAL/.test(notice)),
    [],
  );
});

interface Begun {
  staysPaused: boolean;
  partitions: { partition: number; upstreamStart: string; downstreamStart: string }[];
}

async function openScene(t: TestContext) {
  const prefix = randomTopic('anew');
  const lines = [
    'clusters = source, target',
    `source.bootstrap.servers = ${parts.sourceBootstrapServers}`,
    `target.bootstrap.servers = ${parts.targetBootstrapServers}`,
    'source->target.enabled = true',
    `source->target.topics = ${prefix}.*`,
    'replication.factor = 1',
    'refresh.topics.interval.seconds = 1',
    'emit.checkpoints.enabled = false',
    'emit.offset-syncs.enabled = false',
    'emit.heartbeats.enabled = false',
    'heartbeats.replication.enabled = false',
  ];
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'mm2.properties');
  await writeFile(file, lines.join('\n'));
  const host = await hostFlows(t, configured(lines), parts);
  const flow = host.configuration.flows[0]!;
  const stored = { client: host.aws.dynamoDb, table: flow.stateTable, flow: 'source->target' };
  Object.assign(process.env, parts.awsEnvironment);
  const known = dynamoKnownTopics(stored);
  const knownOf = async (topic: string) =>
    (await known.read()).topics.find((each) => each.topic === topic);
  const copied = (topic: string) => host.topic(topic)?.recordCount ?? 0;

  const load = (topic: string, producer: string, count: number) =>
    source.load(topic, { producer, count, valueBytes: 10, partitions });

  async function command(...args: string[]) {
    const { io, stdout, stderr } = recordingIo();
    const environment = { ...process.env };
    const place = ['-c', file, '--state', host.directory];
    const code = await main([...args, ...place], { ...io, environment });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  async function run(code: number, topic: string, ...args: string[]) {
    const ended = await command('topics', 'restart', '--topic', topic, ...args, '-o', 'json');
    assert.equal(ended.code, code, ended.stderr + ended.stdout);
    return JSON.parse(ended.stdout);
  }

  async function topicOf(name: string, count: number): Promise<string> {
    const topic = `${prefix}-${name}`;
    await source.createTopic(topic, { partitions });
    // In several events, so that the function remembers where it stands.
    for (const part of ['first', 'second', 'third']) {
      const before = copied(topic);
      await load(topic, part, part === 'first' ? count - 4 : 2);
      await until(() => copied(topic) > before);
    }
    await until(() => copied(topic) === count);
    await until(async () => (await knownOf(topic))?.remoteTopicId !== undefined);
    return topic;
  }

  async function assertNewLife(topic: string, begun: Begun, count: number): Promise<void> {
    const remote = `source.${topic}`;
    const state = dynamoStateStore(stored);
    const all = [0, 1].map((partition) => ({ topic, partition }));
    const ends = async () => (await source.describe(topic)).partitions.map(({ end }) => end);
    await until(async () => {
      const states = await state.read(all);
      const wanted = await ends();
      return states.every((each, index) => each?.segment.upstreamEnd === wanted[index]);
    });
    const [originals, copies] = await Promise.all([source.dump(topic), target.dump(remote)]);
    const starts = new Map(begun.partitions.map((each) => [each.partition, each]));
    const upstreams = originals.map((dump) =>
      from(dump, BigInt(starts.get(dump.partition)?.upstreamStart ?? 0)),
    );
    const downstreams = copies.map((dump) =>
      from(dump, BigInt(starts.get(dump.partition)?.downstreamStart ?? 0)),
    );
    const ask = oneByOne(state);
    const result = await checkReplication(upstreams, downstreams, {
      translate: (partition, offset, direction) => ask({ topic, partition }, offset, direction),
    });
    assertFaithful(result);
    assert.equal(result.records, count);
    await until(async () => (await knownOf(topic))?.states.length === 0);
  }

  return {
    host,
    stored,
    topicOf,
    load,
    command,
    run,
    assertNewLife,
    async restart(topic: string, ...args: string[]): Promise<Begun> {
      const { topics } = await run(0, topic, ...args, '-y');
      assert.equal(topics[0].outcome, 'restarted');
      return topics[0];
    },
    detected: (topic: string, state: string) =>
      until(async () => {
        const states = (await knownOf(topic))?.states ?? [];
        return states.some((each) => each.state === state);
      }),
    async stateOf(topic: string) {
      const mappings = await (await host.mappings()).list(functionName(flow, 'replicate'));
      return mappings.find(({ Topics }) => Topics?.[0] === topic)?.State;
    },
  };
}

/** What of a dump lies at or behind an offset. */
function from<Dump extends { start: bigint; records: { offset: bigint }[] }>(
  dump: Dump,
  start: bigint,
): Dump {
  return {
    ...dump,
    start: dump.start > start ? dump.start : start,
    records: dump.records.filter(({ offset }) => offset >= start),
  };
}
