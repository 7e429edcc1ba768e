/** Translation of many offsets of many partitions on a real table: exact, bounded, and in time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { TableCalls } from '../../lib/state/calls.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { closedItem, newestItem, newestKey } from '../../lib/state/items.ts';
import { append, emptySegment } from '../../lib/state/offset-map.ts';
import type {
  PartitionState,
  SourcePartition,
  StateStore,
  Translation,
} from '../../lib/state/ports.ts';
import { putsPerBatch } from '../../lib/state/requests.ts';
import { bruteForce, type Change, Model, offsetsAt, places } from '../support/offset-map-model.ts';
import {
  clientOf,
  countingClient,
  cpuMs,
  initialState,
  openStateTable,
  type StateTable,
} from './state-table.ts';

const flow = 'source->target';
let table: StateTable;
let store: StateStore;
let topicCount = 0;

before(async () => {
  table = await openStateTable();
  store = dynamoStateStore({ client: table.client, table: table.name, flow });
});

after(() => table.close());

function newPartition() {
  topicCount += 1;
  return { topic: `translated-${topicCount}`, partition: 0 };
}

/** The same advance as the model takes. */
async function take(
  { partition, model }: { partition: SourcePartition; model: Model },
  state: PartitionState,
  change: Change,
) {
  const advance = model.take(change);
  const records = advance.runs.reduce((sum, run) => sum + run.length, 0);
  const nextSequence = (state.nextSequence + records) % 2 ** 31;
  return store.advance(partition, state, { ...advance, nextSequence });
}

