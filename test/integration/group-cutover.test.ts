/** At the end of a cutover a consumer goes on at exactly the record that it would have read next. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { type FinalSyncOptions, syncGroupsFinally } from '../../lib/checkpoint/final.ts';
import { type Cutover, openCutover } from '../support/cutover.ts';
import { randomTopic } from '../support/flow.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const open = (t: TestContext, partitions = 2) => openCutover(t, { parts, oracle, partitions });

function finish(cutover: Cutover, own: Partial<FinalSyncOptions> = {}) {
  return syncGroupsFinally({
    findPositions: () => cutover.positions(),
    target: cutover.targetGroups,
    groups: [cutover.group],
    timeoutMs: 60_000,
    pollIntervalMs: 50,
    ...own,
  });
}

for (const protocol of ['classic', 'consumer'] as const) {
  test(`a consumer of the ${protocol} protocol reads on: nothing again, nothing skipped`, async (t) => {
    const cutover = await open(t);
    const { source, target, topic, remote, group } = cutover;
    await cutover.write(60);
    // Offsets of the copies are not those of the source.
    for (const partition of [0, 1]) await source.deleteRecords(topic, partition, 7n);
    await cutover.copy(20n);
    const readOnSource = await source.readGroup(group, { topic, count: 70, reset: 'earliest' });
    const members = randomTopic('members');
    await source.createTopic(members);
    const member = await source.joinGroup(group, { topic: members, protocol: 'classic' });

    const seen = new Set<string>();
    const final = finish(cutover, {
      onRound: ({ groups }) =>
        groups.forEach(({ partitions }) => {
          for (const { outcome } of partitions) seen.add(outcome);
        }),
    });
    await until(() => seen.has('ahead') || seen.has('source-live'));
    await cutover.copy(40n);
    await member.leave();
    await until(() => seen.has('ahead'));
    assert.deepEqual(await cutover.onTarget(), [undefined, undefined]);
    await cutover.copy();
    const { isDone, groups } = await final;
    assert.equal(isDone, true);
    assert.ok(groups.every(({ verdict }) => verdict === 'done'));

    const rest = 2 * 53 - readOnSource.length;
    const readOnTarget = await target.readGroup(group, { topic: remote, count: rest, protocol });
    const all = [...readOnSource, ...readOnTarget].map(({ value }) => value);
    assert.deepEqual(all.toSorted(), valuesOf(7, 60).toSorted());
    await cutover.write(5);
    await cutover.copy();
    const later = await target.readGroup(group, { topic: remote, count: 10, protocol });
    assert.deepEqual(later.map(({ value }) => value).toSorted(), valuesOf(60, 65).toSorted());
  });
}

test('time passes: what is missing is said with its numbers, and nothing of the group has moved', async (t) => {
  const cutover = await open(t);
  await cutover.write(50);
  await cutover.copy(30n);
  await cutover.source.commitOffsets(cutover.group, cutover.at(40n, 30n));
  const { isDone, groups } = await finish(cutover, { timeoutMs: 300 });
  assert.equal(isDone, false);
  assert.equal(groups[0]?.verdict, 'waiting');
  assert.deepEqual(
    groups[0].partitions.map(({ position: { upstreamOffset, downstream }, outcome }) => [
      outcome,
      upstreamOffset,
      downstream,
    ]),
    [
      ['ahead', 40n, { status: 'ahead', offset: 30n, mapEnd: 30n }],
      ['held-back', 30n, { status: 'exact', offset: 30n }],
    ],
  );
  assert.deepEqual(await cutover.onTarget(), [undefined, undefined]);
});

test('a group that is further on the target blocks itself, with both numbers', async (t) => {
  const cutover = await open(t);
  const { group, remote: topic } = cutover;
  await cutover.write(50);
  await cutover.copy();
  await cutover.source.commitOffsets(group, cutover.at(20n, 30n));
  await cutover.target.commitOffsets(group, [{ topic, partition: 1, offset: 31n, metadata: '' }]);
  const { isDone, groups } = await finish(cutover);
  assert.deepEqual([isDone, groups[0]?.verdict], [false, 'blocked']);
  const further = groups[0]?.partitions[1];
  assert.equal(further?.outcome, 'target-further');
  assert.equal(further.targetOffset, 31n);
  assert.deepEqual(further.position.downstream, { status: 'exact', offset: 30n });
  assert.deepEqual(await cutover.onTarget(), [undefined, 31n]);
});

test('a group that is not on the source is named at once', async (t) => {
  const cutover = await open(t, 1);
  const { isDone, absent } = await finish(cutover);
  assert.equal(isDone, false);
  assert.deepEqual(absent, [{ group: cutover.group, reason: 'gone' }]);
});

/** Of both partitions. */
function valuesOf(first: number, end: number): string[] {
  return [0, 1].flatMap((partition) =>
    Array.from({ length: end - first }, (_, index) => `${partition}/${first + index}`),
  );
}
