import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MirrorlessError } from '../../../lib/errors.ts';
import { answer } from '../../../lib/source/failures.ts';

const outcome = (
  partition: number,
  nextIndex: number,
  failure?: MirrorlessError,
  leftOut: number[] = [],
) => ({
  leftOut,
  source: {
    topic: 'a-b',
    partition,
    records: [10, 11, 15].map((offset) => ({
      topic: 'a-b',
      partition,
      offset,
      timestamp: 0,
      timestampType: 'CREATE_TIME',
    })),
  },
  position: { nextIndex },
  ...(failure === undefined ? {} : { failure }),
});

const retriable = new MirrorlessError('TARGET_NOT_READY', 'moving.');
const final = new MirrorlessError('RECORD_TOO_LARGE', 'large.');

test('a complete event has no failures in either mode', () => {
  assert.deepEqual(answer([outcome(0, 3)], true), { batchItemFailures: [] });
  assert.deepEqual(answer([outcome(0, 3)], false), { batchItemFailures: [] });
});

test('the first failed record and every later one of its partition are reported', () => {
  const response = answer([outcome(0, 3), outcome(1, 1, retriable)], true);
  assert.deepEqual(response.batchItemFailures, [
    { itemIdentifier: { partition: 'a-b-1', offset: 11 } },
    { itemIdentifier: { partition: 'a-b-1', offset: 15 } },
  ]);
});

test('what is left out comes again with the records after it, and with nothing done all of it', () => {
  const offsets = (nextIndex: number) =>
    answer([outcome(0, nextIndex, retriable, [9, 12, 16])], true).batchItemFailures.map(
      ({ itemIdentifier }) => itemIdentifier.offset,
    );
  assert.deepEqual(offsets(0), [9, 10, 11, 12, 15, 16]);
  assert.deepEqual(offsets(2), [12, 15, 16]);
  assert.deepEqual(offsets(3), [16]);
});

test('without partial responses the invocation fails, with what only a person can end first', () => {
  assert.throws(() => answer([outcome(0, 0, retriable), outcome(1, 1, final)], false), final);
  assert.throws(() => answer([outcome(0, 0, retriable)], false), retriable);
});
