/** What `mirrorless status` and `mirrorless lag` say is what clusters, table and Lambda API hold. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { dynamoKnownTopics } from '../../lib/state/known-topics.ts';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { ended } from '../support/command-line.ts';
import { randomTopic } from '../support/flow.ts';
import { openMappedScene } from '../support/mapped-flow.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { TcpProxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const nobody = '127.0.0.1:1';

test('status tells progress, lag, mappings, pauses and detected states, and ends with 3 for the last', async (t) => {
  const scene = await openMappedScene(t, { parts, oracle });
  const { topic, remote, flow, write, copy, map, json, run } = scene;
  await write(60);
  await copy(40n);
  await map(topic);
  const { flows } = await json(0, 'status');
  const [{ topics, ...found }] = flows;
  assert.deepEqual([found.flow, found.paused, found.lagRecords], ['source->target', false, '40']);
  const { lagMs, partitions, mapping, ...rest } = topics[0];
  assert.deepEqual(rest, {
    topic,
    remoteTopic: remote,
    lagRecords: '40',
    lagUnknownPartitions: 0,
    mirrored: true,
    onSource: true,
    paused: false,
    troubles: [],
    detectedStates: [],
  });
  assert.ok(lagMs > 0);
  assert.deepEqual([mapping.state, mapping.lastProcessingResult], ['Enabled', 'OK']);
  for (const { lagMs: ofPartition, ...one } of partitions) {
    assert.ok(ofPartition > 0 && ofPartition <= lagMs);
    const offsets = { upstreamOffset: '40', downstreamOffset: '40', sourceEnd: '60' };
    assert.deepEqual(one, { partition: one.partition, ...offsets, lagRecords: '20' });
  }
  await dynamoPauses({ client: flow.client, table: flow.table, flow: 'source->target' }).write(
    true,
  );
  const what = `${topic}-0 begins at 50, replicated were those below 40`;
  const state = {
    state: 'source-truncated',
    topic,
    partition: 0,
    what,
    sinceMs: Date.now(),
  } as const;
  const known = dynamoKnownTopics({
    client: flow.client,
    table: flow.table,
    flow: 'source->target',
  });
  await known.write([{ after: { topic, states: [state], emptyTails: [] } }]);
  const table = await run('status', '--partitions');
  assert.equal(table.code, 3, table.stderr);
  assert.match(table.stdout, /^source->target {3}paused {3}1 detected state {3}lag 40 records, /);
  assert.match(table.stdout, new RegExp(`${topic} .* Enabled, paused +40 .* source-truncated\n`));
  assert.match(table.stdout, new RegExp(`${topic} +1 +40 +40 +60 +20 `));
  assert.match(table.stdout, /what to do: read the lost range elsewhere/);
});

test('a topic without a mapping, one that is stopped and one with a problem are each told', async (t) => {
  const later = randomTopic('later');
  const scene = await openMappedScene(t, { parts, oracle, topics: [later] });
  const { topic, source, map, json, run, api, settled } = scene;
  await source.createTopic(later, { partitions: 1 });
  await map(topic);
  const troubles = async () => {
    const { flows } = await json(3, 'status');
    return flows[0].topics.map((one: { topic: string; troubles: string[] }) => [
      one.topic,
      one.troubles,
    ]);
  };
  assert.deepEqual(await troubles(), [
    [topic, []],
    [later, ['unmapped']],
  ]);
  await api.update((await settled()).get(topic)!.UUID, { Enabled: false });
  await settled();
  assert.deepEqual((await troubles())[0], [topic, ['stopped']]);
  const narrowed = await run('status', '--topic', later, 'misspelt');
  assert.equal(narrowed.code, 4);
  assert.match(narrowed.stderr, /warning: source->target has no topic misspelt\n/);
  assert.doesNotMatch(narrowed.stdout, new RegExp(topic));
});

test('what does not answer is named, and the rest is shown', async (t) => {
  const { copy, write, map, topic, flow } = await openMappedScene(t, { parts, oracle });
  await write(20);
  await copy();
  await map(topic);
  const table = flow.table;
  const known = dynamoKnownTopics({ client: flow.client, table, flow: 'source->target' });
  await known.write([{ after: { topic, states: [], emptyTails: [] } }]);
  const of = async (own: Partial<typeof parts>, code: number, instead = table) => {
    const blind = await openMappedScene(t, { parts, oracle, own, table: instead, topics: [topic] });
    const answer = await blind.json(code, 'status', '--topic', topic);
    const [{ topics, failures }] = answer.flows;
    return { found: topics[0], codes: failures.map((one: { code: string }) => one.code) };
  };
  const noSource = await of({ sourceBootstrapServers: nobody }, 4);
  assert.deepEqual(noSource.codes.slice(0, 1), ['SOURCE_UNREACHABLE']);
  assert.equal(noSource.found.partitions[1].upstreamOffset, '20');
  assert.equal(noSource.found.lagRecords, '0');
  assert.equal(noSource.found.lagUnknownPartitions, 2);
  const noTarget = await of({ targetBootstrapServers: nobody }, 4);
  assert.deepEqual(noTarget.codes.slice(0, 1), ['TARGET_UNREACHABLE']);
  assert.deepEqual([noTarget.found.lagRecords, noTarget.found.lagUnknownPartitions], ['0', 0]);
  const noLambda = { ...parts.awsEnvironment, AWS_ENDPOINT_URL_LAMBDA: `http://${nobody}` };
  assert.deepEqual((await of({ awsEnvironment: noLambda }, 4)).codes, ['LAMBDA_UNAVAILABLE']);
  const noTable = await of({}, 1, 'no-such-table');
  assert.deepEqual([...new Set(noTable.codes)], ['STATE_TABLE_MISSING']);
});

test('lag is a gate: for now, and for how long it was within the limits', async (t) => {
  const { topic, write, copy, run, json } = await openMappedScene(t, { parts, oracle });
  await write(50);
  await copy(30n);
  const table = await run('lag');
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stdout, new RegExp(`\n${topic} +source\\.${topic} +2 +40 `));
  assert.match(table.stderr, /^lag 40 records, the oldest .* old\n$/);
  const above = await json(3, 'lag', '--partitions', '--max-records', '39');
  assert.deepEqual([above.lagRecords, above.withinLimits], ['40', false]);
  assert.equal((await json(0, 'lag', '--max-records', '40')).withinLimits, true);
  assert.equal((await run('lag', '--max-ms', '0')).code, 3);
  assert.equal((await run('lag', '--max-records', '40', '--topic', 'misspelt')).code, 1);
});

test('a watched gate waits until the lag was within the limits for so long', async (t) => {
  const { write, copy, atTerminal } = await openMappedScene(t, { parts, oracle });
  await write(50);
  await copy(30n);
  const limits = ['--max-records', '0', '--max-ms', '0'];
  const { ended: code, stdout, stderr } = atTerminal([], 'lag', ...limits, '--watch', '--for', '2');
  await until(() => stderr.text.includes('lag 40 records'));
  assert.match(stderr.text, /not within the limits/);
  await copy();
  assert.equal(await code, 0, stderr.text);
  assert.match(stderr.text, /lag 0 records, within the limits for 0 ms\n/);
  assert.match(stderr.text, /lag 0 records, within the limits for [2-9]\.\d s\n$/);
  assert.doesNotMatch(stdout.text, / 40 /);
});

test('Ctrl-C ends a watch in order, with what was seen last', async (t) => {
  const proxy = await TcpProxy.start();
  t.after(() => proxy.close());
  proxy.forwardTo(Number(parts.sourceBootstrapServers.split(':').at(-1)));
  const own = { sourceBootstrapServers: `127.0.0.1:${proxy.port}` };
  const { start, write } = await openMappedScene(t, { parts, oracle, own });
  await write(5);
  const child = start('lag', '--watch', '--max-records', '0');
  const ending = ended(child);
  await once(proxy.events, 'answer');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ending;
  assert.equal(code, 130, stderr);
  assert.match(stdout, / 10 /);
});

test('wrong options of a gate are refused', async (t) => {
  const { run } = await openMappedScene(t, { parts, oracle });
  for (const args of [
    ['--for', '5'],
    ['--watch', '--for', '5'],
    ['--max-records', '-1'],
    ['--max-ms', '1.5'],
    ['--watch', '--max-ms', '1', '--for', '0'],
  ]) {
    const { code, stdout } = await run('lag', ...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
  }
});
