/** What an environment remembers of a partition saves reads and never decides what is copied. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCopyBench, type TopicCopy } from '../support/copy-bench.ts';
import { Death, deathAt, overriding } from '../support/faults.ts';
import type { Environment } from '../support/flow.ts';

const bench = await openCopyBench();
after(() => bench.close());

test('from the third batch on, an environment that is alone reads no state', async () => {
  const copy = await bench.awkwardTopic({ partitions: 2 });
  const { environment, reads } = counting(copy);
  for (let from = 0; from < 30; from += 5) {
    await copy.flow.copyIn(environment, copy.part(from, from + 5));
  }
  assert.equal(reads(), 2);
  await copy.flow.copyIn(environment, copy.part(30));
  await copy.assertFaithful();
});

test('where another environment went on, the state is read again', async () => {
  const copy = await bench.awkwardTopic({ partitions: 1 });
  const { environment, reads } = counting(copy);
  for (const from of [0, 4, 8]) await copy.flow.copyIn(environment, copy.part(from, from + 4));
  await copy.flow.copy(copy.part(12, 20));
  const readsBefore = reads();
  await copy.flow.copyIn(environment, copy.part(20, 24));
  assert.equal(reads(), readsBefore + 1);
  await copy.flow.copyIn(environment, copy.part(24));
  await copy.assertFaithful();
});

test('two environments that take turns, and batches that overlap', async () => {
  const copy = await bench.awkwardTopic({ partitions: 2 });
  const environments = [copy.flow.environment(), copy.flow.environment()];
  for (let from = 0; from < 30; from += 3) {
    const environment = environments[(from / 3) % 5 < 3 ? 0 : 1] as Environment;
    await copy.flow.copyIn(environment, copy.part(Math.max(0, from - 2), from + 3));
  }
  await copy.flow.copyIn(environments[1] as Environment, copy.part(27));
  await copy.assertFaithful();
});

test('another environment died between acknowledgement and recording', async () => {
  const copy = await bench.awkwardTopic({ partitions: 1 });
  const { environment } = counting(copy);
  for (const from of [0, 4, 8]) await copy.flow.copyIn(environment, copy.part(from, from + 4));
  const dying = deathAt('after producing, before recording');
  await assert.rejects(copy.flow.deliver(copy.part(12, 20), dying), Death);
  const [again] = await copy.flow.copyIn(environment, copy.part(12, 22));
  assert.equal(again?.counts.landed, 8);
  await copy.flow.copyIn(environment, copy.part(22));
  await copy.assertFaithful();
});

test('records that come again are compared, as by an environment without a memory', async () => {
  const copy = await bench.awkwardTopic({ partitions: 1 });
  const { environment } = counting(copy);
  for (const from of [0, 6, 12]) await copy.flow.copyIn(environment, copy.part(from, from + 6));
  const [again] = await copy.flow.copyIn(environment, copy.part(2, 25));
  assert.equal(again?.counts.redelivered, 16);
  await copy.flow.copyIn(environment, copy.part(25));
  await copy.assertFaithful();
});

test('the state was restored from a backup: the copy is retried from what is stored', async () => {
  const copy = await bench.plainTopic({ count: 60, producer: 'restored' });
  const { environment } = counting(copy);
  const restore = await backedUpAfterFirst(copy, environment);
  for (const from of [10, 20]) await copy.flow.copyIn(environment, copy.part(from, from + 10));
  await restore();
  await assert.rejects(copy.flow.copyIn(environment, copy.part(30, 40)), {
    code: 'PROGRESS_CONFLICT',
  });
  await copy.flow.copyIn(environment, copy.part(10, 40));
  await copy.flow.copyIn(environment, copy.part(40));
  await copy.assertFaithful();
});

test('a new generation was confirmed meanwhile: the copy is retried in it', async () => {
  const copy = await bench.plainTopic({ count: 12, producer: 'first' });
  const { environment } = counting(copy);
  for (const from of [0, 4, 8]) await copy.flow.copyIn(environment, copy.part(from, from + 4));
  const until = BigInt(await copy.targetCount());
  await copy.recreate({ count: 40, producer: 'second' });
  await copy.confirmRecreated();
  await copy.flow.copyIn(environment, copy.part(0, 10));
  for (const from of [10, 20]) await copy.flow.copyIn(environment, copy.part(from, from + 10));
  await copy.flow.copyIn(environment, copy.part(30));
  await copy.assertFaithful({ from: until });
});

function counting(copy: TopicCopy): { environment: Environment; reads(): number } {
  let count = 0;
  const fault = overriding({
    state: (state) => ({
      read(partitions) {
        count += 1;
        return state.read(partitions);
      },
    }),
  });
  return { environment: copy.flow.environment(fault), reads: () => count };
}

async function backedUpAfterFirst(copy: TopicCopy, environment: Environment) {
  await copy.flow.copyIn(environment, copy.part(0, 10));
  return copy.backUp();
}
