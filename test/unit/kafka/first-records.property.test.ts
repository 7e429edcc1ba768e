import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FirstRecord, firstRecords } from '../../../lib/kafka/first-records.ts';
import { type FakeBatch, FakeLeader, type FakeLog, timestampAt } from './fake-leader.ts';

const requestBytes = 8 * 1024 * 1024;

const arbitraryLog: fc.Arbitrary<FakeLog> = fc
  .record({
    start: fc.nat(10),
    batches: fc.array(
      fc.record({
        hole: fc.oneof(fc.constant(0), fc.nat(5)),
        recordCount: fc.integer({ min: 1, max: 6 }),
        valueBytes: fc.oneof(
          { weight: 150, arbitrary: fc.nat(200) },
          { weight: 50, arbitrary: fc.nat(100_000) },
          { weight: 1, arbitrary: fc.constant(requestBytes) },
        ),
        isControl: fc.boolean(),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ start, batches }) => {
    let end = 0;
    const placed = batches.map(({ hole, ...batch }): FakeBatch => {
      const baseOffset = end + hole;
      end = baseOffset + batch.recordCount;
      return { ...batch, baseOffset };
    });
    return { start: Math.min(start, end), end, batches: placed };
  });

test('any logs, any positions: the first record is the one that a scan finds', async () => {
  const partitions = fc.array(fc.record({ log: arbitraryLog, offset: fc.nat(60) }), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(partitions, async (wanted) => {
      const leader = new FakeLeader(wanted.map(({ log }) => log));
      const positions = wanted.map(({ offset }, partition) => {
        return { topic: 'orders', partition, offset: BigInt(offset) };
      });
      const found = await firstRecords(leader, positions);
      const expected = wanted.map(({ log, offset }) => ({ ok: true, value: scan(log, offset) }));
      assert.deepEqual(found, expected);
    }),
  );
});

test('no request may bring more than 8 MiB of batches that are not larger themselves', async () => {
  const batches = [{ baseOffset: 0, recordCount: 1, valueBytes: 20_000, isControl: false }];
  const leader = new FakeLeader(Array(3000).fill({ start: 0, end: 1, batches }));
  const positions = Array.from({ length: 3000 }, (_, partition) => {
    return { topic: 'orders', partition, offset: 0n };
  });
  const found = await firstRecords(leader, positions);
  assert.ok(found.every((first) => first.ok && 'offset' in first.value));
  for (const { count, options } of leader.requests) {
    assert.ok(count * options.maxPartitionBytes <= requestBytes);
    assert.equal(options.maxBytes, requestBytes);
  }
  assert.equal(leader.requests.length, 3 + 12);
});

function scan({ start, end, batches }: FakeLog, position: number): FirstRecord {
  const from = Math.max(start, position);
  for (const { baseOffset, recordCount, isControl } of batches) {
    for (let offset = baseOffset; offset < baseOffset + recordCount && !isControl; offset += 1) {
      if (offset >= from) return { offset: BigInt(offset), timestampMs: timestampAt(offset) };
    }
  }
  return { end: BigInt(end) };
}