const gap = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(300));
const wideChange: fc.Arbitrary<Change> = fc.record({
  runs: fc.array(
    fc.record({ upstreamGap: gap, downstreamGap: gap, length: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1500, maxLength: 2500 },
  ),
  upstreamRest: gap,
  downstreamRest: gap,
});
const generation = fc.record({
  upstreamStart: fc.nat(1_000_000),
  changes: fc.array(wideChange, { minLength: 1, maxLength: 3 }),
});

describe('translation on a table', () => {
  test('equals brute force: any gaps, several segments and generations, both directions', async () => {
    const generations = fc.array(generation, { minLength: 1, maxLength: 3 });
    let closedCount = 0;
    await fc.assert(
      fc.asyncProperty(generations, places, async (begun, at) => {
        const partition = newPartition();
        let model = new Model([BigInt(begun[0]?.upstreamStart ?? 0), 7n]);
        let state = await store.create(partition, initialState(...model.start));
        for (const [index, { upstreamStart, changes }] of begun.entries()) {
          if (index > 0) {
            const start = { upstream: BigInt(upstreamStart), downstream: model.end[1] };
            state = await store.startGeneration(partition, state, start);
            model = new Model([start.upstream, start.downstream]);
          }
          for (const change of changes) state = await take({ partition, model }, state, change);
        }
        const segments = await store.segments(partition, 0n, 2n ** 62n);
        closedCount += segments.length - 1;
        for (const direction of ['downstream', 'upstream'] as const) {
          const offsets = offsetsAt(model, direction, at);
          const [found] = await store.translate([{ partition, offsets }], direction);
          const translations = offsets.map(bruteForce(model, direction));
          const end = { upstream: model.end[0], downstream: model.end[1] };
          assert.deepEqual(found, { ok: true, value: { end, translations } });
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
    // How many is chance; without any, nothing but the newest segment would have been tried.
    assert.ok(closedCount > 0);
  });

  test('a segment that is closed between the two reads is translated as it was', async () => {
    const partition = newPartition();
    const model = new Model([0n, 0n]);
    const change = (count: number): Change => ({
      runs: Array.from({ length: count }, () => ({ upstreamGap: 1, downstreamGap: 0, length: 1 })),
      upstreamRest: 0,
      downstreamRest: 0,
    });
    let state = await store.create(partition, initialState());
    state = await take({ partition, model }, state, change(1500));
    const { upstreamStart, upstreamEnd } = state.segment;
    const offsets = [0n, upstreamStart - 1n, upstreamStart, upstreamEnd, upstreamEnd + 1n];
    const expected = offsets.map(bruteForce(model, 'downstream'));
    const client = clientOf(table.endpoint);
    let readCount = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        readCount += 1;
        if (readCount === 1) state = await take({ partition, model }, state, change(3000));
        return answer;
      },
      { step: 'initialize' },
    );
    const racing = dynamoStateStore({ client, table: table.name, flow });
    const [found] = await racing.translate([{ partition, offsets }], 'downstream');
    assert.ok(
      state.segment.upstreamStart > upstreamStart,
      'the newest segment was closed meanwhile',
    );
    assert.ok(readCount > 1);
    assert.deepEqual(found?.ok && found.value.translations, expected);
    racing.close();
  });

  test('what is broken in one partition stays there; what was never copied has no map', async () => {
    const [fine, broken, unknown] = [newPartition(), newPartition(), newPartition()];
    await store.create(fine, initialState(5n, 6n));
    const Item = { ...newestKey(flow, broken), packed: { B: Buffer.from('broken') } };
    await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
    const offsets = [5n, 5n, 4n];
    const requests = [broken, fine, unknown].map((partition) => ({ partition, offsets }));
    const [first, second, third] = await store.translate(requests, 'downstream');
    assert.ok(first?.ok === false && first.error.code === 'STATE_CORRUPT');
    assert.match(first.error.message, new RegExp(broken.topic));
    const start: Translation = { status: 'exact', offset: 6n };
    assert.deepEqual(second?.ok && second.value, {
      end: { upstream: 5n, downstream: 6n },
      translations: [start, start, { status: 'before-map', mapStart: 5n }],
    });
    const noMap: Translation = { status: 'no-map' };
    assert.deepEqual(third, { ok: true, value: { translations: [noMap, noMap, noMap] } });
    assert.deepEqual(await store.translate([], 'upstream'), []);
  });
});

/** One map for each of the partitions of a new topic, put there without the advances. */
async function seed(partitionCount: number, { closed, open }: ReturnType<typeof append>) {
  const { topic } = newPartition();
  const calls = new TableCalls({ client: table.client, table: table.name, timeoutMs: 10_000 });
  const partitions = Array.from({ length: partitionCount }, (_, partition) => {
    return { topic, partition };
  });
  for (const partition of partitions) {
    const key = newestKey(flow, partition);
    const items = closed.map((segment) => closedItem(key, 0, segment));
    items.push(newestItem(key, { ...initialState(), segment: open }));
    for (let first = 0; first < items.length; first += putsPerBatch) {
      await calls.putAll(items.slice(first, first + putsPerBatch));
    }
  }
  return partitions;
}

describe('at scale', () => {
  test('200 partitions without gaps, 500 offsets each: two calls, and little to compute', async (t) => {
    const runs = [{ upstream: 0n, downstream: 3n, length: 10_000_000 }];
    const end = { upstreamEnd: 10_000_000n, downstreamEnd: 10_000_003n };
    const partitions = await seed(200, append(emptySegment(0n, 0n), { runs, ...end }));
    const offsets = Array.from({ length: 500 }, (_, index) => BigInt((index * 7_919_777) % 1e7));
    const counted = countingClient(table.endpoint);
    const counting = dynamoStateStore({ client: counted.client, table: table.name, flow });
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const requests = partitions.map((partition) => ({ partition, offsets }));
    const found = await counting.translate(requests, 'downstream');
    const [tookMs, computedMs] = [Math.round(performance.now() - startedAt), cpuMs(cpu)];
    const expected = offsets.map((offset) => ({ status: 'exact', offset: offset + 3n }));
    for (const each of found) assert.deepEqual(each.ok && each.value.translations, expected);
    t.diagnostic(`${tookMs} ms, of which computing ${computedMs} ms`);
    assert.equal(counted.calls, 2);
    assert.ok(computedMs < 2000, `${computedMs} ms`);
    counting.close();
  });

  for (const direction of ['downstream', 'upstream'] as const) {
    test(`20 partitions of 101 segments, 500 offsets each, ${direction}`, async (t) => {
      const count = 1024 * 100 + 500;
      const runs = Array.from({ length: count }, (_, index) => {
        return { upstream: BigInt(2 * index), downstream: BigInt(3 * index), length: 1 };
      });
      const end = { upstreamEnd: BigInt(2 * count), downstreamEnd: BigInt(3 * count) };
      const map = append(emptySegment(0n, 0n), { runs, ...end });
      assert.equal(map.closed.length, 100);
      const partitions = await seed(20, map);
      const [from, to] = direction === 'downstream' ? [2, 3] : [3, 2];
      const records = Array.from({ length: 500 }, (_, index) => Math.floor((index * count) / 500));
      const offsets = records.map((record) => BigInt(from * record));
      const counted = countingClient(table.endpoint);
      const counting = dynamoStateStore({ client: counted.client, table: table.name, flow });
      const startedAt = performance.now();
      const requests = partitions.map((partition) => ({ partition, offsets }));
      const found = await counting.translate(requests, direction);
      t.diagnostic(`${Math.round(performance.now() - startedAt)} ms, ${counted.calls} calls`);
      const expected = records.map((record) => ({ status: 'exact', offset: BigInt(to * record) }));
      for (const each of found) assert.deepEqual(each.ok && each.value.translations, expected);
      const pages = 1 + 7;
      const callsPerPage = direction === 'downstream' ? 1 : 2;
      assert.ok(counted.calls <= 1 + 20 * pages * callsPerPage, `${counted.calls} calls`);
      counting.close();
    });
  }
});
