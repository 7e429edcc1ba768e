/** What `mirrorless groups` says is what both clusters and the map hold. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, type TestContext, test } from 'node:test';
import { syncGroups } from '../../lib/checkpoint/group-sync.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import { dynamoCheckpointStore } from '../../lib/state/checkpoints.ts';
import { commandLine, ended } from '../support/command-line.ts';
import { openCopyBench } from '../support/copy-bench.ts';
import { openCutover } from '../support/cutover.ts';
import { openFlow, randomTopic, remoteTopic } from '../support/flow.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const bench = await openCopyBench();
after(() => bench.close());
const source = bench.oracle.cluster(parts.sourceBootstrapServers);

test('groups before and after a sync: absent, equal, behind and ahead by counted records', async (t) => {
  const { cutover, commit, run, json } = await groupsScene(t);
  const { group, topic, remote, targetGroups } = cutover;
  await commit(group, 30n, 60n);

  const before = await json(3, 'groups', 'compare', '--group', group);
  assert.deepEqual(verdictsOf(before), ['absent', 'absent']);
  assert.equal(before.groups[0].targetState, null);

  const { groups } = await cutover.positions();
  await syncGroups({ positions: groups, target: targetGroups });
  const equal = await json(0, 'groups', 'compare', '--group', group);
  assert.deepEqual(verdictsOf(equal), ['equal', 'equal']);
  assert.deepEqual(equal.groups[0].partitions[0], {
    topic,
    partition: 0,
    remoteTopic: remote,
    upstreamOffset: '30',
    translatedOffset: '23',
    exactness: 'exact',
    reason: null,
    targetOffset: '23',
    verdict: 'equal',
    distance: null,
    error: null,
  });

  await commit(group, 50n, 40n);
  const moved = await run('groups', 'compare', '--group', group);
  assert.equal(moved.code, 3, moved.stderr);
  const lines = moved.stdout.trimEnd().split('\n');
  assert.match(lines[1]!, / 50 +43 +23 +-20 +behind: would read again 20$/);
  assert.match(lines[2]!, / 40 +33 +53 +\+20 +ahead: would skip 20$/);
  assert.match(moved.stderr, /1 group, 2 partitions, 1 behind, 1 ahead/);
});

test('groups are listed and described with their lag, their place, and what was published', async (t) => {
  const { cutover, commit, run, json } = await groupsScene(t);
  const { group, topic, flow } = cutover;
  const odd = `${group} "odd"\u001b[31m: 漢字`;
  await commit(group, 30n, 60n);
  await commit(odd, 60n);
  const checkpoint = { topic, partition: 0, upstreamOffset: 20n, downstreamOffset: 13n };
  const checkpoints = [{ ...checkpoint, metadata: '', exactness: 'exact' } as const];
  const publishedAtMs = Date.now() - 90_000;
  await dynamoCheckpointStore({
    client: flow.client,
    table: flow.table,
    flow: 'source->target',
  }).write([{ group, publishedAtMs, checkpoints }]);

  const list = await json(0, 'groups', 'list');
  assert.deepEqual(list.groups, [
    {
      group,
      sourceState: 'Empty',
      targetState: null,
      topics: 1,
      partitions: 2,
      lagRecords: '30',
      exactness: { exact: 2 },
      publishedAt: new Date(publishedAtMs).toISOString(),
      error: null,
    },
    {
      group: odd,
      sourceState: 'Empty',
      targetState: null,
      topics: 1,
      partitions: 1,
      lagRecords: '0',
      exactness: { exact: 1 },
      publishedAt: null,
      error: null,
    },
  ]);
  const table = await run('groups', 'list');
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stdout, /"odd"\\u\{1b\}\[31m: 漢字 +Empty/);
  assert.ok(!table.stdout.includes('\u001b'));

  const { partitions } = await json(0, 'groups', 'describe', '--group', group);
  const { lagMs, ...first } = partitions[0];
  assert.ok(lagMs > 0);
  assert.deepEqual(first, {
    topic,
    partition: 0,
    remoteTopic: remoteTopic(topic),
    upstreamOffset: '30',
    upstreamEnd: '60',
    lagRecords: '30',
    translatedOffset: '23',
    exactness: 'exact',
    reason: null,
    checkpoint: { upstreamOffset: '20', downstreamOffset: '13', exactness: 'exact' },
  });
  assert.equal(partitions[1].lagRecords, '0');
  assert.equal(partitions[1].checkpoint, null);
  const unknown = await run('groups', 'describe', '--group', randomTopic('nobody'));
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /error: cluster source has no group nobody-/);
});

test('a flow without groups says so, and ends well', async (t) => {
  const { run } = await groupsScene(t);
  for (const verb of ['list', 'compare']) {
    const { code, stdout, stderr } = await run('groups', verb);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /source->target takes no group that has committed an offset/);
  }
});

test('a target that is down leaves what the source tells, and no place', async (t) => {
  const scene = await groupsScene(t, { targetBootstrapServers: '127.0.0.1:1' });
  await scene.commit(scene.cutover.group, 30n);
  const list = await scene.json(4, 'groups', 'list');
  assert.deepEqual(list.groups[0].exactness, { unknown: 1 });
  assert.equal(list.groups[0].lagRecords, '30');
  assert.equal(list.failures[0].code, 'TARGET_UNREACHABLE');
  const compare = await scene.run('groups', 'compare');
  assert.equal(compare.code, 1);
  assert.match(compare.stderr, /^error: .*\[TARGET_UNREACHABLE\]/m);
});

test('a table that is missing is one clear error', async (t) => {
  const { run } = await commandLine(t, parts, { topics: ['any'], table: 'no-such-table' });
  for (const args of [
    ['groups', 'list'],
    ['offsets', 'translate', '--topic', 'any', '--partition', '0', '--offset', '0'],
  ]) {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: .*no-such-table.* \[STATE_TABLE_MISSING\]/m);
  }
});

test('Ctrl-C ends a command that waits, with 130', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const silent = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { table, close } = await openFlow(parts);
  t.after(close);
  const addresses = { ...parts, sourceBootstrapServers: silent };
  const { start } = await commandLine(t, addresses, { topics: ['any'], table });
  const child = start('groups', 'list');
  const ending = ended(child);
  const [connection] = await once(server, 'connection');
  t.after(() => connection.destroy());
  child.kill('SIGINT');
  const { code, stdout } = await ending;
  assert.equal(code, 130);
  assert.equal(stdout, '');
});

/** Two partitions of 60 records, of which the copy begins at offset 7: its offsets are 7 less. */
async function groupsScene(t: TestContext, own: Partial<typeof parts> = {}) {
  const cutover = await openCutover(t, { parts, oracle: bench.oracle });
  await cutover.write(60);
  for (const partition of [0, 1]) await source.deleteRecords(cutover.topic, partition, 7n);
  await cutover.copy();
  const bootstrapServers = parts.sourceBootstrapServers.split(',');
  const groups = openGroups({
    cluster: { alias: 'source', bootstrapServers },
    side: 'source',
    requestTimeoutMs: 20_000,
  });
  t.after(() => groups.close());
  const { topic, flow } = cutover;
  const { run } = await commandLine(
    t,
    { ...parts, ...own },
    { topics: [topic], table: flow.table },
  );
  return {
    cutover,
    run,
    async commit(group: string, ...offsets: bigint[]) {
      const answers = await groups.commitOffsets(group, cutover.at(...offsets));
      assert.ok(answers.every(({ ok }) => ok));
    },
    async json(code: number, ...args: string[]) {
      const answer = await run(...args, '-o', 'json');
      assert.equal(answer.code, code, answer.stderr);
      return JSON.parse(answer.stdout);
    },
  };
}

function verdictsOf({ groups }: { groups: { partitions: { verdict: string }[] }[] }): string[] {
  return groups.flatMap(({ partitions }) => partitions.map(({ verdict }) => verdict));
}
