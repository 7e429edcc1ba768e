/** The state store on a real table: exact, strongly consistent, and one winner of every race. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { runsOf } from '../../lib/state/offset-map.ts';
import type { Advance, PartitionState, Run, StateStore } from '../../lib/state/ports.ts';
import { oneByOne, type TranslateOne } from '../support/translate.ts';
import { initialState, openStateTable, type StateTable } from './state-table.ts';

const flow = 'source->target';
let table: StateTable;
let client: DynamoDBClient;
let store: StateStore;
let translate: TranslateOne;
let topicCount = 0;

before(async () => {
  table = await openStateTable();
  client = table.client;
  store = dynamoStateStore({ client, table: table.name, flow });
  translate = oneByOne(store);
});

after(() => table.close());

function newPartition() {
  topicCount += 1;
  return { topic: `orders.v${topicCount}_eu-1`, partition: 3 };
}

/** `count` runs of one record, each after a gap on both sides; `wide` gaps fill segments sooner. */
function advanceOf(from: PartitionState, count: number, wide = 0): Advance {
  const runs: Run[] = [];
  let { upstreamEnd, downstreamEnd } = from.segment;
  for (let index = 0; index < count; index += 1) {
    const upstream = upstreamEnd + BigInt(wide + 1 + (index % 3));
    const downstream = downstreamEnd + BigInt(wide + (index % 2));
    runs.push({ upstream, downstream, length: 1 });
    [upstreamEnd, downstreamEnd] = [upstream + 1n, downstream + 1n];
  }
  const nextSequence = (from.nextSequence + count) % 2 ** 31;
  return { runs, upstreamEnd, downstreamEnd, nextSequence };
}

async function itemsOf(partition: { topic: string; partition: number }) {
  const key = `${flow}/${partition.topic}/${partition.partition}`;
  const items = [];
  let from: Record<string, never> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table.name,
        FilterExpression: '#partition = :key',
        ExpressionAttributeNames: { '#partition': 'partition' },
        ExpressionAttributeValues: { ':key': { S: key } },
        ExclusiveStartKey: from,
      }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey as typeof from;
  } while (from !== undefined);
  return items;
}

describe('reading', () => {
  test('what was never replicated is undefined, in the order asked for, any number at once', async () => {
    const topic = newPartition().topic;
    const partitions = Array.from({ length: 230 }, (_, partition) => ({ topic, partition }));
    const states = partitions.map(({ partition }) => initialState(BigInt(partition)));
    for (const [index, partition] of partitions.entries()) {
      if (index % 2 === 0) await store.create(partition, states[index] as PartitionState);
    }
    const read = await store.read([...partitions, { topic, partition: 4 }]);
    assert.deepEqual(read, [
      ...states.map((state, index) => (index % 2 === 0 ? state : undefined)),
      states[4],
    ]);
    assert.deepEqual(await store.read([]), []);
  });

  test('partitions and flows do not share state', async () => {
    const { topic } = newPartition();
    await store.create({ topic, partition: 1 }, initialState(1n));
    const other = dynamoStateStore({ client, table: table.name, flow: 'source->other' });
    assert.deepEqual(await store.read([{ topic, partition: 11 }]), [undefined]);
    assert.deepEqual(await other.read([{ topic, partition: 1 }]), [undefined]);
  });
});

