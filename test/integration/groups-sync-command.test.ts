/** `mirrorless groups sync` as a user runs it: what it moves, what it says, and how it ends. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { main } from '../../lib/cli/main.ts';
import { commandLine, ended } from '../support/command-line.ts';
import { openCutover } from '../support/cutover.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';
import { recordingIo } from '../unit/cli/screen.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });

/** Two partitions of 50 records. */
async function scene(t: TestContext) {
  const cutover = await openCutover(t, { parts, oracle });
  const { topic, flow, source, group } = cutover;
  await cutover.write(50);
  const { run, start } = await commandLine(t, parts, { topics: [topic], table: flow.table });
  return {
    ...cutover,
    start: (...args: string[]) => start('groups', 'sync', ...args),
    sync: (...args: string[]) => run('groups', 'sync', ...args),
    commit: (...offsets: bigint[]) => source.commitOffsets(group, cutover.at(...offsets)),
  };
}

test('a dry run shows what -y does, and the second -y has nothing to do', async (t) => {
  const { sync, commit, copy, onTarget, group, topic } = await scene(t);
  await copy();
  await commit(20n, 30n);
  const shown = await sync('--dry-run');
  assert.equal(shown.code, 0, shown.stderr);
  const rows = shown.stdout.trimEnd().split('\n');
  assert.match(rows[0]!, /^GROUP +TOPIC +PARTITION +SOURCE-OFFSET +FROM +TO +OUTCOME$/);
  assert.match(rows[1]!, new RegExp(`^${group} +${topic} +0 +20 +- +20 +would move$`));
  assert.equal(rows.length, 3);
  assert.equal(new Set(rows.map((row) => row.indexOf(' would move'))).size, 2, 'columns align');
  assert.deepEqual(await onTarget(), [undefined, undefined]);

  const moved = await sync('-y');
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, /- +20 +moved\n/);
  assert.match(moved.stderr, /1 group, 2 partitions, 2 moved\n/);
  assert.deepEqual(await onTarget(), [20n, 30n]);

  const again = await sync('-y', '-o', 'json');
  assert.equal(again.code, 0, again.stderr);
  const { groups, ...rest } = JSON.parse(again.stdout);
  const expected = { flow: 'source->target', mode: 'sync', dryRun: false, done: null };
  assert.deepEqual(rest, { ...expected, absent: [], failures: [] });
  assert.deepEqual(
    groups[0].partitions.map((one: Record<string, unknown>) => [
      one['upstreamOffset'],
      one['translatedOffset'],
      one['targetOffset'],
      one['outcome'],
    ]),
    [
      ['20', '20', '20', 'already-there'],
      ['30', '30', '30', 'already-there'],
    ],
  );
});

test('what is refused ends with 3 and is explained', async (t) => {
  const { sync, commit, copy, target, group, remote } = await scene(t);
  await copy();
  await commit(20n, 30n);
  await target.commitOffsets(group, [{ topic: remote, partition: 1, offset: 42n, metadata: '' }]);
  const { code, stdout, stderr } = await sync('-y', '--group', group, 'misspelt');
  assert.equal(code, 3);
  assert.match(stdout, / 30 +42 +30 +target further: by 12\n/);
  assert.match(stdout, /misspelt .* gone\n/);
  assert.match(stderr, /target further: .*moved backwards\nmisspelt is gone: /);
});

test('nobody is asked where nobody is there, and nothing is moved', async (t) => {
  const { sync, commit, copy, onTarget } = await scene(t);
  await copy();
  await commit(20n, 30n);
  const { code, stdout, stderr } = await sync();
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^error: nobody can be asked here, so --yes or --dry-run must be given\n$/);
  assert.deepEqual(await onTarget(), [undefined, undefined]);
  assert.equal((await sync('-y', '--timeout', '5')).code, 2);
});

test('a person at a terminal is shown the moves, and asked', async (t) => {
  const { commit, copy, onTarget, topic, flow } = await scene(t);
  await copy();
  await commit(20n, 30n);
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'mirrorless.yaml');
  const lines = [
    'clusters:',
    `  source: { bootstrap.servers: [${parts.sourceBootstrapServers}] }`,
    `  target: { bootstrap.servers: [${parts.targetBootstrapServers}] }`,
    'flows:',
    `  source->target: { topics: [${topic}], state.table: ${flow.table} }`,
  ];
  await writeFile(file, lines.join('\n'));
  Object.assign(process.env, parts.awsEnvironment);
  const sync = async (...answers: string[]) => {
    const { io, stdout, stderr } = recordingIo(answers);
    const environment = { ...process.env };
    const code = await main(['groups', 'sync', '-c', file], { ...io, environment });
    return { code, stdout: stdout.text, stderr: stderr.text };
  };
  const no = await sync('n');
  assert.deepEqual([no.code, no.stdout], [1, '']);
  assert.match(no.stderr, /would move.*Move 2 partitions\? \[y\/N\] nothing was moved\n$/s);
  assert.deepEqual(await onTarget(), [undefined, undefined]);
  const yes = await sync('y');
  assert.equal(yes.code, 0, yes.stderr);
  assert.match(yes.stdout, /moved/);
  assert.deepEqual(await onTarget(), [20n, 30n]);
  const nothing = await sync();
  assert.equal(nothing.code, 0, nothing.stderr);
  assert.doesNotMatch(nothing.stderr, /y\/N/);
});

test('--final says what is missing when time is over, and ends with 0 once it is there', async (t) => {
  const { sync, commit, copy, onTarget, group } = await scene(t);
  await copy(30n);
  await commit(40n, 30n);
  const late = await sync('--final', '--timeout', '1', '-y');
  assert.equal(late.code, 3, late.stderr);
  assert.match(late.stdout, / 0 +40 +- +30 +ahead: copied before 30, 10 missing\n/);
  assert.match(late.stdout, / 1 +30 +- +30 +held back\n/);
  assert.match(late.stderr, /not done: 0 of 1 group;/);
  const check = await sync('--final', '--dry-run', '--group', group);
  assert.equal(check.code, 3, check.stderr);
  await copy();
  const done = await sync('--final', '-y', '-o', 'json');
  assert.equal(done.code, 0, done.stderr);
  const result = JSON.parse(done.stdout);
  assert.deepEqual([result.done, result.groups[0].verdict], [true, 'done']);
  assert.deepEqual(await onTarget(), [40n, 30n]);
});

test('Ctrl-C ends --final in order', async (t) => {
  const { start, commit, copy, onTarget } = await scene(t);
  await copy(30n);
  await commit(40n, 30n);
  const child = start('--final', '-y');
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  const ending = ended(child);
  await until(() => said.includes('not done'));
  child.kill('SIGINT');
  const { code, stdout } = await ending;
  assert.equal(code, 130);
  assert.match(stdout, /ahead: copied before 30, 10 missing/);
  assert.deepEqual(await onTarget(), [undefined, undefined]);
});
