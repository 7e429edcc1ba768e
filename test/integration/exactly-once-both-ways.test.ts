/** What holds of a flow holds with a flow back: left out is what came from there, and nothing else. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { MirrorlessError } from '../../lib/errors.ts';
import { openCopyBench, type TopicCopy } from '../support/copy-bench.ts';
import { testDeaths } from '../support/deaths.ts';
import { frozenBeforeProducing, overriding } from '../support/faults.ts';
import { awkwardWriter } from '../support/oracle/awkward.ts';

const bench = await openCopyBench();
after(() => bench.close());

describe('an invocation that dies', () => testDeaths(bench.bothWaysTopic));

test('a batch of a frozen invocation that is sent after its successor', async () => {
  const copy = await bench.bothWaysTopic();
  await copy.flow.copy(copy.part(0, 1));
  const frozen = frozenBeforeProducing();
  const late = copy.flow.deliver(copy.part(0, 20), frozen.fault);
  await frozen.reached;
  await copy.flow.copy(copy.part(0, 25));
  frozen.thaw();
  await late;
  await copy.flow.copy(copy.all());
  await copy.assertFaithful();
});

describe('records that come again', () => {
  test('are compared with their copies, and what was left out is no copy that is missing', async () => {
    const copy = await bench.bothWaysTopic({ partitions: 2 });
    await copy.flow.copy(copy.all());
    const again = await copy.flow.copy(copy.all());
    for (const { counts, leftOut, source } of again) {
      assert.equal(counts.redelivered, source.records.length);
      assert.ok(leftOut.length > 10);
    }
    await copy.assertFaithful();
  });

  test('from the beginning, with other boundaries, change nothing', async () => {
    const copy = await bench.bothWaysTopic();
    for (let from = 0; from < 54; from += 9) await copy.flow.copy(copy.part(from, from + 9));
    for (let from = 0; from < 54; from += 7) await copy.flow.copy(copy.part(from, from + 7));
    await copy.assertFaithful();
  });
});

test('progress restored from an old backup is healed when the mapping is rewound', async () => {
  const copy = await bench.bothWaysTopic();
  await copy.flow.copy(copy.part(0, 5));
  const restore = await copy.backUp();
  for (let from = 5; from < 30; from += 5) await copy.flow.copy(copy.part(from, from + 5));
  await restore();
  await copy.flow.copy(copy.part(0, 18));
  await copy.flow.copy(copy.part(18));
  await copy.assertFaithful();
});

test('a target that stamps records with its own time', async () => {
  const targetConfigs = { 'message.timestamp.type': 'LogAppendTime' };
  const copy = await bench.bothWaysTopic({ targetConfigs });
  await copy.flow.copy(copy.part(0, 20));
  await copy.flow.copy(copy.part(0));
  await copy.assertFaithful({ logAppendTime: true });
});

describe('an event of which nothing is to be copied', () => {
  test('is recorded by one write, and what others wrote to the target is not read again', async () => {
    const copy = await bench.bothWaysTopic();
    await copy.flow.copy(copy.part(0, 2));
    const own = awkwardWriter('of-the-target').records(0, 30);
    await copy.writeForeign(own);
    const calls = { advance: 0, fetch: 0 };
    const counting = overriding({
      state: (state) => ({
        advance(...asked) {
          calls.advance += 1;
          return state.advance(...asked);
        },
      }),
      target: (target) => ({
        fetch(...asked) {
          calls.fetch += 1;
          return target.fetch(...asked);
        },
      }),
    });
    const [alone] = await copy.flow.copy(copy.part(2, 3), counting);
    assert.deepEqual([alone?.source.records.length, alone?.leftOut], [0, [2]]);
    assert.equal(calls.advance, 1);
    assert.ok(calls.fetch > 0);
    await copy.flow.copy(copy.part(2, 3), counting);
    assert.equal(calls.advance, 1, 'again it changes nothing');
    const fetched = calls.fetch;
    const [next] = await copy.flow.copy(copy.part(3, 4), counting);
    assert.equal(next?.source.records.length, 1);
    assert.equal(calls.fetch, fetched, 'the log goes on where it ended');
    assert.deepEqual(await progress(copy), [4n, 33n]);
  });

  test('whose time ends while it reads what others wrote leaves the rest to the next', async () => {
    const copy = await bench.bothWaysTopic();
    await copy.flow.copy(copy.part(0, 2));
    const others = awkwardWriter('of-the-target');
    for (let batch = 0; batch < 6; batch += 1) await copy.writeForeign(others.records(0, 2));
    let fetchesLeft = 4;
    const slow = overriding({
      target: (target) => ({
        async fetch(partitions, limits) {
          fetchesLeft -= 1;
          if (fetchesLeft < 0) throw new MirrorlessError('TIME_EXHAUSTED', 'late.');
          return target.fetch(partitions, { ...limits, maxPartitionBytes: 1 });
        },
      }),
    });
    const [late] = await copy.flow.deliver(copy.part(2, 6), slow);
    assert.equal(late?.failure?.code, 'TIME_EXHAUSTED');
    assert.deepEqual(await progress(copy), [2n, 10n]);
    fetchesLeft = 2;
    await copy.flow.copy(copy.part(2, 6), slow);
    assert.deepEqual(await progress(copy), [6n, 16n]);
  });

  test('can be the first of its partition', async () => {
    const copy = await bench.bothWaysTopic();
    await copy.writeForeign(awkwardWriter('of-the-target').records(0, 3));
    await copy.flow.copy(copy.part(2, 3));
    assert.deepEqual(await progress(copy), [3n, 3n]);
    await copy.flow.copy(copy.part(3, 4));
    assert.deepEqual(await progress(copy), [4n, 4n]);
  });
});

async function progress(copy: TopicCopy): Promise<[bigint, bigint]> {
  const [state] = await copy.flow.state.read([{ topic: copy.topic, partition: 0 }]);
  const { upstreamEnd, downstreamEnd } = state!.segment;
  return [upstreamEnd, downstreamEnd];
}