describe('races', () => {
  test('of two that create a partition, both have the state of the first', async () => {
    const partition = newPartition();
    const [one, other] = await Promise.all([
      store.create(partition, initialState(1n)),
      store.create(partition, initialState(2n)),
    ]);
    assert.deepEqual(one, other);
    assert.deepEqual(await store.read([partition]), [one]);
  });

  test('of two that allocate the producer, both have the identity of the first, for ever', async () => {
    const racing = dynamoStateStore({ client, table: table.name, flow: 'a->b' });
    const both = Promise.withResolvers<void>();
    let allocated = 0;
    const allocate = async () => {
      allocated += 1;
      const producerId = BigInt(allocated);
      if (allocated === 2) both.resolve();
      await both.promise;
      return { producerId, producerEpoch: 0 };
    };
    const [one, other] = await Promise.all([racing.producer(allocate), racing.producer(allocate)]);
    assert.deepEqual(one, other);
    const never = () => assert.fail('allocated again');
    assert.deepEqual(await racing.producer(never), one);
  });

  test('of two that advance, one wins and the other learns where progress is', async () => {
    const partition = newPartition();
    const from = await store.create(partition, initialState());
    const advances = [advanceOf(from, 3), advanceOf(from, 5)];
    const settled = await Promise.allSettled(
      advances.map((advance) => store.advance(partition, from, advance)),
    );
    const winner = settled.findIndex((result) => result.status === 'fulfilled');
    const loser = settled[1 - winner] as PromiseRejectedResult;
    const [stored] = await store.read([partition]);
    assert.equal(stored?.segment.upstreamEnd, advances[winner]?.upstreamEnd);
    assert.equal(loser.reason.code, 'PROGRESS_CONFLICT');
    assert.equal(loser.reason.place.offset, String(stored?.segment.upstreamEnd));
  });

  test('an advance from a state that is not the newest changes nothing', async () => {
    const partition = newPartition();
    const from = await store.create(partition, initialState());
    const state = await store.advance(partition, from, advanceOf(from, 4));
    const stale: [string, PartitionState][] = [
      ['an older position', from],
      ['another generation', { ...state, generation: 1 }],
      ['another sequence', { ...state, nextSequence: state.nextSequence + 1 }],
      ['another producer', { ...state, producerId: 1n }],
    ];
    for (const [what, other] of stale) {
      const advance = advanceOf(state, 2);
      await assert.rejects(
        store.advance(partition, other, advance),
        { code: 'PROGRESS_CONFLICT' },
        what,
      );
    }
    assert.deepEqual(await store.read([partition]), [state]);
  });

  test('the loser of a race in which both close segments leaves none of its own', async () => {
    const partition = newPartition();
    const from = await store.create(partition, initialState());
    const settled = await Promise.allSettled([
      store.advance(partition, from, advanceOf(from, 3000)),
      store.advance(partition, from, advanceOf(from, 3000, 100)),
    ]);
    const codes = settled.map((each) => (each.status === 'rejected' ? each.reason.code : 'won'));
    assert.deepEqual(codes.toSorted(), ['PROGRESS_CONFLICT', 'won']);
    const [state] = await store.read([partition]);
    const end = state?.segment.upstreamEnd as bigint;
    const segments = await store.segments(partition, 0n, end);
    assert.equal(segments.length, (await itemsOf(partition)).length);
    assert.equal([...segments.flatMap((segment) => [...runsOf(segment)])].length, 3000);
  });
});

