/** DynamoDB throttled, failing, slow, silent, or its answer lost: nothing is lost or misread. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { runsOf } from '../../lib/state/offset-map.ts';
import type { Advance, PartitionState, Run, StateStore } from '../../lib/state/ports.ts';
import { type Fault, type FaultyEndpoint, openFaultyEndpoint } from './state-faults.ts';
import { clientOf, initialState, openStateTable, type StateTable } from './state-table.ts';

let table: StateTable;
let faulty: FaultyEndpoint;
let store: StateStore;
let topicCount = 0;

before(async () => {
  table = await openStateTable();
  faulty = await openFaultyEndpoint(table.endpoint);
  store = newStore('a->b');
});

after(async () => {
  store.close();
  faulty.close();
  await table.close();
});

beforeEach(() => faulty.breakWith([]));

/** Over the faulty endpoint. */
function newStore(flow: string, timeoutMs = 5000): StateStore {
  return dynamoStateStore({
    client: clientOf(faulty.endpoint),
    table: table.name,
    flow,
    timeoutMs,
  });
}

async function newPartition() {
  topicCount += 1;
  const partition = { topic: `failing-${topicCount}`, partition: 0 };
  const state = await store.create(partition, initialState());
  faulty.breakWith([]);
  return { partition, state };
}

function advanceOf(from: PartitionState, count: number, gap = 1n): Advance {
  const { upstreamEnd, downstreamEnd } = from.segment;
  const runs = Array.from({ length: count }, (_, index): Run => {
    const upstream = upstreamEnd + BigInt(index) * (gap + 1n);
    return { upstream, downstream: downstreamEnd + BigInt(index), length: 1 };
  });
  const end = (runs.at(-1) as Run).upstream + 1n;
  const nextSequence = from.nextSequence + count;
  return { runs, upstreamEnd: end, downstreamEnd: downstreamEnd + BigInt(count), nextSequence };
}

const throttled: Fault = { answer: 400, type: 'ProvisionedThroughputExceededException' };
const failing: Fault = { answer: 500, type: 'InternalServerError' };

describe('what passes is retried', () => {
  const passing: [string, Fault[]][] = [
    ['throttled', [throttled]],
    ['failing twice', [failing, failing]],
    ['reset', ['reset']],
    ['silent, as a connection that died while frozen', ['silence']],
  ];
  for (const [name, next] of passing) {
    test(name, async () => {
      const { partition, state } = await newPartition();
      faulty.breakWith(next);
      const advanced = await store.advance(partition, state, advanceOf(state, 2));
      assert.equal(faulty.actions.length, next.length + 1);
      faulty.breakWith(next);
      assert.deepEqual(await store.read([partition]), [advanced]);
    });
  }

  test('keys that the service left unprocessed', async () => {
    const { partition } = await newPartition();
    const partitions = Array.from({ length: 60 }, (_, index) => ({
      ...partition,
      partition: index,
    }));
    const states = await Promise.all(
      partitions.map((each) =>
        store.create(each, { ...initialState(), nextSequence: each.partition }),
      ),
    );
    faulty.breakWith([{ unprocessed: 40 }, { unprocessed: 39 }, { unprocessed: 1 }]);
    const read = await store.read(partitions);
    assert.deepEqual(faulty.actions, Array(4).fill('BatchGetItem'));
    assert.deepEqual(read, states);
  });
});

