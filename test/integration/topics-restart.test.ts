/** Topics that cannot go on begin anew by `mirrorless topics restart`, beside the local host. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dynamoPauses } from '../../lib/state/pauses.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { openRestartScene, partitions, type Step } from '../support/restart-scene.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);

test('topics that cannot go on begin anew, and lose and repeat nothing of their new life', async (t) => {
  const scene = await openRestartScene(t, { parts, source, target });
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

  await t.test('one whose restart died at every step is completed, and read on', async () => {
    const topic = await topicOf('died', 20);
    await target.deleteTopic(`source.${topic}`);
    await detected(topic, 'target-deleted');
    const generations = [1, 2].map((nth): Step => ['startGeneration', nth]);
    const steps: Step[] = [['commitOffsets', 1], ...generations, ['knownTopics', 1], ['resume', 1]];
    for (const step of steps) {
      assert.match(await scene.dyingAt(topic, step), /died before/);
      const { restarting } = await dynamoPauses(scene.stored).read();
      assert.deepEqual(restarting, new Set([topic]));
    }
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
