/** Groups move forwards only, only while nobody reads in them on the target, and only to what is known. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { syncGroups } from '../../lib/checkpoint/group-sync.ts';
import { absentGroups } from '../../lib/checkpoint/group-sync-plan.ts';
import { type Cutover, openCutover } from '../support/cutover.ts';
import { randomTopic } from '../support/flow.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const open = (t: TestContext, partitions = 2) => openCutover(t, { parts, oracle, partitions });

/** What was said of each partition of the one group. */
async function sync({ positions, targetGroups: target }: Cutover): Promise<string[]> {
  const { groups } = await positions();
  const result = await syncGroups({ positions: groups, target });
  assert.deepEqual(result.failures, []);
  assert.equal(result.groups.length, 1);
  return result.groups[0]!.partitions.map(({ outcome }) => outcome);
}

test('an absent group is created, an idle one moved on, and neither is moved twice', async (t) => {
  const cutover = await open(t);
  const { source, target, group } = cutover;
  await cutover.write(50);
  await cutover.copy();
  await source.commitOffsets(
    group,
    cutover.at(20n, 30n).map((position) => ({ ...position, metadata: 'of the source' })),
  );
  assert.deepEqual(await sync(cutover), ['moved', 'moved']);
  const committed = await target.committedOffsets(group);
  assert.deepEqual(await cutover.onTarget(), [20n, 30n]);
  assert.ok(committed.every(({ metadata }) => metadata === 'of the source'));
  await source.commitOffsets(group, cutover.at(45n, 30n));
  assert.deepEqual(await sync(cutover), ['moved', 'already-there']);
  assert.deepEqual(await sync(cutover), ['already-there', 'already-there']);
  assert.deepEqual(await cutover.onTarget(), [45n, 30n]);
});

for (const protocol of ['classic', 'consumer'] as const) {
  test(`a group of the ${protocol} protocol is never moved while it has members`, async (t) => {
    const cutover = await open(t);
    const { source, target, group, remote } = cutover;
    await cutover.write(50);
    await cutover.copy();
    const earlier = cutover.at(3n, 4n).map((position) => ({ ...position, topic: remote }));
    await target.commitOffsets(group, earlier);
    await source.commitOffsets(group, cutover.at(20n, 50n));
    // A member that commits nothing itself in the topic.
    const topic = randomTopic('members');
    await target.createTopic(topic);
    const member = await target.joinGroup(group, { topic, protocol });
    assert.deepEqual(await sync(cutover), ['live', 'live']);

    const { groups } = await cutover.positions();
    const listGroups = async () => ({ groups: [], failures: [] });
    const blind = { ...cutover.targetGroups, listGroups };
    const result = await syncGroups({ positions: groups, target: blind });
    assert.deepEqual(
      result.groups[0]?.partitions.map(({ outcome, error }) => [outcome, error?.code]),
      [
        ['live', 'GROUP_ACTIVE'],
        ['live', 'GROUP_ACTIVE'],
      ],
    );
    assert.deepEqual(await cutover.onTarget(), [3n, 4n]);

    await member.leave();
    assert.deepEqual(await sync(cutover), ['moved', 'moved']);
    assert.deepEqual(await cutover.onTarget(), [20n, 50n]);
  });
}

test('nothing moves back: neither a group that is further, nor one that was rewound', async (t) => {
  const cutover = await open(t);
  const { source, target, group, remote: topic } = cutover;
  await cutover.write(50);
  await cutover.copy();
  await source.commitOffsets(group, cutover.at(20n, 30n));
  assert.deepEqual(await sync(cutover), ['moved', 'moved']);
  await source.commitOffsets(group, cutover.at(5n, 30n));
  await target.commitOffsets(group, [{ topic, partition: 1, offset: 42n, metadata: '' }]);
  const { groups } = await cutover.positions();
  const result = await syncGroups({ positions: groups, target: cutover.targetGroups });
  assert.deepEqual(
    result.groups[0]?.partitions.map(({ outcome, targetOffset, position: { downstream } }) => [
      outcome,
      targetOffset,
      downstream,
    ]),
    [
      ['target-further', 20n, { status: 'exact', offset: 5n }],
      ['target-further', 42n, { status: 'exact', offset: 30n }],
    ],
  );
  assert.deepEqual(await cutover.onTarget(), [20n, 42n]);
});

test('a group beyond the copy is moved to its end, and on as more is copied', async (t) => {
  const cutover = await open(t, 1);
  await cutover.write(50);
  await cutover.copy(30n);
  await cutover.source.commitOffsets(cutover.group, cutover.at(40n));
  assert.deepEqual(await sync(cutover), ['moved']);
  assert.deepEqual(await cutover.onTarget(), [30n]);
  await cutover.copy();
  assert.deepEqual(await sync(cutover), ['moved']);
  assert.deepEqual(await cutover.onTarget(), [40n]);
});

test('nothing moves to where records would be skipped', async (t) => {
  const cutover = await open(t, 1);
  await cutover.write(50);
  const [dump] = await cutover.source.dump(cutover.topic);
  await cutover.flow.copy([
    { topic: cutover.topic, partition: 0, records: dump!.records.slice(20) },
  ]);
  await cutover.source.commitOffsets(cutover.group, cutover.at(10n));
  assert.deepEqual(await sync(cutover), ['before-map']);
  assert.deepEqual(await cutover.onTarget(), [undefined]);
});

test('a group that is deleted on the source is named, and stays on the target', async (t) => {
  const cutover = await open(t);
  await cutover.write(50);
  await cutover.copy();
  await cutover.source.commitOffsets(cutover.group, cutover.at(20n, 30n));
  assert.deepEqual(await sync(cutover), ['moved', 'moved']);
  await cutover.source.deleteGroup(cutover.group);
  const found = await cutover.positions();
  assert.deepEqual(found.groups, []);
  assert.deepEqual(absentGroups([cutover.group], found), [
    { group: cutover.group, reason: 'gone' },
  ]);
  assert.deepEqual(await cutover.onTarget(), [20n, 30n]);
});
