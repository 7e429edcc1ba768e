import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { compressionTypes } from '../../../lib/kafka/compression.ts';
import { batchLayout, readBatches, readRecords } from '../../../lib/kafka/record-batch.ts';
import type { EventRecord } from '../../../lib/source/event.ts';
import { Arena } from '../../../lib/target/arena.ts';
import { type EncodeOptions, encodeBatches, sealBatch } from '../../../lib/target/encode.ts';
import {
  described,
  describeRecord,
  storedBytes,
  toEventRecord,
} from '../kafka/record-batch-fixtures.ts';

const identity = { producerId: 4711n, producerEpoch: 3 };

suite('against Kafka’s own encoder', () => {
  const [expected] = described('codec-none');
  const records = expected?.records.map(toEventRecord) as EventRecord[];

  test('the same bytes for the same records', () => {
    const [batch] = encode(records).batches;
    const bytes = Buffer.from(sealBatch(batch as never, identity, 17));
    // A broker sets the base offset and its epoch, which are not part of the checksum.
    bytes.writeBigInt64BE(5_000_000_000n, batchLayout.baseOffset);
    bytes.writeInt32BE(0, batchLayout.partitionLeaderEpoch);
    assert.ok(bytes.equals(storedBytes('codec-none')));
  });

  for (const compressionType of compressionTypes) {
    test(`the same records when compressed with ${compressionType}`, () => {
      const [batch] = encode(records, { compressionType }).batches;
      const [stored] = readBatches(sealBatch(batch as never, identity, 17));
      assert.equal(stored?.compression, compressionType);
      const offsets = expected?.records.map((record, index) => ({
        ...record,
        offset: String(index),
      }));
      assert.deepEqual(readRecords(stored as never).map(describeRecord), offsets);
    });
  }
});

suite('fields', () => {
  test('null and absent are null, an empty string is no bytes', () => {
    const records = [{}, { key: null, value: null }, { key: '', value: '' }].map(eventRecord);
    assert.deepEqual(
      roundTrip(records).map(({ key, value }) => [key?.length, value?.length]),
      [
        [undefined, undefined],
        [undefined, undefined],
        [0, 0],
      ],
    );
  });

  test('headers keep order, duplicates, nulls and empty values; bytes may be signed or not', () => {
    const headers = [{ b: [-61, -85] }, { a: null }, { b: [] }, { ключ: [195, 171] }, { '1': [0] }];
    const [record] = roundTrip([eventRecord({ headers })]);
    assert.deepEqual(
      record?.headers.map(([name, value]) => [name, value?.toString('hex')]),
      [
        ['b', 'c3ab'],
        ['a', undefined],
        ['b', ''],
        ['ключ', 'c3ab'],
        ['1', '00'],
      ],
    );
  });

  test('a header that lost its name is left out and counted', () => {
    const records = [
      eventRecord({ headers: [{}, { kept: [1] }, {}] }),
      eventRecord({ headers: null }),
      eventRecord({ headers: [{}] }),
    ];
    assert.equal(encode(records).lostHeaders, 3);
    assert.equal(encode(records, { from: 1 }).lostHeaders, 1);
    assert.deepEqual(
      roundTrip(records).map((record) => record.headers.map(([name]) => name)),
      [['kept'], [], []],
    );
  });

  test('a header object of several names is several headers', () => {
    const [record] = roundTrip([eventRecord({ headers: [{ a: [1], b: null }] })]);
    assert.deepEqual(
      record?.headers.map(([name]) => name),
      ['a', 'b'],
    );
  });

  test('timestamps before and decades after the first, and none', () => {
    const timestamps = [
      1_790_000_000_000,
      1_789_999_999_999,
      -1,
      0,
      2 ** 53 - 1,
      1_790_000_000_000,
    ];
    const records = timestamps.map((timestamp) => eventRecord({ timestamp }));
    assert.deepEqual(
      roundTrip(records).map((record) => record.timestamp),
      timestamps,
    );
    const [stored] = readBatches(sealBatch(encode(records).batches[0] as never, identity, 0));
    assert.equal(stored?.maxTimestamp, 2 ** 53 - 1);
  });
});

