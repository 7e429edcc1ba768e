/** `mirrorless pause` and `resume` as a user runs them: what they turn, note, say, and end with. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { randomTopic } from '../support/flow.ts';
import { type MappedScene, openMappedScene } from '../support/mapped-flow.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });

const pausesOf = ({ flow: { client, table } }: MappedScene) =>
  dynamoPauses({ client, table, flow: 'source->target' }).read();

const statesOf = async (scene: MappedScene) =>
  Object.fromEntries([...(await scene.settled())].map(([topic, { State }]) => [topic, State]));

test('a flow is paused and resumed as a whole; a dry run turns and notes nothing', async (t) => {
  const scene = await openMappedScene(t, { parts, oracle });
  const { topic, map, run, json, lambda } = scene;
  await map(topic);
  const shown = await run('pause', '--dry-run');
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, new RegExp(`\n${topic} +Enabled +would pause\n`));
  assert.deepEqual(await statesOf(scene), { [topic]: 'Enabled' });
  assert.equal((await pausesOf(scene)).flow, false);

  const paused = await run('pause', '-y');
  assert.equal(paused.code, 0, paused.stderr);
  assert.match(paused.stdout, new RegExp(`${topic} +Disabl(ing|ed) +paused\n`));
  assert.match(
    paused.stderr,
    /source->target is paused; the mappings of topics that are found later/,
  );
  assert.deepEqual(await statesOf(scene), { [topic]: 'Disabled' });
  assert.deepEqual(lambda.reading, []);
  assert.equal((await pausesOf(scene)).flow, true);
  const again = await json(0, 'pause', '-y');
  assert.deepEqual([again.flowPaused, again.topics[0].outcome], [true, 'as-wanted']);

  const resumed = await json(0, 'resume', '-y');
  assert.deepEqual([resumed.flowPaused, resumed.topics[0].outcome], [false, 'turned']);
  assert.deepEqual(await statesOf(scene), { [topic]: 'Enabled' });
  assert.equal(lambda.reading.length, 1);
});

test('topics are paused by themselves; what the flow does not know is named, and not noted', async (t) => {
  const later = randomTopic('later');
  const scene = await openMappedScene(t, { parts, oracle, topics: [later] });
  const { topic, map, run, json, source } = scene;
  await source.createTopic(later, { partitions: 1 });
  await map(topic);
  const paused = await json(4, 'pause', '--topic', later, topic, 'misspelt', '-y');
  assert.deepEqual(
    paused.topics.map((one: { topic: string; outcome: string; paused: boolean }) => [
      one.topic,
      one.outcome,
      one.paused,
    ]),
    [
      [topic, 'turned', true],
      [later, 'unmapped', true],
    ],
  );
  assert.deepEqual(paused.absent, ['misspelt']);
  assert.deepEqual((await pausesOf(scene)).topics, new Set([topic, later]));
  const unknown = await run('pause', '--topic', 'misspelt', '-y');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /warning: source->target has no topic misspelt to pause\n/);

  const whole = await run('resume', '-y');
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, new RegExp(`${topic} +Disabled +stays paused: by its own pause\n`));
  assert.deepEqual(await statesOf(scene), { [topic]: 'Disabled' });
  const { topics } = await json(0, 'resume', '--topic', topic, '-y');
  assert.equal(topics[0].outcome, 'turned');
  assert.deepEqual(await statesOf(scene), { [topic]: 'Enabled' });
});

test('a mapping that Lambda is changing is waited for', async (t) => {
  const scene = await openMappedScene(t, { parts, oracle, transitionMs: 6000 });
  const { topic, map, run } = scene;
  const mapping = map(topic);
  const { code, stdout, stderr } = await run('pause', '-y');
  await mapping;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Lambda is changing some of the mappings: waiting for 1 min 0 s at most\n/);
  assert.match(stdout, new RegExp(`${topic} +Disabling +paused\n`));
  assert.deepEqual(await statesOf(scene), { [topic]: 'Disabled' });
});

test('a person at a terminal is shown what would be done, and asked', async (t) => {
  const scene = await openMappedScene(t, { parts, oracle });
  await scene.map(scene.topic);
  const no = scene.atTerminal(['n'], 'pause');
  assert.deepEqual([await no.ended, no.stdout.text], [1, '']);
  assert.match(
    no.stderr.text,
    /would pause.*Pause 1 event source mapping of source->target\? \[y\/N\]/s,
  );
  assert.match(no.stderr.text, /nothing was paused\n$/);
  assert.equal((await pausesOf(scene)).flow, false);
  const yes = scene.atTerminal(['y'], 'pause');
  assert.equal(await yes.ended, 0, yes.stderr.text);
  const again = scene.atTerminal([], 'pause');
  assert.equal(await again.ended, 0, again.stderr.text);
  assert.doesNotMatch(again.stderr.text, /\?/);
});

test('it is the Lambda API of the state folder, while a host serves it', async (t) => {
  const scene = await openMappedScene(t, { parts, oracle });
  const { topic, map, run, lambda } = scene;
  await map(topic);
  const served = await run('pause', '-y', '--state', lambda.directory);
  assert.equal(served.code, 0, served.stderr);
  assert.deepEqual(await statesOf(scene), { [topic]: 'Disabled' });
  await lambda.close();
  const unserved = await run('resume', '-y', '--state', lambda.directory);
  assert.equal(unserved.code, 1);
  assert.match(unserved.stderr, /^error: No local host serves .* \[LAMBDA_UNREACHABLE\] let/m);
  assert.equal((await pausesOf(scene)).flow, true, 'nothing is noted');
  const other = join(lambda.directory, 'other');
  await mkdir(other);
  assert.equal((await run('resume', '-y', '--state', other)).code, 2);
});

test('nobody is asked where nobody is', async (t) => {
  const { run } = await openMappedScene(t, { parts, oracle });
  for (const verb of ['pause', 'resume']) {
    const { code, stderr } = await run(verb);
    assert.equal(code, 2);
    assert.match(stderr, /--yes or --dry-run must be given/);
  }
});
