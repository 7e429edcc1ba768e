/** A new generation of the offset map, whatever the one before it has left on its way or in mind. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCopyBench, type TopicCopy } from '../support/copy-bench.ts';
import { Death, deathAt, frozenBeforeProducing } from '../support/faults.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const bench = await openCopyBench();
after(() => bench.close());

test('what landed unrecorded before it does not stand in its way', async () => {
  const copy = await bench.plainTopic({ count: 40, producer: 'landed' });
  await copy.flow.copy(copy.part(0, 10));
  const dying = deathAt('after producing, before recording');
  await assert.rejects(copy.flow.deliver(copy.part(10, 20), dying), Death);
  await begin(copy, { upstream: 0n, downstream: 20n });
  for (const from of [0, 15]) await copy.flow.copy(copy.part(from, from + 15));
  await copy.flow.copy(copy.part(30));
  await copy.assertFaithful({ from: 20n });
});

test('an environment that remembers the generation before copies nothing twice', async () => {
  const copy = await bench.plainTopic({ count: 40, producer: 'remembered' });
  const environment = copy.flow.environment();
  for (const from of [0, 10, 20]) await copy.flow.copyIn(environment, copy.part(from, from + 10));
  await begin(copy, { upstream: 30n, downstream: 30n });
  const next = copy.part(30, 36);
  await assert.rejects(copy.flow.copyIn(environment, next), { code: 'PROGRESS_CONFLICT' });
  const [again] = await copy.flow.copyIn(environment, next);
  assert.equal(again?.counts.landed, 6);
  await copy.flow.copyIn(environment, copy.part(36));
  await assertOnce(copy);
});

test('a late batch of the generation before is the copy of what comes next', async () => {
  const copy = await bench.plainTopic({ count: 40, producer: 'late' });
  await lateAfter(copy, { upstream: 10n, downstream: 10n });
  const [next] = await copy.flow.copy(copy.part(10, 30));
  assert.equal(next?.counts.landed, 10);
  await copy.flow.copy(copy.part(30));
  await assertOnce(copy);
});

test('a late batch of the generation before is passed over where the map begins anew', async () => {
  const copy = await bench.plainTopic({ count: 40, producer: 'passed' });
  await lateAfter(copy, { upstream: 0n, downstream: 10n });
  await copy.flow.copy(copy.part(0, 20));
  await copy.flow.copy(copy.part(20));

  await copy.assertFaithful({ from: 20n });
});

test('a batch of the generation before is refused once the new one has written', async () => {
  const copy = await bench.plainTopic({ count: 40, producer: 'fenced' });
  await copy.flow.copy(copy.part(0, 10));
  const { fault, thaw, reached } = frozenBeforeProducing();
  const late = copy.flow.deliver(copy.part(10, 20), fault);
  await reached;
  await begin(copy, { upstream: 10n, downstream: 10n });
  await copy.flow.copy(copy.part(10, 15));
  thaw();
  const [refused] = await late;
  assert.notEqual(refused?.failure, undefined);
  await copy.flow.copy(copy.part(15));
  await assertOnce(copy);
});

async function begin(copy: TopicCopy, start: { upstream: bigint; downstream: bigint }) {
  const partition = { topic: copy.topic, partition: 0 };
  const [state] = await copy.flow.state.read([partition]);
  assert.ok(state);
  await copy.flow.state.startGeneration(partition, state, start);
}

/** Ten records are copied, ten more are on their way when the generation begins. */
async function lateAfter(copy: TopicCopy, start: { upstream: bigint; downstream: bigint }) {
  await copy.flow.copy(copy.part(0, 10));
  const { fault, thaw, reached } = frozenBeforeProducing();
  const late = copy.flow.deliver(copy.part(10, 20), fault);
  await reached;
  await begin(copy, start);
  thaw();
  const [conflict] = await late;
  assert.equal(conflict?.failure?.code, 'PROGRESS_CONFLICT');
}

/** All of the topic is on the target, and nothing twice. */
async function assertOnce(copy: TopicCopy): Promise<void> {
  const source = bench.oracle.cluster(parts.sourceBootstrapServers);
  const target = bench.oracle.cluster(parts.targetBootstrapServers);
  const remote = copy.flow.remoteTopic(copy.topic);
  const [originals, copies] = await Promise.all([source.dump(copy.topic), target.dump(remote)]);
  assertFaithful(await checkReplication(originals, copies));
}