suite('bounds', () => {
  const records = Array.from({ length: 3 }, () => eventRecord({ value: base64(1000) }));
  const wholeBytes = encode(records).batches[0]?.bytes.length as number;
  const counts = (options: Partial<EncodeOptions>) =>
    encode(records, options).batches.map(({ firstIndex, recordCount }) => [
      firstIndex,
      recordCount,
    ]);

  test('a batch may have exactly the allowed size, and not one byte more', () => {
    assert.deepEqual(counts({ maxBatchBytes: wholeBytes }), [[0, 3]]);
    assert.deepEqual(counts({ maxBatchBytes: wholeBytes - 1 }), [
      [0, 2],
      [2, 1],
    ]);
  });

  test('a record that is larger by itself is a batch of its own', () => {
    assert.deepEqual(counts({ maxBatchBytes: 100 }), [
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
  });

  test('encoding begins where asked', () => {
    assert.deepEqual(counts({ from: 2 }), [[2, 1]]);
    assert.deepEqual(counts({ from: 3 }), []);
  });

  test('a record that fits only when compressed does fit', () => {
    const huge = eventRecord({ value: Buffer.alloc(3_000_000).toString('base64') });
    const [batch] = encode([huge], { compressionType: 'zstd', maxBatchBytes: 10_000 }).batches;
    assert.ok((batch?.bytes.length as number) < 10_000);
  });

  test('what compression cannot shrink is sent as it is', () => {
    for (const compressionType of compressionTypes) {
      const [batch] = encode(records, { compressionType }).batches;
      assert.ok((batch?.bytes.length as number) <= wholeBytes);
    }
    const tiny = encode([eventRecord({})], { compressionType: 'gzip' }).batches[0];
    const [stored] = readBatches(sealBatch(tiny as never, identity, 0));
    assert.equal(stored?.compression, 'none');
  });
});

suite('sealing', () => {
  test('twice: only the producer’s fields and the checksum change', () => {
    const [batch] = encode([eventRecord({ value: base64(20_000) })]).batches;
    const first = Buffer.from(sealBatch(batch as never, identity, 2 ** 31 - 1));
    const second = sealBatch(batch as never, { producerId: 2n ** 40n, producerEpoch: 32_767 }, 0);
    const [stored] = readBatches(second);
    assert.equal(stored?.producerId, 2n ** 40n);
    assert.equal(stored?.producerEpoch, 32_767);
    assert.equal(stored?.baseSequence, 0);
    assert.deepEqual(unsealed(second), unsealed(first));
    assert.equal(readBatches(first)[0]?.baseSequence, 2 ** 31 - 1);
  });
});

suite('malformed', () => {
  const secret = 'c2VjcmV0';
  const rows: [field: string, record: object][] = [
    ['key', { key: `${secret}*` }],
    ['key', { key: 'YW' }],
    ['key', { key: 'YWJja' }],
    ['key', { key: `${secret}=${secret}` }],
    ['value', { value: `${secret} ${secret.slice(1)}` }],
    ['value', { key: secret, value: '====' }],
    ['value', { value: 'éééé' }],
    ['headers', { headers: [{ secret: ['a'] }] }],
    ['headers', { headers: [{ secret }] }],
    ['headers', { headers: [{ secret: [256] }] }],
    ['headers', { headers: [{ secret: [-129] }] }],
    ['headers', { headers: [{ secret: [1.5] }] }],
    ['headers', { headers: [{ secret: [null] }] }],
    ['headers', { headers: [{ secret: 7 }] }],
  ];
  for (const [field, record] of rows) {
    test(`${field} in ${JSON.stringify(record)}`, () => {
      const records = [eventRecord({}), eventRecord({ ...record, offset: 42 })];
      assert.throws(
        () => encode(records),
        (error: Error & { code: string; place: object }) => {
          assert.equal(error.code, 'EVENT_MALFORMED');
          const path = `records["orders-0"][1].${field}`;
          assert.deepEqual(error.place, { topic: 'orders', partition: 0, offset: '42', path });
          assert.ok(!error.message.includes(secret) && error.message.startsWith(path));
          return true;
        },
      );
    });
  }
});

suite('arena', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

  test('batches of several calls do not overwrite each other', () => {
    const arena = new Arena();
    const batches = compressionTypes.map((compressionType, index) => {
      const record = eventRecord({ value: 'A'.repeat(4_000_000), timestamp: index });
      return encode([record], { arena, compressionType }).batches[0] as never;
    });
    for (const [index, batch] of batches.entries()) {
      const [stored] = readBatches(sealBatch(batch, identity, 0));
      assert.equal(stored?.maxTimestamp, index);
      assert.equal(readRecords(stored as never)[0]?.value?.length, 3_000_000);
    }
  });

  test('an unfinished batch moves whole when the memory in use ends', () => {
    const arena = new Arena();
    const records = Array.from({ length: 30 }, (_, index) => {
      const value = letters[index % 26]?.repeat(933_336);
      return eventRecord({ value, headers: [{ last: [index + 1] }] });
    });
    const { batches } = encode(records, { arena, maxBatchBytes: 5_000_000 });
    const values = batches.flatMap((batch) => {
      return readBatches(sealBatch(batch, identity, 0)).flatMap(readRecords);
    });
    assert.equal(batches.length, 5);
    for (const [index, { value, headers }] of values.entries()) {
      assert.equal(value?.toString('base64'), records[index]?.value);
      assert.equal(headers[0]?.[1]?.[0], index + 1);
    }
    assert.equal(values.length, records.length);
  });

  test('the next invocation writes the same memory, without what only a huge event needed', () => {
    const arena = new Arena();
    const usual = arena.bytes;
    arena.reset();
    assert.equal(arena.bytes, usual);
    encode([eventRecord({ value: 'A'.repeat(12_000_000) })], { arena });
    assert.ok(arena.bytes.length > usual.length);
    arena.reset();
    assert.equal(arena.bytes.length, usual.length);
  });
});

/** Without the fields that sealing writes. */
function unsealed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0, batchLayout.crc, batchLayout.attributes);
  return copy.fill(0, batchLayout.producerId, batchLayout.recordCount);
}

function eventRecord(fields: object): EventRecord {
  return {
    topic: 'orders',
    partition: 0,
    offset: 41,
    timestamp: 1_790_000_000_000,
    timestampType: 'CREATE_TIME',
    ...fields,
  };
}

function encode(records: readonly EventRecord[], options: Partial<EncodeOptions> = {}) {
  return encodeBatches(records, {
    from: 0,
    maxBatchBytes: 1_048_588,
    compressionType: 'none',
    arena: new Arena(),
    ...options,
  });
}

function roundTrip(records: readonly EventRecord[]) {
  return encode(records).batches.flatMap((batch) =>
    readBatches(sealBatch(batch, identity, 0)).flatMap(readRecords),
  );
}

function base64(length: number): string {
  return randomBytes(length).toString('base64');
}
