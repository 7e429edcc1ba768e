import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureCopies } from '../../../lib/checkpoint/copies.ts';
import type { PartitionView } from '../../../lib/checkpoint/partitions.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import { timestampAt } from '../kafka/fake-leader.ts';
import { modelledFlow } from './modelled-flow.ts';
import type { ModelledPartition } from './modelled-partition.ts';

const record = { recordCount: 1, valueBytes: 0, isControl: false };

/** A log of so many offsets, with data at those given, of which those below `copied` were copied. */
function partition(end: number, data: readonly number[], copied?: bigint): ModelledPartition {
  const batches = data.map((baseOffset) => ({ ...record, baseOffset }));
  const marker = end === 0 ? [] : [{ ...record, baseOffset: end - 1, isControl: true }];
  const runs = [{ upstream: 0n, downstream: 0n, length: 1 }];
  const ends = { upstreamEnd: copied ?? 0n, downstreamEnd: 1n };
  const segments = copied ? [append(emptySegment(0n, 0n), { runs, ...ends }).open] : [];
  const none = { target: { start: 0n, end: 0n }, committed: [], held: [], pairs: [] };
  return { log: { start: 0, end, batches: [...batches, ...marker] }, segments, ...none };
}

const viewsOf = (count: number) =>
  Array.from({ length: count }, (_, number): PartitionView => {
    return { topic: 'orders', partition: number, remoteTopic: 'r', positions: [], known: [] };
  });

const measured = async (partitions: ModelledPartition[], startsAtEarliest = true) => {
  const views = viewsOf(partitions.length);
  const { dependencies } = modelledFlow(partitions);
  const from = { source: dependencies.source.dataPlane, state: dependencies.state };
  const options = { startsAtEarliest, isOnSource: () => true };
  const { lags, failures } = await measureCopies(views, from, options);
  assert.deepEqual(failures, []);
  return {
    views,
    lags: lags.map(({ partition: number, lag }) => [number, lag.records]),
    all: lags,
  };
};

test('a copy is behind from the first record that it lacks: gaps and markers are no lag', async () => {
  const { lags, all, views } = await measured([
    partition(40, [5, 10, 30], 11n),
    partition(40, [5], 11n),
    partition(40, [5, 10], 40n),
  ]);
  assert.deepEqual(lags, [
    [0, 10n],
    [1, 0n],
    [2, 0n],
  ]);
  const age = Date.now() - timestampAt(30);
  assert.ok(Math.abs(all[0]!.lag.timeMs! - age) < 10_000, `${all[0]!.lag.timeMs} for ${age}`);
  assert.deepEqual([views[0]!.mapEnd?.upstream, views[0]!.sourceEnd], [11n, 40n]);
});

test('where nothing is copied yet, only a flow from the earliest record knows what is missing', async () => {
  const partitions = [partition(40, [5, 10]), partition(0, [])];
  assert.deepEqual((await measured(partitions)).lags, [
    [0, 35n],
    [1, 0n],
  ]);
  assert.deepEqual((await measured(partitions, false)).lags, [[1, 0n]]);
});

test('what the source does not have is not asked for there, but its progress is told', async () => {
  const views = viewsOf(1);
  const { dependencies } = modelledFlow([partition(40, [5], 11n)]);
  const unreachable = async () => assert.fail('asked');
  const source = { listOffsets: unreachable, fetch: unreachable };
  const options = { startsAtEarliest: true, isOnSource: () => false };
  const { lags } = await measureCopies(views, { source, state: dependencies.state }, options);
  assert.deepEqual([lags, views[0]!.mapEnd?.upstream], [[], 11n]);
});

test('a map that does not decode is a failure of its partition, of which no lag is told', async () => {
  const views = viewsOf(2);
  const { dependencies } = modelledFlow([partition(40, [5], 11n), partition(40, [20], 11n)]);
  const error = new MirrorlessError('STATE_CORRUPT', 'It does not decode.');
  const state: typeof dependencies.state = {
    async translate(...question) {
      const [, second] = await dependencies.state.translate(...question);
      return [{ ok: false, error }, second!];
    },
  };
  const options = { startsAtEarliest: true, isOnSource: () => true };
  const from = { source: dependencies.source.dataPlane, state };
  const { lags, failures } = await measureCopies(views, from, options);
  assert.deepEqual(failures, [error]);
  assert.deepEqual(
    lags.map((one) => one.partition),
    [1],
  );
});
