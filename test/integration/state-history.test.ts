/** The state table over time: generations of the map, pruning, and the table itself. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import type { Advance, PartitionState, Run, StateStore } from '../../lib/state/ports.ts';
import { createStateTable } from '../../lib/state/table.ts';
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

async function newPartition(downstream = 0n) {
  topicCount += 1;
  const partition = { topic: `history-${topicCount}`, partition: 0 };
  const state = await store.create(partition, initialState(0n, downstream));
  return { partition, state };
}

/** Single records of which each skips an upstream offset: 1024 of them fill a segment. */
function singles(from: PartitionState, count: number, logStartOffset = 0n): Advance {
  const { upstreamEnd, downstreamEnd } = from.segment;
  const runs = Array.from({ length: count }, (_, index): Run => {
    const upstream = upstreamEnd + BigInt(2 * index + 1);
    return { upstream, downstream: downstreamEnd + BigInt(index), length: 1 };
  });
  return {
    runs,
    upstreamEnd: upstreamEnd + BigInt(2 * count),
    downstreamEnd: downstreamEnd + BigInt(count),
    nextSequence: from.nextSequence + count,
    logStartOffset,
  };
}

/** The downstream starts of the closed segments in the table, by generation. */
async function closedStarts({ topic }: { topic: string }): Promise<Record<string, number[]>> {
  const found: { generation: string; start: number }[] = [];
  for await (const { Items: items } of paginateScan({ client }, { TableName: table.name })) {
    for (const { partition, position, downstreamStart } of items ?? []) {
      const [kind, generation] = position?.S?.split('/') ?? [];
      if (kind !== 'closed' || !partition?.S?.includes(`/${topic}/`)) continue;
      found.push({ generation: String(Number(generation)), start: Number(downstreamStart?.N) });
    }
  }
  const starts: Record<string, number[]> = {};
  for (const { generation, start } of found.toSorted((one, other) => one.start - other.start)) {
    starts[generation] = [...(starts[generation] ?? []), start];
  }
  return starts;
}

describe('a new generation', () => {
  test('begins an empty map, goes on with the producer, and hides the older one', async () => {
    const { partition, state } = await newPartition();
    const before = await store.advance(partition, state, singles(state, 2000));
    const start = { upstream: 0n, downstream: 2000n };
    const begun = await store.startGeneration(partition, before, start);
    const epoch = { producerEpoch: before.producerEpoch + 1, nextSequence: 0 };
    assert.deepEqual(begun, {
      ...before,
      ...epoch,
      generation: 1,
      segment: emptySegment(0n, 2000n),
    });
    assert.deepEqual(await store.read([partition]), [begun]);
    assert.deepEqual(await closedStarts(partition), { 0: [0, 1024] });
    const end = { status: 'exact', offset: 2000n };
    assert.deepEqual(await translate(partition, 0n, 'downstream'), end);
    const { status } = await translate(partition, 1n, 'downstream');
    assert.equal(status, 'ahead');
    const old = await translate(partition, 1500n, 'upstream');
    assert.deepEqual(old, { status: 'before-map', mapStart: 2000n });
    const grown = await store.advance(partition, begun, singles(begun, 1500));
    assert.deepEqual(await closedStarts(partition), { 0: [0, 1024], 1: [2000] });
    assert.deepEqual(await translate(partition, 1n, 'downstream'), end);
    const [first, second] = await store.segments(partition, 0n, 2n ** 60n);
    assert.equal(first?.downstreamStart, 2000n);
    assert.deepEqual(second, grown.segment);
  });

  test('is begun by one of two', async () => {
    const { partition, state } = await newPartition();
    const from = await store.advance(partition, state, singles(state, 5));
    const settled = await Promise.allSettled([
      store.startGeneration(partition, from, { upstream: 1n, downstream: 5n }),
      store.startGeneration(partition, from, { upstream: 2n, downstream: 5n }),
    ]);
    const codes = settled.map((each) => (each.status === 'rejected' ? each.reason.code : 'won'));
    assert.deepEqual(codes.toSorted(), ['PROGRESS_CONFLICT', 'won']);
    await assert.rejects(store.advance(partition, from, singles(from, 1)), {
      code: 'PROGRESS_CONFLICT',
    });
  });

  test('closes nothing where nothing was copied yet', async () => {
    const { partition, state } = await newPartition();
    const begun = await store.startGeneration(partition, state, { upstream: 3n, downstream: 9n });
    assert.deepEqual([begun.generation, begun.segment], [1, emptySegment(3n, 9n)]);
    assert.deepEqual(await closedStarts(partition), {});
  });
});

