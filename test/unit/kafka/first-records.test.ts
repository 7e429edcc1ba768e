/** Answers that no broker gives on demand; the rest is shown on real ones. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MirrorlessError } from '../../../lib/errors.ts';
import { firstRecords } from '../../../lib/kafka/first-records.ts';
import { FakeLeader, type FakeLog, storedBatch, timestampAt } from './fake-leader.ts';

const position = { topic: 'orders', partition: 0, offset: 5n };
const batch = { baseOffset: 0, recordCount: 3, valueBytes: 10, isControl: false };
const ends = { highWatermark: 20n, logStartOffset: 0n };
const log: FakeLog = { start: 0, end: 20, batches: [batch] };

describe('a search for the first record', () => {
  test('is given up where the log goes on, but nothing comes of it', async () => {
    const [first] = await firstRecords(new FakeLeader([log]), [position]);
    assert.ok(first?.ok === false);
    assert.equal(first.error.code, 'SOURCE_NOT_READY');
    assert.deepEqual(first.error.place, { topic: 'orders', partition: 0, offset: '5' });
  });

  test('is given up where only a part of a batch comes', async () => {
    const leader = new FakeLeader([log]);
    const bytes = storedBatch({ ...batch, baseOffset: 5 }).subarray(0, 70);
    leader.fetch = async () => [{ ok: true, value: { ...position, ...ends, bytes } }];
    const [first] = await firstRecords(leader, [position]);
    assert.equal(first?.ok === false && first.error.code, 'SOURCE_NOT_READY');
  });

  test('is given up where the broker does not hold what it says it holds', async () => {
    const leader = new FakeLeader([log]);
    leader.listOffsets = async (_, which) => [{ ok: true, value: which === 'latest' ? 30n : 0n }];
    const [first] = await firstRecords(leader, [{ ...position, offset: 25n }]);
    assert.equal(first?.ok === false && first.error.code, 'SOURCE_NOT_READY');
  });

  test('takes as many rounds as the broker makes of it', async () => {
    const leader = new FakeLeader([log]);
    leader.fetch = async (positions, { maxPartitionBytes }) => {
      assert.ok(maxPartitionBytes <= 8 * 1024 * 1024);
      const { offset } = positions[0]!;
      const recordCount = 1;
      const isControl = offset < 15n;
      const bytes = storedBatch({ ...batch, baseOffset: Number(offset), recordCount, isControl });
      return [{ ok: true, value: { ...position, ...ends, bytes } }];
    };
    const [first] = await firstRecords(leader, [position]);
    assert.deepEqual(first, { ok: true, value: { offset: 15n, timestampMs: timestampAt(15) } });
  });

  test('passes over what lies before the position', async () => {
    const leader = new FakeLeader([log]);
    const batches = [0, 3, 6].map((baseOffset) => storedBatch({ ...batch, baseOffset }));
    const bytes = Buffer.concat(batches);
    leader.fetch = async () => [{ ok: true, value: { ...position, ...ends, bytes } }];
    const [first] = await firstRecords(leader, [{ ...position, offset: 7n }]);
    assert.deepEqual(first, { ok: true, value: { offset: 7n, timestampMs: timestampAt(7) } });
  });

  test('fails alone where its partition fails, also when it is to be moved into the log', async () => {
    const error = new MirrorlessError('SOURCE_UNREACHABLE', 'the broker went away');
    const moved: FakeLog = { start: 7, end: 9, batches: [{ ...batch, baseOffset: 6 }] };
    for (const failing of ['earliest', 'latest']) {
      const leader = new FakeLeader([moved, { ...moved, start: 0 }]);
      const { listOffsets } = leader;
      leader.listOffsets = async (partitions, which) =>
        which === failing ? [{ ok: false, error }] : listOffsets.call(leader, partitions, which);
      const both = [position, { ...position, partition: 1 }];
      assert.deepEqual(await firstRecords(leader, both), [
        { ok: false, error },
        { ok: true, value: { offset: 6n, timestampMs: timestampAt(6) } },
      ]);
    }
  });

  test('fails where the batch cannot be read', async () => {
    const leader = new FakeLeader([log]);
    const bytes = storedBatch(batch);
    bytes[70]! ^= 1;
    leader.fetch = async () => [{ ok: true, value: { ...position, ...ends, bytes } }];
    const [first] = await firstRecords(leader, [position]);
    assert.equal(first?.ok === false && first.error.code, 'RECORD_FORMAT_UNSUPPORTED');
  });

  test('is no request where there are no positions', async () => {
    const leader = new FakeLeader([]);
    assert.deepEqual(await firstRecords(leader, []), []);
    assert.deepEqual(leader.requests, []);
  });
});
