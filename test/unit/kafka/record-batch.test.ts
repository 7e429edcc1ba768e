import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compressionTypes } from '../../../lib/kafka/compression.ts';
import { crc32c } from '../../../lib/kafka/crc32c.ts';
import {
  type BatchHeader,
  batchLayout,
  forEachRecord,
  readBatches,
  readRecords,
} from '../../../lib/kafka/record-batch.ts';
import { described, describeRecord, storedBytes } from './record-batch-fixtures.ts';

suite('what Kafka wrote', () => {
  for (const name of ['codec-none', 'transaction', 'compacted', 'log-append-time']) {
    test(`${name} reads as Kafka reads it`, () => {
      assert.deepEqual(readBatches(storedBytes(name)).map(describeBatch), described(name));
    });
  }

  for (const compression of compressionTypes) {
    test(`a batch compressed with ${compression}`, () => {
      const bytes = storedBytes(`codec-${compression}`);
      const [expected] = described('codec-none');
      const batches = readBatches(bytes).map(describeBatch);
      assert.deepEqual(batches, [{ ...expected, compression, sizeBytes: bytes.length }]);
    });
  }

  test('a format from before v2 is refused', () => {
    const expected = { code: 'RECORD_FORMAT_UNSUPPORTED', message: /offset 5000000000 .*v1/ };
    assert.throws(() => readBatches(storedBytes('format-v1')), expected);
  });
});

suite('where a response ends', () => {
  test('anywhere: the batches that are whole are read, nothing else', () => {
    const first = storedBytes('log-append-time');
    const bytes = Buffer.concat([first, storedBytes('transaction')]);
    for (let length = 0; length <= bytes.length; length += 1) {
      const wholeCount = [first.length, first.length + 70, bytes.length].filter(
        (end) => end <= length,
      ).length;
      assert.equal(readBatches(bytes.subarray(0, length)).length, wholeCount, `${length} bytes`);
    }
  });
});

suite('ranges', () => {
  test('tell null from empty and point into one decompressed body', () => {
    const [batch] = readBatches(storedBytes('codec-zstd')) as [BatchHeader];
    const bodies = new Set<Buffer>();
    const values: (string | null)[] = [];
    forEachRecord(batch, (record, bytes) => {
      bodies.add(bytes);
      const { valueStart, valueEnd } = record;
      values.push(valueStart === -1 ? null : bytes.toString('latin1', valueStart, valueEnd));
    });
    assert.equal(bodies.size, 1);
    assert.deepEqual(values.slice(0, 4), ['value', '', null, null]);
  });
});

suite('corruption', () => {
  const bytes = storedBytes('codec-none').subarray(0);

  test('any bit after the checksum is noticed', () => {
    for (let position = batchLayout.crc; position < bytes.length; position += 97) {
      const damaged = Buffer.from(bytes);
      damaged[position] = (damaged[position] as number) ^ (1 << (position % 8));
      assert.throws(() => readBatches(damaged), { code: 'RECORD_FORMAT_UNSUPPORTED' });
    }
  });

  test('a length that cannot hold a header', () => {
    for (const length of [0, -1, 48, -(2 ** 31)]) {
      const damaged = Buffer.from(bytes);
      damaged.writeInt32BE(length, batchLayout.batchLength);
      assert.throws(() => readBatches(damaged), { message: /has no whole header/ });
    }
  });

  test('an unknown compression', () => {
    const damaged = resealed(bytes, (copy) => copy.writeInt16BE(5, batchLayout.attributes));
    assert.throws(() => readBatches(damaged), { message: /unknown compression/ });
  });

  test('a body that is not compressed as its header says', () => {
    for (const [code, compression] of [...compressionTypes.entries()].slice(1)) {
      const damaged = resealed(bytes, (copy) => copy.writeInt16BE(code, batchLayout.attributes));
      const [batch] = readBatches(damaged) as [BatchHeader];
      const expected = {
        code: 'RECORD_FORMAT_UNSUPPORTED',
        message: new RegExp(`does not decompress as ${compression}`),
      };
      assert.throws(() => readRecords(batch), expected);
    }
  });

  test('fewer or more records than declared', () => {
    for (const [count, message] of [
      [6, /more than the records/],
      [-1, /more than the records/],
      [8, /number that does not end/],
    ] as const) {
      const damaged = resealed(bytes, (copy) => copy.writeInt32BE(count, batchLayout.recordCount));
      const [batch] = readBatches(damaged) as [BatchHeader];
      assert.throws(() => readRecords(batch), { code: 'RECORD_FORMAT_UNSUPPORTED', message });
    }
  });

  test('offsets that a number cannot hold', () => {
    const damaged = Buffer.from(bytes);
    damaged.writeBigInt64BE(2n ** 53n, batchLayout.baseOffset);
    const [batch] = readBatches(damaged) as [BatchHeader];
    assert.equal(batch.lastOffset, 2n ** 53n + 6n);
    assert.throws(() => readRecords(batch), { message: /offsets beyond/ });
  });
});

