import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutoverOutcome } from '../../bench/cutover/outcome.ts';
import { tagHeader } from '../../support/oracle/awkward.ts';
import type { PartitionDump } from '../../support/oracle/records.ts';

/** Upstream 0..9 but for 4 and 5; the copies lie without a gap from 100 on. */
const source = dump([0, 1, 2, 3, 6, 7, 8, 9].map((number) => [number, number]));
const target = dump([0, 1, 2, 3, 6, 7, 8, 9].map((number, index) => [100 + index, number]));

test('a group that goes on at the first copy that it has not read meets every record once', () => {
  for (const committed of [4n, 5n, 6n]) {
    const outcome = cutoverOutcome(source, target, { committed, position: 104n });
    assert.deepEqual(outcome, { redelivered: 0, skipped: 0 });
  }
});

test('what lies before the position is skipped, what lies after it read again', () => {
  const behind = cutoverOutcome(source, target, { committed: 7n, position: 101n });
  assert.deepEqual(behind, { redelivered: 4, skipped: 0 });
  const beyond = cutoverOutcome(source, target, { committed: 2n, position: 107n });
  assert.deepEqual(beyond, { redelivered: 0, skipped: 5 });
});

test('without a position everything is read from the beginning', () => {
  const outcome = cutoverOutcome(source, target, { committed: 8n, position: undefined });
  assert.deepEqual(outcome, { redelivered: 6, skipped: 0 });
});

test('a record that was never copied is skipped', () => {
  const short = { ...target, records: target.records.slice(0, -1) };
  const outcome = cutoverOutcome(source, short, { committed: 9n, position: 107n });
  assert.deepEqual(outcome, { redelivered: 0, skipped: 1 });
});

function dump(records: readonly (readonly [offset: number, number: number])[]): PartitionDump {
  return {
    partition: 0,
    start: BigInt(records[0]![0]),
    end: BigInt(records.at(-1)![0] + 1),
    records: records.map(([offset, number]) => ({
      offset: BigInt(offset),
      timestamp: 0,
      timestampType: 'CreateTime',
      key: null,
      value: null,
      headers: [[tagHeader, Buffer.from(`record ${number}`)]],
    })),
  };
}
