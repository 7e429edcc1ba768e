/** Lost 0, duplicated 0, reordered 0 and the map exact, whatever happens to an invocation. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type CopyBench, openCopyBench } from '../support/copy-bench.ts';
import { testDeaths } from '../support/deaths.ts';
import { Death, deathAt, frozenBeforeProducing, overriding } from '../support/faults.ts';
import { foreignRecords } from '../support/oracle/awkward.ts';

const bench = await openCopyBench();
after(() => bench.close());

describe('an invocation that dies', () => testDeaths(bench.awkwardTopic));

describe('a batch of a frozen invocation that is sent after its successor', () => {
  const successors: [
    string,
    (copy: Awaited<ReturnType<CopyBench['awkwardTopic']>>) => Promise<unknown>,
  ][] = [
    ['had the same batch', (copy) => copy.flow.copy(copy.part(0, 20))],
    ['had a longer batch', (copy) => copy.flow.copy(copy.part(0, 25))],
    ['had a shorter batch', (copy) => copy.flow.copy(copy.part(0, 11))],
    [
      'and nine batches more were copied',
      async (copy) => {
        for (let from = 0; from < 30; from += 3) await copy.flow.copy(copy.part(from, from + 3));
      },
    ],
  ];
  for (const [name, succeed] of successors) {
    test(name, async () => {
      const copy = await bench.awkwardTopic({ partitions: 1 });
      await copy.flow.copy(copy.part(0, 1));
      const frozen = frozenBeforeProducing();
      const late = copy.flow.deliver(copy.part(0, 20), frozen.fault);
      await frozen.reached;
      await succeed(copy);
      frozen.thaw();
      await late;
      await copy.flow.copy(copy.all());
      await copy.assertFaithful();
    });
  }
});

describe('records that come again', () => {
  test('are compared with their copies, dropped and counted', async () => {
    const copy = await bench.awkwardTopic({ partitions: 2 });
    await copy.flow.copy(copy.all());
    const again = await copy.flow.copy(copy.all());
    for (const { counts, source } of again) assert.equal(counts.redelivered, source.records.length);
    await copy.assertFaithful();
  });

  test('overlapping with new ones, copy only the new ones', async () => {
    const copy = await bench.awkwardTopic({ partitions: 1 });
    await copy.flow.copy(copy.part(0, 12));
    const [overlapping] = await copy.flow.copy(copy.part(5, 25));
    assert.equal(overlapping?.counts.redelivered, 7);
    await copy.flow.copy(copy.part(20));
    await copy.assertFaithful();
  });

  test('from the beginning, because the mapping was re-created, change nothing', async () => {
    const copy = await bench.awkwardTopic({ partitions: 1 });
    for (let from = 0; from < 36; from += 9) await copy.flow.copy(copy.part(from, from + 9));
    for (let from = 0; from < 36; from += 7) await copy.flow.copy(copy.part(from, from + 7));
    await copy.assertFaithful();
  });
});

describe('the target partition has another writer', () => {
  test('whose records lie between ours, also in the tail that is read back', async () => {
    const copy = await bench.awkwardTopic({ partitions: 1 });
    await copy.flow.copy(copy.part(0, 10));
    await copy.writeForeign(foreignRecords(0, 5));
    const dying = deathAt('after producing, before recording');
    await assert.rejects(copy.flow.deliver(copy.part(10, 20), dying), Death);
    await copy.writeForeign(foreignRecords(0, 3));
    await copy.flow.copy(copy.part(10, 22));
    await copy.writeForeign(foreignRecords(0, 1));
    await copy.flow.copy(copy.part(22));
    await copy.assertFaithful({ foreign: true });
  });
});

describe('progress restored from an old backup', () => {
  test('is healed from the target’s log when the event goes on after it', async () => {
    const copy = await bench.awkwardTopic({ partitions: 1 });
    await copy.flow.copy(copy.part(0, 5));
    const restore = await copy.backUp();
    await copy.flow.copy(copy.part(5, 15));
    await copy.flow.copy(copy.part(15, 20));
    await restore();
    await copy.flow.copy(copy.part(20));
    await copy.assertFaithful();
  });

  test('is healed when the mapping is rewound, with other boundaries', async () => {
    const copy = await bench.awkwardTopic({ partitions: 1 });
    await copy.flow.copy(copy.part(0, 5));
    const restore = await copy.backUp();
    for (let from = 5; from < 30; from += 5) await copy.flow.copy(copy.part(from, from + 5));
    await restore();
    await copy.flow.copy(copy.part(0, 18));
    await copy.flow.copy(copy.part(18));
    await copy.assertFaithful();
  });

  test('halts as PROGRESS_BEHIND where gaps leave room for doubt, until it is rewound', async () => {
    const copy = await bench.transactionalTopic();
    const count = copy.count(0);
    await copy.flow.copy(copy.part(0, 3));
    const restore = await copy.backUp();
    await copy.flow.copy(copy.part(3, count - 5));
    await restore();
    const [behind] = await copy.flow.deliver(copy.part(count - 5));
    assert.equal(behind?.failure?.code, 'PROGRESS_BEHIND');
    await copy.flow.copy(copy.part(3, count - 2));
    await copy.flow.copy(copy.part(count - 2));
    await copy.assertFaithful();
  });
});

describe('a source topic deleted and re-created under its name', () => {
  for (const [name, firstCount, secondCount] of [
    ['with fewer records', 30, 10],
    ['with more records', 10, 30],
  ] as const) {
    test(`${name} halts, and goes on as a new generation once confirmed`, async () => {
      const copy = await bench.plainTopic({ count: firstCount, producer: 'first' });
      await copy.flow.copy(copy.all());
      await copy.recreate({ count: secondCount, producer: 'second' });
      const [halted] = await copy.flow.deliver(copy.all());
      assert.equal(halted?.failure?.code, 'SOURCE_RECREATED');
      assert.equal(await copy.targetCount(), firstCount, 'nothing was written');
      await copy.confirmRecreated();
      await copy.flow.copy(copy.all());
      await copy.assertFaithful({ from: BigInt(firstCount) });
    });
  }
});

describe('DynamoDB', () => {
  test('refusing the record of progress: the copy is found on the target by the retry', async () => {
    const copy = await bench.awkwardTopic({ partitions: 2 });
    const refusing = overriding({
      state: () => ({ advance: () => Promise.reject(bench.stateUnavailable()) }),
    });
    const copies = await copy.flow.deliver(copy.all(), refusing);
    for (const each of copies) {
      assert.equal(each.failure?.code, 'STATE_UNAVAILABLE');
      assert.equal(each.position.nextIndex, 0, 'reported as not replicated');
    }
    const retried = await copy.flow.copy(copy.all());
    for (const { counts, source } of retried) assert.equal(counts.landed, source.records.length);
    await copy.assertFaithful();
  });

  test('applying a write whose answer is lost is no conflict', async () => {
    const copy = await bench.awkwardTopic({ partitions: 1 });
    const twice = overriding({
      state: (state) => ({
        async advance(partition, from, advance) {
          await state.advance(partition, from, advance);
          return state.advance(partition, from, advance);
        },
      }),
    });
    await copy.flow.copy(copy.all(), twice);
    await copy.assertFaithful();
  });

  test('a second invocation of the same batch at the same time ends well too', async () => {
    const copy = await bench.awkwardTopic({ partitions: 2, large: true });
    const copies = await Promise.all([
      copy.flow.deliver(copy.all()),
      copy.flow.deliver(copy.all()),
      copy.flow.deliver(copy.all()),
    ]);
    for (const { failure } of copies.flat()) assert.ok(failure === undefined || failure.retriable);
    await copy.flow.copy(copy.all());
    await copy.assertFaithful();
  });
});