/** One record of a batch: attributes and deltas of 0, then null key and value, then headers. */
const start = '000000 01 01';

suite('records that no encoder writes', () => {
  const rows: [message: RegExp, body: string][] = [
    [/ends within a record/, `0e ${start} 00`],
    [/ends within a record/, '01'],
    [/record of another length/, `0e ${start} 00 00`],
    [/number that does not end/, '0c 000000 01 04 00'],
    [/header without a name/, `10 ${start} 02 01 01`],
    [/record with other headers/, `0c ${start} 01`],
    [/record with other headers/, `10 ${start} 04 00 01`],
    [/number that does not end/, 'ffffffffff ff'],
    [/number that does not end/, `1e 00 ${'ff'.repeat(14)}`],
    [/more than the records/, `0c ${start} 00 00`],
  ];
  for (const [message, body] of rows) {
    test(`${body}: ${message.source}`, () => {
      const [batch] = readBatches(batchOf(body)) as [BatchHeader];
      assert.throws(() => readRecords(batch), { code: 'RECORD_FORMAT_UNSUPPORTED', message });
    });
  }

  test('but the shortest one of all is read', () => {
    const [batch] = readBatches(batchOf(`0c ${start} 00`)) as [BatchHeader];
    assert.deepEqual(readRecords(batch), [
      { offset: 0n, timestamp: 0, key: null, value: null, headers: [] },
    ]);
  });

  test('and a compressed batch of which nothing is left', () => {
    const bytes = resealed(batchOf(''), (copy) => {
      copy.writeInt16BE(compressionTypes.indexOf('gzip'), batchLayout.attributes);
      copy.writeInt32BE(0, batchLayout.recordCount);
    });
    assert.deepEqual(readBatches(bytes).flatMap(readRecords), []);
  });
});

/** A batch whose header declares one record. */
function batchOf(hexBody: string): Buffer {
  const body = Buffer.from(hexBody.replaceAll(' ', ''), 'hex');
  return resealed(Buffer.concat([Buffer.alloc(batchLayout.records), body]), (copy) => {
    copy.writeInt32BE(copy.length - batchLayout.partitionLeaderEpoch, batchLayout.batchLength);
    copy.writeInt8(2, batchLayout.magic);
    copy.writeInt32BE(1, batchLayout.recordCount);
  });
}

function resealed(bytes: Buffer, damage: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  damage(copy);
  copy.writeUInt32BE(crc32c(copy.subarray(batchLayout.attributes)), batchLayout.crc);
  return copy;
}

function describeBatch(batch: BatchHeader) {
  const { body: _body, baseTimestamp: _baseTimestamp, ...header } = batch;
  return {
    ...header,
    baseOffset: String(batch.baseOffset),
    lastOffset: String(batch.lastOffset),
    producerId: String(batch.producerId),
    records: readRecords(batch).map(describeRecord),
  };
}
