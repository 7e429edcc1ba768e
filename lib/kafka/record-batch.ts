/**
 * Reads record batches v2 as brokers store them and fetch responses carry them.
 * Source of the format: Kafka's protocol guide, "Record Batch" and "Record".
 */
import { type CompressionType, compressionTypes, decompress } from './compression.ts';
import { crc32c } from './crc32c.ts';
import { type RecordRange, RecordReader, unreadable } from './record-reader.ts';

export type { HeaderRange, RecordRange } from './record-reader.ts';

/** Byte positions of the header's fields, which the encoder writes and the reader reads. */
export const batchLayout = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  /** Where the records begin: the size of the header. */
  records: 61,
} as const;

const compressionMask = 0x07;
const logAppendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;

/** One stored record batch: what its header says, and its records as they lie in the log. */
export interface BatchHeader {
  baseOffset: bigint;
  /** Kept by compaction even where the last record is gone, so it may lie beyond it. */
  lastOffset: bigint;
  /** -1 for a producer that is not idempotent; epoch and sequence are -1 then too. */
  producerId: bigint;
  producerEpoch: number;
  /** Sequence of the record at `baseOffset`; a record's own is this plus its offset delta. */
  baseSequence: number;
  /** Records still in the batch; 0 in one that compaction emptied. */
  recordCount: number;
  compression: CompressionType;
  timestampType: 'CreateTime' | 'LogAppendTime';
  isTransactional: boolean;
  /** Its records are transaction markers, no data. */
  isControl: boolean;
  /** Epoch milliseconds that the records' timestamps are relative to. */
  baseTimestamp: number;
  /** Epoch milliseconds; with LogAppendTime the timestamp of every record. */
  maxTimestamp: number;
  /** The whole batch in the log, header included. */
  sizeBytes: number;
  /** The records, compressed with `compression`; a view of the bytes that were read. */
  body: Buffer;
}

/** One record with its own views of the decompressed body. */
export interface LogRecord {
  offset: bigint;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: [name: string, value: Buffer | null][];
}

/**
 * The whole batches in `bytes`, in log order, their checksums verified. A fetch response may end
 * anywhere: an incomplete last batch is left to the next fetch, from after the last whole one.
 *
 * Throws RECORD_FORMAT_UNSUPPORTED on formats before v2 and on bytes that are no record batch.
 */
export function readBatches(bytes: Buffer): BatchHeader[] {
  const batches: BatchHeader[] = [];
  for (let start = 0; start + batchLayout.crc <= bytes.length; ) {
    const baseOffset = bytes.readBigInt64BE(start + batchLayout.baseOffset);
    const magic = bytes.readInt8(start + batchLayout.magic);
    if (magic !== 2) throw unreadable(baseOffset, `has the format v${magic} instead of v2`);
    const length = bytes.readInt32BE(start + batchLayout.batchLength);
    const end = start + batchLayout.partitionLeaderEpoch + length;
    if (end < start + batchLayout.records) throw unreadable(baseOffset, 'has no whole header');
    if (end > bytes.length) break;
    batches.push(readBatch(bytes.subarray(start, end)));
    start = end;
  }
  return batches;
}

function readBatch(batch: Buffer): BatchHeader {
  const baseOffset = batch.readBigInt64BE(batchLayout.baseOffset);
  const checksum = crc32c(batch.subarray(batchLayout.attributes));
  if (checksum !== batch.readUInt32BE(batchLayout.crc)) {
    throw unreadable(baseOffset, 'does not match its checksum');
  }
  const attributes = batch.readInt16BE(batchLayout.attributes);
  const compression = compressionTypes[attributes & compressionMask];
  if (compression === undefined) throw unreadable(baseOffset, 'has an unknown compression');
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(batch.readInt32BE(batchLayout.lastOffsetDelta)),
    producerId: batch.readBigInt64BE(batchLayout.producerId),
    producerEpoch: batch.readInt16BE(batchLayout.producerEpoch),
    baseSequence: batch.readInt32BE(batchLayout.baseSequence),
    recordCount: batch.readInt32BE(batchLayout.recordCount),
    compression,
    timestampType: attributes & logAppendTimeBit ? 'LogAppendTime' : 'CreateTime',
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
    baseTimestamp: Number(batch.readBigInt64BE(batchLayout.baseTimestamp)),
    maxTimestamp: Number(batch.readBigInt64BE(batchLayout.maxTimestamp)),
    sizeBytes: batch.length,
    body: batch.subarray(batchLayout.records),
  };
}

/**
 * Visits the records of a batch in log order, as ranges of `bytes`, the decompressed body. Nothing
 * is copied. Throws RECORD_FORMAT_UNSUPPORTED on a body that is not what its header declares.
 */
export function forEachRecord(
  batch: BatchHeader,
  visit: (record: RecordRange, bytes: Buffer) => void,
): void {
  if (batch.recordCount === 0 && batch.body.length === 0) return;
  const reader = new RecordReader(batch, decompressBody(batch));
  for (let index = 0; index < batch.recordCount; index += 1) visit(reader.next(), reader.bytes);
  reader.finish();
}

/** The records of a batch in log order, each field as a view of the decompressed body. */
export function readRecords(batch: BatchHeader): LogRecord[] {
  const records: LogRecord[] = [];
  forEachRecord(batch, (record, bytes) => {
    records.push({
      offset: BigInt(record.offset),
      timestamp: record.timestamp,
      key: view(bytes, record.keyStart, record.keyEnd),
      value: view(bytes, record.valueStart, record.valueEnd),
      headers: record.headers.map((header) => [
        bytes.toString('utf8', header.nameStart, header.nameEnd),
        view(bytes, header.valueStart, header.valueEnd),
      ]),
    });
  });
  return records;
}

function view(bytes: Buffer, start: number, end: number): Buffer | null {
  return start === -1 ? null : bytes.subarray(start, end);
}

function decompressBody(batch: BatchHeader): Buffer {
  try {
    return decompress(batch.compression, batch.body);
  } catch (cause) {
    throw unreadable(batch.baseOffset, `does not decompress as ${batch.compression}`, cause);
  }
}
