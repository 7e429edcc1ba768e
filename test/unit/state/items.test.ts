import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  closedItem,
  closedPosition,
  downstreamPosition,
  type Item,
  newestItem,
  newestKey,
  producerItem,
  producerKey,
  readClosed,
  readIndexed,
  readNewest,
  readProducer,
} from '../../../lib/state/items.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { PartitionState } from '../../../lib/state/ports.ts';

const key = newestKey('source->target', { topic: 'orders', partition: 12 });
const offset = fc.bigInt(0n, 2n ** 63n - 1n);

function someState(): PartitionState {
  const runs = [{ upstream: 7n, downstream: 3n, length: 5 }];
  const advance = { runs, upstreamEnd: 12n, downstreamEnd: 8n };
  return {
    producerId: 2n ** 63n - 1n,
    producerEpoch: 32767,
    generation: 3,
    nextSequence: 2 ** 31 - 1,
    segment: append(emptySegment(6n, 3n), advance).open,
  };
}

test('a state, a closed segment and an identity come back as they were written', () => {
  const state = someState();
  assert.deepEqual(readNewest(newestItem(key, state)), state);
  const first = { ...state, generation: 0, begun: { upstream: 6n, downstream: 3n } };
  assert.deepEqual(readNewest(newestItem(key, first)), first);
  assert.deepEqual(readNewest(newestItem(key, { ...first, generation: 1 })).begun, undefined);
  const closed = closedItem(key, 3, state.segment);
  assert.deepEqual(readClosed(closed), state.segment);
  const indexed = { partition: { S: 'source->target/orders/12' }, position: closed['position'] };
  assert.deepEqual(readIndexed(closed), { key: indexed, downstreamStart: 3n });
  const { producerId, producerEpoch } = state;
  const identity = { producerId, producerEpoch };
  assert.deepEqual(readProducer(producerItem(producerKey('a->b'), identity)), identity);
});

test('only closed segments are in the index', () => {
  assert.ok('downstreamPosition' in closedItem(key, 0, emptySegment(1n, 2n)));
  assert.ok(!('downstreamPosition' in newestItem(key, someState())));
});

test('positions are in the order of generations and offsets', () => {
  const place = fc.tuple(fc.nat(2 ** 31 - 1), offset);
  fc.assert(
    fc.property(place, place, (one, other) => {
      const isBefore = one[0] === other[0] ? one[1] < other[1] : one[0] < other[0];
      assert.equal(closedPosition(...one) < closedPosition(...other), isBefore);
      assert.equal(downstreamPosition(...one) < downstreamPosition(...other), isBefore);
    }),
  );
});

test('no two partitions of any flows have the same key, whatever the aliases', () => {
  const letters = fc.constantFrom('a', '/', '-', '>', '.', '1');
  const alias = fc.string({ unit: letters, minLength: 1, maxLength: 5 });
  const topic = fc.string({
    unit: fc.constantFrom('a', '-', '.', '1'),
    minLength: 1,
    maxLength: 3,
  });
  const place = fc.tuple(alias, topic, fc.nat(12));
  fc.assert(
    fc.property(place, place, (one, other) => {
      const [first, second] = [one, other].map(([flow, topic, partition]) =>
        JSON.stringify(newestKey(flow, { topic, partition })),
      );
      assert.equal(first === second, JSON.stringify(one) === JSON.stringify(other));
      assert.notEqual(first, JSON.stringify(producerKey(other[0])));
    }),
    { numRuns: 2000 },
  );
});

const damages: [string, Partial<Item>][] = [
  ['packed is missing', { packed: { S: 'x' } }],
  ['upstreamEnd is no whole number', { upstreamEnd: { N: '1.5' } }],
  ['downstreamStart is no whole number', { downstreamStart: { S: '5' } }],
  ['generation is no whole number', { generation: { N: '-1' } }],
  ['nextSequence is too large', { nextSequence: { N: String(2 ** 31) } }],
  ['producerId is no whole number', { producerId: { NULL: true } }],
  ['spansUpstream', { upstreamEnd: { N: '13' } }],
];

for (const [why, damage] of damages) {
  test(`a damaged item is STATE_CORRUPT and named: ${why}`, () => {
    const item = { ...newestItem(key, someState()), ...damage } as Item;
    const message = new RegExp(`source->target/orders/12 newest.*${why}`);
    assert.throws(() => readNewest(item), { code: 'STATE_CORRUPT', message });
  });
}
