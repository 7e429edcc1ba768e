import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compressionTypes } from '../../../lib/kafka/compression.ts';
import { batchLayout, readBatches, readRecords } from '../../../lib/kafka/record-batch.ts';
import type { EventRecord } from '../../../lib/source/event.ts';
import { Arena } from '../../../lib/target/arena.ts';
import { type EncodedBatch, encodeBatches, sealBatch } from '../../../lib/target/encode.ts';

const arena = new Arena();
const identity = { producerId: 2n ** 62n, producerEpoch: 1 };

const bytes = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  fc.nat(20_000).map((length) => new Uint8Array(length)),
);
const field = fc.option(bytes, { freq: 4 });
const header = fc.option(fc.tuple(fc.string({ unit: 'grapheme' }), field), { freq: 9 });

/** A record as its producer meant it; a header without anything has lost its name. */
const meant = fc.record({
  key: field,
  value: field,
  headers: fc.array(header, { maxLength: 4 }),
  timestamp: fc.oneof(fc.constant(-1), fc.nat(2 ** 41), fc.nat(Number.MAX_SAFE_INTEGER)),
  nullsAreAbsent: fc.boolean(),
});
type Meant = typeof meant extends fc.Arbitrary<infer T> ? T : never;

test('what is read back is what the event meant, in batches within the bound', () => {
  const encoding = fc.record({
    records: fc.array(meant, { minLength: 1, maxLength: 30 }),
    from: fc.nat(3),
    maxBatchBytes: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constant(1_048_588)),
    compressionType: fc.constantFrom(...compressionTypes),
    baseSequence: fc.nat(2 ** 31 - 1),
  });
  fc.assert(
    fc.property(encoding, ({ records, baseSequence, ...options }) => {
      arena.reset();
      const events = records.map(toEventRecord);
      const { batches, lostHeaders } = encodeBatches(events, { ...options, arena });
      const expected = records.slice(options.from);
      assert.equal(lostHeaders, expected.flatMap(lostHeadersOf).length);

      let index = options.from;
      const read = batches.flatMap((batch) => {
        assert.equal(batch.firstIndex, index);
        index += batch.recordCount;
        assert.ok(batch.recordCount === 1 || batch.bytes.length <= options.maxBatchBytes);
        sealBatch(batch, identity, 0);
        const stored = readBatches(sealBatch(batch, identity, baseSequence));
        assert.equal(stored.length, 1);
        const [whole] = stored as [(typeof stored)[0]];
        const timestamps = records.slice(batch.firstIndex, index).map((each) => each.timestamp);
        assert.equal(whole.sizeBytes, batch.bytes.length);
        assert.equal(whole.baseSequence, baseSequence);
        assert.equal(whole.lastOffset, BigInt(batch.recordCount - 1));
        assert.equal(whole.baseTimestamp, timestamps[0]);
        assert.equal(whole.maxTimestamp, Math.max(...timestamps));
        return readRecords(whole).map((record, delta) => {
          assert.equal(record.offset, BigInt(delta));
          return { ...record, offset: undefined };
        });
      });
      assert.deepEqual(read, expected.map(asRead));
    }),
  );
});

test('a body of any bytes is records or an error of the registry, never anything else', () => {
  const [batch] = encodeBatches([toEventRecord({ ...plain, value: new Uint8Array(300) })], {
    from: 0,
    maxBatchBytes: 1_048_588,
    compressionType: 'none',
    arena: new Arena(),
  }).batches as [EncodedBatch];
  const damage = fc.record({
    body: fc.uint8Array({ minLength: 300, maxLength: 300 }),
    attributes: fc.nat(127),
    recordCount: fc.integer({ min: -1, max: 400 }),
  });
  fc.assert(
    fc.property(damage, ({ body, attributes, recordCount }) => {
      const encoded = { firstIndex: 0, recordCount: 1, bytes: Buffer.from(batch.bytes) };
      encoded.bytes.set(body, batchLayout.records);
      encoded.bytes.writeInt16BE(attributes, batchLayout.attributes);
      encoded.bytes.writeInt32BE(recordCount, batchLayout.recordCount);
      const sealed = sealBatch(encoded, identity, 0);
      try {
        for (const whole of readBatches(sealed)) readRecords(whole);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'RECORD_FORMAT_UNSUPPORTED');
      }
    }),
  );
});

const plain: Meant = { key: null, value: null, headers: [], timestamp: 0, nullsAreAbsent: true };

function toEventRecord(record: Meant): EventRecord {
  const absent = record.nullsAreAbsent;
  return {
    topic: 'orders',
    partition: 0,
    offset: 0,
    timestamp: record.timestamp,
    timestampType: 'CREATE_TIME',
    ...(record.key === null && absent ? {} : { key: base64(record.key) }),
    ...(record.value === null && absent ? {} : { value: base64(record.value) }),
    ...(record.headers.length === 0 && absent ? {} : { headers: record.headers.map(toHeader) }),
  };
}

function toHeader(each: Meant['headers'][number]): Record<string, number[] | null> {
  if (each === null) return {};
  const [name, value] = each;
  return Object.fromEntries([[name, value === null ? null : [...new Int8Array(value)]]]);
}

function asRead(record: Meant) {
  return {
    offset: undefined,
    timestamp: record.timestamp,
    key: buffer(record.key),
    value: buffer(record.value),
    headers: record.headers
      .filter((each) => each !== null)
      .map(([name, value]) => [name, buffer(value)]),
  };
}

function lostHeadersOf(record: Meant): null[] {
  return record.headers.filter((each) => each === null);
}

function base64(value: Uint8Array | null): string | null {
  return value === null ? null : Buffer.from(value).toString('base64');
}

function buffer(value: Uint8Array | null): Buffer | null {
  return value === null ? null : Buffer.from(value);
}