describe('pruning', () => {
  test('when a segment is closed, those wholly below the log start are deleted', async () => {
    const { partition, state } = await newPartition(100n);
    const grown = await store.advance(partition, state, singles(state, 5000));
    const [first, second, third, fourth] = (await closedStarts(partition))[0] as number[];
    assert.equal(first, 100);
    const notClosing = singles(grown, 1, BigInt(fourth as number));
    const next = await store.advance(partition, grown, notClosing);
    assert.equal((await closedStarts(partition))[0]?.length, 4, 'nothing was closed');
    const inThird = BigInt(fourth as number) - 1n;
    const closing = await store.advance(partition, next, singles(next, 1500, inThird));
    const kept = (await closedStarts(partition))[0] as number[];
    assert.ok(!kept.includes(first as number) && !kept.includes(second as number));
    assert.deepEqual(kept.slice(0, 2), [third, fourth]);
    const before = await translate(partition, BigInt(first), 'upstream');
    assert.deepEqual(before, { status: 'before-map', mapStart: BigInt(third as number) });
    assert.equal((await translate(partition, inThird, 'upstream')).status, 'exact');
    const { upstreamEnd, downstreamEnd } = closing.segment;
    const end = { status: 'exact', offset: downstreamEnd };
    assert.deepEqual(await translate(partition, upstreamEnd, 'downstream'), end);
  });

  test('a log start that is not known, or below the map, deletes nothing', async () => {
    const { partition, state } = await newPartition(100n);
    const grown = await store.advance(partition, state, singles(state, 3000, -1n));
    await store.advance(partition, grown, singles(grown, 3000, 99n));
    assert.equal((await closedStarts(partition))[0]?.length, 5);
  });

  test('older generations go as their records do', async () => {
    const { partition, state } = await newPartition();
    const old = await store.advance(partition, state, singles(state, 2500));
    const start = { upstream: 0n, downstream: 2500n };
    const begun = await store.startGeneration(partition, old, start);
    const before = (await closedStarts(partition))[0] as number[];
    assert.equal(before.length, 3);
    const middle = BigInt(before[1] as number);
    const grown = await store.advance(partition, begun, singles(begun, 1500, middle));
    assert.deepEqual((await closedStarts(partition))[0], before.slice(1));
    await store.advance(partition, grown, singles(grown, 1500, 2600n));
    assert.equal((await closedStarts(partition))[0], undefined);
  });

  test('more than fit into one transaction go over several', async () => {
    const { partition, state } = await newPartition();
    const grown = await store.advance(partition, state, singles(state, 60_000));
    assert.equal((await closedStarts(partition))[0]?.length, 58);
    const next = await store.advance(partition, grown, singles(grown, 1024, 60_000n));
    assert.equal((await closedStarts(partition))[0]?.length, 58 + 1 - 25);
    await store.advance(partition, next, singles(next, 1024, 60_000n));
    assert.equal((await closedStarts(partition))[0]?.length, 58 + 2 - 50);
  });
});

describe('the table', () => {
  test('is paid by request, and creating it again is fine', async () => {
    await createStateTable(client, table.name);
    const { Table: found } = await client.send(new DescribeTableCommand({ TableName: table.name }));
    assert.equal(found?.TableStatus, 'ACTIVE');
    assert.equal(found?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
  });

  test('of two that create it, both succeed', async () => {
    const name = 'raced';
    await Promise.all([createStateTable(client, name), createStateTable(client, name)]);
    const racing = dynamoStateStore({ client, table: name, flow });
    assert.deepEqual(await racing.read([{ topic: 't', partition: 0 }]), [undefined]);
  });

  test('of another shape is refused by name, at creation and in use', async () => {
    await client.send(
      new CreateTableCommand({
        TableName: 'others',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const refused = { code: 'STATE_TABLE_MISSING', message: /others/ };
    await assert.rejects(createStateTable(client, 'others'), refused);
    const wrong = dynamoStateStore({ client, table: 'others', flow });
    await assert.rejects(wrong.read([{ topic: 't', partition: 0 }]), refused);
  });

  test('that is missing is said of every operation', async () => {
    const { partition, state } = await newPartition();
    const missing = dynamoStateStore({ client, table: 'missing', flow });
    const refused = { code: 'STATE_TABLE_MISSING', retriable: true, message: /missing/ };
    const calls = [
      missing.read([partition]),
      missing.create(partition, state),
      missing.advance(partition, state, singles(state, 1)),
      missing.advance(partition, state, singles(state, 5000)),
      missing.translate([{ partition, offsets: [1n] }], 'downstream'),
      missing.producer(async () => ({ producerId: 1n, producerEpoch: 0 })),
    ];
    const settled = await Promise.allSettled(calls);
    for (const call of settled) {
      assert.equal(call.status, 'rejected');
      assert.throws(() => {
        throw (call as PromiseRejectedResult).reason;
      }, refused);
    }
  });

  test('with a broken item says which one', async () => {
    const { partition } = await newPartition();
    const key = { partition: { S: `${flow}/${partition.topic}/0` }, position: { S: 'newest' } };
    await client.send(
      new PutItemCommand({ TableName: table.name, Item: { ...key, packed: { N: '1' } } }),
    );
    const message = new RegExp(partition.topic);
    await assert.rejects(store.read([partition]), { code: 'STATE_CORRUPT', message });
  });
});
