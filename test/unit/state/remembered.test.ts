import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import type { PartitionState } from '../../../lib/state/ports.ts';
import { RememberedStates } from '../../../lib/state/remembered.ts';

const partition = { topic: 'orders', partition: 3 };

test('a state is recalled once a read has found what was left', () => {
  const remembered = new RememberedStates();
  assert.equal(remembered.recall(partition), undefined);
  remembered.compare(partition, undefined);
  remembered.keep(partition, stateAt(5n));
  assert.equal(remembered.recall(partition), undefined);
  remembered.compare(partition, stateAt(5n));
  assert.deepEqual(remembered.recall(partition), stateAt(5n));
  remembered.keep(partition, stateAt(7n));
  assert.deepEqual(remembered.recall(partition), stateAt(7n));
  assert.equal(remembered.recall({ ...partition, partition: 4 }), undefined);
});

test('not where a read has found something else, nor after it was forgotten', () => {
  const remembered = new RememberedStates();
  remembered.keep(partition, stateAt(5n));
  remembered.compare(partition, stateAt(6n));
  assert.equal(remembered.recall(partition), undefined);
  remembered.compare(partition, stateAt(5n));
  remembered.forget(partition);
  remembered.keep(partition, stateAt(8n));
  assert.equal(remembered.recall(partition), undefined);
});

test('what was longest not copied is forgotten first', () => {
  const remembered = new RememberedStates();
  for (let number = 0; number <= 1000; number += 1) {
    const one = { topic: 'many', partition: number };
    remembered.keep(one, stateAt(1n));
    remembered.compare(one, stateAt(1n));
    if (number === 999) remembered.keep({ topic: 'many', partition: 0 }, stateAt(2n));
  }
  assert.deepEqual(remembered.recall({ topic: 'many', partition: 0 }), stateAt(2n));
  assert.equal(remembered.recall({ topic: 'many', partition: 1 }), undefined);
  assert.deepEqual(remembered.recall({ topic: 'many', partition: 2 }), stateAt(1n));
});

function stateAt(offset: bigint): PartitionState {
  return {
    producerId: 1n,
    producerEpoch: 0,
    generation: 0,
    nextSequence: Number(offset),
    segment: emptySegment(offset, offset),
  };
}