describe('the map', () => {
  test('one advance of 10,000 single records is closed into segments and translates exactly', async () => {
    const partition = newPartition();
    const from = await store.create(partition, initialState(50n, 20n));
    const advance = advanceOf(from, 10_000);
    const state = await store.advance(partition, from, advance);
    assert.equal(state.nextSequence, 10_000);
    assert.equal((await itemsOf(partition)).length, 10);
    const segments = await store.segments(partition, 0n, advance.upstreamEnd);
    const runs = segments.flatMap((segment) => [...runsOf(segment)]);
    assert.deepEqual(runs, advance.runs);
    for (const index of [0, 1, 1023, 1024, 1025, 5000, 9998]) {
      const { upstream, downstream } = advance.runs[index] as Run;
      const next = advance.runs[index + 1] as Run;
      const translated = (offset: bigint, direction: 'upstream' | 'downstream') =>
        translate(partition, offset, direction);
      const exact = (offset: bigint) => ({ status: 'exact', offset });
      assert.deepEqual(await translated(upstream, 'downstream'), exact(downstream));
      assert.deepEqual(await translated(upstream + 1n, 'downstream'), exact(next.downstream));
      assert.deepEqual(await translated(downstream, 'upstream'), exact(upstream));
      assert.deepEqual(await translated(downstream + 1n, 'upstream'), exact(next.upstream));
    }
  });

  test('what is not in the map is said, never guessed', async () => {
    const partition = newPartition();
    assert.deepEqual(await translate(partition, 5n, 'downstream'), { status: 'no-map' });
    assert.deepEqual(await store.segments(partition, 0n, 5n), []);
    const from = await store.create(partition, initialState(100n, 40n));
    const end = { status: 'exact', offset: 40n };
    assert.deepEqual(await translate(partition, 100n, 'downstream'), end);
    const { segment } = await store.advance(partition, from, advanceOf(from, 2500));
    const { upstreamEnd, downstreamEnd } = segment;
    const cases = [
      [-1n, 'downstream', { status: 'before-map', mapStart: 100n }],
      [99n, 'downstream', { status: 'before-map', mapStart: 100n }],
      [39n, 'upstream', { status: 'before-map', mapStart: 40n }],
      [upstreamEnd, 'downstream', { status: 'exact', offset: downstreamEnd }],
      [downstreamEnd, 'upstream', { status: 'exact', offset: upstreamEnd }],
      [upstreamEnd + 1n, 'downstream', { status: 'ahead', mapEnd: upstreamEnd }],
      [downstreamEnd + 1n, 'upstream', { status: 'ahead', mapEnd: downstreamEnd }],
    ] as const;
    for (const [offset, direction, expected] of cases) {
      assert.deepEqual(await translate(partition, offset, direction), expected);
    }
  });

  test('where the map was begun is told for as long as it tells of all that was copied', async () => {
    const partition = newPartition();
    const begun = { upstream: 100n, downstream: 40n };
    const begunNow = async () => {
      const [answer] = await store.translate([{ partition, offsets: [] }], 'downstream');
      return answer?.ok ? answer.value.begun : answer?.error;
    };
    const from = await store.create(partition, { ...initialState(100n, 40n), begun });
    assert.deepEqual(await begunNow(), begun);
    const once = await store.advance(partition, from, advanceOf(from, 5));
    assert.deepEqual(await begunNow(), begun, 'after a write of what changes');
    const rolled = await store.advance(partition, once, advanceOf(once, 2500));
    assert.deepEqual(await begunNow(), begun, 'after a segment was closed');
    const again = await store.startGeneration(partition, rolled, begun);
    assert.deepEqual([await begunNow(), again.begun], [undefined, undefined]);
    const [stored] = await store.read([partition]);
    const next = await store.startGeneration(partition, stored!, begun);
    assert.deepEqual(
      [await begunNow(), next.begun],
      [undefined, undefined],
      'nor in any later one',
    );
  });

  test('segments are those that cover the range, and no others', async () => {
    const partition = newPartition();
    const from = await store.create(partition, initialState(100n, 0n));
    const { segment } = await store.advance(partition, from, advanceOf(from, 5000));
    const all = await store.segments(partition, 0n, 2n ** 62n);
    const [first, second, third, fourth, newest] = all;
    assert.deepEqual(newest, segment);
    const [start, end] = [second?.upstreamStart as bigint, second?.upstreamEnd as bigint];
    assert.deepEqual(await store.segments(partition, start, end - 1n), [second]);
    assert.deepEqual(await store.segments(partition, start - 1n, end), [first, second, third]);
    const from4 = fourth?.upstreamStart as bigint;
    assert.deepEqual(await store.segments(partition, from4, 2n ** 62n), [fourth, newest]);
    const { upstreamEnd } = segment;
    assert.deepEqual(await store.segments(partition, upstreamEnd - 1n, upstreamEnd), [newest]);
    assert.deepEqual(await store.segments(partition, upstreamEnd, upstreamEnd), []);
    assert.deepEqual(await store.segments(partition, 0n, 99n), []);
  });

  test('an advance that closes more segments than a transaction takes goes in whole steps', async () => {
    const partition = newPartition();
    const from = await store.create(partition, { ...initialState(), nextSequence: 2 ** 31 - 5 });
    const advance = advanceOf(from, 45_000, 20_000);
    const state = await store.advance(partition, from, advance);
    assert.ok((await itemsOf(partition)).length > 101);
    assert.deepEqual(await store.read([partition]), [state]);
    assert.equal(state.nextSequence, 44_995);
    const segments = await store.segments(partition, 0n, advance.upstreamEnd);
    const runs = segments.flatMap((segment) => [...runsOf(segment)]);
    assert.deepEqual(runs, advance.runs);
  });

  test('10 million records without gaps, 10,000 at a time, are one item', async () => {
    const partition = newPartition();
    let state = await store.create(partition, initialState());
    for (let advances = 0; advances < 1000; advances += 1) {
      const { upstreamEnd, downstreamEnd } = state.segment;
      state = await store.advance(partition, state, {
        runs: [{ upstream: upstreamEnd, downstream: downstreamEnd, length: 10_000 }],
        upstreamEnd: upstreamEnd + 10_000n,
        downstreamEnd: downstreamEnd + 10_000n,
        nextSequence: (state.nextSequence + 10_000) % 2 ** 31,
      });
    }
    assert.equal(state.segment.upstreamEnd, 10_000_000n);
    assert.equal((await itemsOf(partition)).length, 1);
    const middle = await translate(partition, 5_000_001n, 'downstream');
    assert.deepEqual(middle, { status: 'exact', offset: 5_000_001n });
  });
});
