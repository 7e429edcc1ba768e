import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LoggedTopic, lookAtLogs } from '../../../lib/discovery/look-at-logs.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { KafkaDataPlane, TopicPartition } from '../../../lib/kafka/ports.ts';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import type { KnownTopic, PartitionState } from '../../../lib/state/ports.ts';
import { storedBatch } from '../kafka/fake-leader.ts';

type Ends = Record<string, [start: bigint, end: bigint]>;

const keyOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`;

/** Logs of which only the ends are known, and nothing but markers of transactions is in the tails. */
function plane(ends: Ends) {
  const fetched: string[] = [];
  const asked: string[] = [];
  const found: Pick<KafkaDataPlane, 'listOffsets' | 'fetch'> = {
    async listOffsets(partitions, which) {
      return partitions.map((partition) => {
        asked.push(keyOf(partition));
        const range = ends[keyOf(partition)];
        if (range) return { ok: true, value: range[which === 'earliest' ? 0 : 1] };
        return { ok: false, error: new MirrorlessError('SOURCE_NOT_READY', 'no leader') };
      });
    },
    async fetch(positions) {
      return positions.map((position) => {
        fetched.push(`${keyOf(position)} at ${position.offset}`);
        const [logStartOffset, highWatermark] = ends[keyOf(position)]!;
        const { topic, partition, offset } = position;
        const baseOffset = Number(offset);
        const marker = { baseOffset, recordCount: Number(highWatermark - offset), valueBytes: 0 };
        const bytes = storedBatch({ ...marker, isControl: true });
        const value = { topic, partition, bytes, highWatermark, logStartOffset };
        return { ok: true, value };
      });
    },
  };
  return { ...found, fetched, asked };
}

function stateOf(progress: Record<string, [upstream: bigint, downstream: bigint]>) {
  return {
    read: async (partitions: readonly TopicPartition[]) =>
      partitions.map((partition): PartitionState | undefined => {
        const at = progress[keyOf(partition)];
        if (at === undefined) return undefined;
        const identity = { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0 };
        return { ...identity, segment: emptySegment(...at) };
      }),
  };
}

function logged(overrides: Partial<LoggedTopic> = {}): LoggedTopic {
  return {
    topic: 'orders',
    remoteTopic: 'us.orders',
    partitionCount: 2,
    remotePartitionCount: 2,
    known: undefined,
    ...overrides,
  };
}

const known = (from: bigint, upTo: bigint): KnownTopic => ({
  topic: 'orders',
  states: [],
  emptyTails: [{ partition: 0, from, upTo }],
});

describe('looking at logs', () => {
  it('finds where both sides stand, of partitions that were ever replicated', async () => {
    const source = plane({ 'orders-0': [3n, 500n] });
    const target = plane({ 'us.orders-0': [1n, 9n] });
    const state = stateOf({ 'orders-0': [10n, 9n] });
    const { logs, failures } = await lookAtLogs([logged()], { state, source, target });
    assert.deepEqual(failures, []);
    const expected = {
      partition: 0,
      progress: { upstream: 10n, downstream: 9n },
      source: { start: 3n, end: 500n },
      target: { start: 1n, end: 9n },
    };
    assert.deepEqual(logs.get('orders'), [expected]);
    assert.deepEqual(source.fetched, [], 'so far behind, there are records');
  });

  it('looks for records only near the end, and not again where none was seen', async () => {
    const target = plane({ 'us.orders-0': [0n, 10n] });
    const state = stateOf({ 'orders-0': [10n, 10n] });
    const tailOf = async (ends: Ends, before?: KnownTopic) => {
      const source = plane(ends);
      const { logs } = await lookAtLogs([logged({ known: before })], { state, source, target });
      return { emptyUpTo: logs.get('orders')?.[0]?.emptyUpTo, fetched: source.fetched };
    };
    assert.deepEqual(await tailOf({ 'orders-0': [0n, 13n] }), {
      emptyUpTo: 13n,
      fetched: ['orders-0 at 10'],
    });
    assert.deepEqual(await tailOf({ 'orders-0': [0n, 13n] }, known(10n, 13n)), {
      emptyUpTo: 13n,
      fetched: [],
    });
    const further = await tailOf({ 'orders-0': [0n, 15n] }, known(10n, 13n));
    assert.deepEqual(further, { emptyUpTo: 15n, fetched: ['orders-0 at 13'] });
    const deleted = await tailOf({ 'orders-0': [13n, 13n] }, known(10n, 13n));
    assert.deepEqual(deleted, { emptyUpTo: 13n, fetched: [] });
    const earlier = await tailOf({ 'orders-0': [13n, 13n] }, known(5n, 8n));
    assert.deepEqual(earlier, { emptyUpTo: undefined, fetched: [] });
  });

  it('asks a cluster about no partition that it does not have', async () => {
    const source = plane({});
    const target = plane({ 'us.orders-0': [0n, 1n], 'us.orders-1': [0n, 2n] });
    const state = stateOf({ 'orders-0': [1n, 1n], 'orders-1': [2n, 2n] });
    const gone = logged({ partitionCount: 0 });
    const { logs } = await lookAtLogs([gone], { state, source, target });
    assert.equal(logs.get('orders')?.length, 2);
    assert.deepEqual(source.asked, []);
  });

  it('names what a cluster does not say, and guesses nothing', async () => {
    const target = plane({ 'us.orders-0': [0n, 1n] });
    const state = stateOf({ 'orders-0': [1n, 1n] });
    const { logs, failures } = await lookAtLogs([logged()], { state, source: plane({}), target });
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['SOURCE_NOT_READY'],
    );
    assert.equal(logs.get('orders')?.[0]?.source, undefined);
    assert.deepEqual(logs.get('orders')?.[0]?.target, { start: 0n, end: 1n });
  });
});