describe('what stays fails with its code, in bounded time, and changes nothing', () => {
  const staying: [string, Fault, string][] = [
    ['throttled', throttled, 'STATE_UNAVAILABLE'],
    ['failing', failing, 'STATE_UNAVAILABLE'],
    ['unavailable', { answer: 503, type: 'ServiceUnavailable' }, 'STATE_UNAVAILABLE'],
    ['reset', 'reset', 'STATE_UNAVAILABLE'],
    ['silent', 'silence', 'STATE_UNAVAILABLE'],
    ['denied', { answer: 400, type: 'AccessDeniedException' }, 'STATE_REFUSED'],
    ['unknown', { answer: 400, type: 'UnrecognizedClientException' }, 'STATE_REFUSED'],
    ['expired', { answer: 400, type: 'ExpiredTokenException' }, 'STATE_REFUSED'],
    ['table gone', { answer: 400, type: 'ResourceNotFoundException' }, 'STATE_TABLE_MISSING'],
    ['defect', { answer: 400, type: 'ValidationException' }, 'INTERNAL'],
    [
      'transaction throttled',
      { answer: 400, type: 'TransactionCanceledException', reasons: ['None', 'ThrottlingError'] },
      'STATE_UNAVAILABLE',
    ],
    [
      'transaction held by another',
      { answer: 400, type: 'TransactionCanceledException', reasons: ['TransactionConflict'] },
      'PROGRESS_CONFLICT',
    ],
    [
      'item held by a transaction',
      { answer: 400, type: 'TransactionConflictException' },
      'PROGRESS_CONFLICT',
    ],
  ];
  for (const [name, fault, code] of staying) {
    test(name, async () => {
      const { partition, state } = await newPartition();
      const bounded = newStore('a->b', 700);
      faulty.breakWith([fault], { staying: true });
      const startedAt = performance.now();
      const isTransaction = name.startsWith('transaction');
      const advance = advanceOf(state, isTransaction ? 3000 : 2);
      await assert.rejects(bounded.advance(partition, state, advance), { code });
      if (!isTransaction && code !== 'PROGRESS_CONFLICT') {
        await assert.rejects(bounded.read([partition]), { code });
      }
      assert.ok(performance.now() - startedAt < 2500, 'bounded');
      bounded.close();
      faulty.breakWith([]);
      assert.deepEqual(await store.read([partition]), [state]);
    });
  }
});

describe('a write that was applied, its answer lost', () => {
  for (const fault of ['answer lost', 'answer cut'] as const) {
    test(`is a success where the retry finds what it wanted: ${fault}`, async () => {
      const { partition, state } = await newPartition();
      faulty.breakWith([fault]);
      const advanced = await store.advance(partition, state, advanceOf(state, 2));
      assert.deepEqual(faulty.actions, ['PutItem', 'PutItem']);
      faulty.breakWith([fault]);
      assert.deepEqual(await store.read([partition]), [advanced]);
    });
  }

  test('is a success, too, where it closed segments', async () => {
    const { partition, state } = await newPartition();
    faulty.breakWith(['answer lost']);
    const advanced = await store.advance(partition, state, advanceOf(state, 3000));
    assert.deepEqual(faulty.actions, ['TransactWriteItems', 'TransactWriteItems']);
    assert.deepEqual(await store.read([partition]), [advanced]);
  });

  test('is unavailable where no answer comes at all; made again, it is a success', async () => {
    const { partition, state } = await newPartition();
    for (const count of [2, 3000]) {
      const [from = state] = await store.read([partition]);
      const advance = advanceOf(from, count);
      faulty.breakWith(['answer lost', 'answer lost', 'answer lost']);
      await assert.rejects(store.advance(partition, from, advance), { code: 'STATE_UNAVAILABLE' });
      const [stored] = await store.read([partition]);
      assert.equal(stored?.segment.upstreamEnd, advance.upstreamEnd);
      assert.deepEqual(await store.advance(partition, from, advance), stored);
    }
  });

  test('gives the creator its own state and the allocator its own identity', async () => {
    const partition = { topic: 'lost-creation', partition: 0 };
    const { state } = await newPartition();
    faulty.breakWith(['answer lost']);
    assert.deepEqual(await store.create(partition, state), state);
    const other = newStore('lost->producer');
    faulty.breakWith(['none', 'answer lost']);
    const identity = { producerId: 77n, producerEpoch: 3 };
    assert.deepEqual(await other.producer(async () => identity), identity);
    other.close();
  });

  test('is a conflict where another has gone on since', async () => {
    const { partition, state } = await newPartition();
    const advance = advanceOf(state, 2);
    const advanced = await store.advance(partition, state, advance);
    const next = await store.advance(partition, advanced, advanceOf(advanced, 1));
    const offset = String(next.segment.upstreamEnd);
    await assert.rejects(store.advance(partition, state, advance), (error: Error) => {
      const { code, place } = error as Error & { code: string; place: { offset: string } };
      return code === 'PROGRESS_CONFLICT' && place.offset === offset;
    });
  });
});

describe('an advance of several transactions', () => {
  test('that ends after the first has recorded a true part, from which the rest goes on', async () => {
    const { partition, state } = await newPartition();
    const advance = advanceOf(state, 50_000, 100_000n);
    faulty.breakWith(['none', failing, failing, failing]);
    await assert.rejects(store.advance(partition, state, advance), { code: 'STATE_UNAVAILABLE' });
    const [part] = (await store.read([partition])) as [PartitionState];
    const { upstreamEnd, downstreamEnd } = part.segment;
    assert.ok(upstreamEnd > 0n && upstreamEnd < advance.upstreamEnd);
    assert.equal(BigInt(part.nextSequence), downstreamEnd);
    const rest = advance.runs.filter((run) => run.upstream >= upstreamEnd);
    assert.equal(rest[0]?.downstream, downstreamEnd);
    const end = await store.advance(partition, part, { ...advance, runs: rest });
    assert.equal(end.nextSequence, 50_000);
    const segments = await store.segments(partition, 0n, advance.upstreamEnd);
    const runs = segments.flatMap((each) => [...runsOf(each)]);
    assert.deepEqual(runs, advance.runs);
  });
});

describe('calls', () => {
  test('one reads all partitions, one advances one of them', async () => {
    const { partition, state } = await newPartition();
    await store.read(
      Array.from({ length: 100 }, (_, index) => ({ ...partition, partition: index })),
    );
    const next = await store.advance(partition, state, advanceOf(state, 5));
    const logStartOffset = 3n;
    await store.advance(partition, next, { ...advanceOf(next, 3000), logStartOffset });
    assert.deepEqual(faulty.actions, ['BatchGetItem', 'PutItem', 'Query', 'TransactWriteItems']);
  });
});

describe('the writes of one turn', () => {
  async function newPartitions(count: number) {
    const partitions = [];
    for (let index = 0; index < count; index += 1) partitions.push(await newPartition());
    faulty.breakWith([]);
    return partitions;
  }

  const advanceAll = (partitions: Awaited<ReturnType<typeof newPartitions>>) =>
    Promise.allSettled(
      partitions.map(({ partition, state }) =>
        store.advance(partition, state, advanceOf(state, 2)),
      ),
    );

  const stored = (partitions: Awaited<ReturnType<typeof newPartitions>>) =>
    store.read(partitions.map(({ partition }) => partition));

  test('are one call, for up to 25 partitions', async () => {
    const partitions = await newPartitions(26);
    const advanced = await advanceAll(partitions);
    assert.deepEqual(faulty.actions, ['BatchExecuteStatement', 'PutItem']);
    const states = advanced.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
    assert.ok(states.every((state) => state?.nextSequence === 2));
    assert.deepEqual(await stored(partitions), states);
  });

  test('succeed or conflict each by itself', async () => {
    const partitions = await newPartitions(3);
    const [, second] = partitions;
    const winner = await store.advance(
      second!.partition,
      second!.state,
      advanceOf(second!.state, 7),
    );
    const [first, lost, third] = await advanceAll(partitions);
    assert.deepEqual([first?.status, third?.status], ['fulfilled', 'fulfilled']);
    assert.equal(lost?.status === 'rejected' && lost.reason.code, 'PROGRESS_CONFLICT');
    assert.deepEqual((await stored(partitions))[1], winner);
  });

  const broken: [string, Fault[]][] = [
    ['refused as a whole', [{ answer: 400, type: 'ValidationException' }]],
    ['not permitted', [{ answer: 400, type: 'AccessDeniedException' }]],
    ['applied, and its answer lost', ['answer lost', 'answer lost', 'answer lost']],
  ];
  for (const [name, faults] of broken) {
    test(`are made one by one where the call is ${name}`, async () => {
      const partitions = await newPartitions(3);
      faulty.breakWith(faults);
      const advanced = await advanceAll(partitions);
      assert.ok(advanced.every(({ status }) => status === 'fulfilled'));
      faulty.breakWith([]);
      const states = await stored(partitions);
      assert.ok(states.every((state) => state?.nextSequence === 2));
    });
  }
});

test('an endpoint where nobody listens is unavailable', async () => {
  const client = clientOf('http://127.0.0.1:1');
  const lonely = dynamoStateStore({ client, table: table.name, flow: 'a->b' });
  await assert.rejects(lonely.read([{ topic: 't', partition: 0 }]), { code: 'STATE_UNAVAILABLE' });
  lonely.close();
});
