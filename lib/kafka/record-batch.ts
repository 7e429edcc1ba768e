/**
 * Reads record batches v2 as brokers store them and fetch responses carry them.
 * Source of the format: Kafka's protocol guide, "Record Batch" and "Record".
 */
import { MirrorlessError } from '../errors.ts';
import { type CompressionType, compressionTypes, decompress } from './compression.ts';
import { crc32c } from './crc32c.ts';

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

/** Where the fields of one record lie in the decompressed body; a start of -1 is null. */
export interface RecordRange {
  offset: number;
  /** Epoch milliseconds; beyond 2^53 rounded to the nearest number. */
  timestamp: number;
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
  headers: readonly HeaderRange[];
}

export interface HeaderRange {
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
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
 * The whole batches in `bytes`. A fetch response may end anywhere: an incomplete last batch is left
 * to the next fetch, which begins after the last whole one.
 *
 * Throws RECORD_FORMAT_UNSUPPORTED on formats before v2 and on bytes that are no record batch.
 */
export function readBatches(
  bytes: Buffer,
  options: { verifyChecksum?: boolean } = {},
): BatchHeader[] {
  const batches: BatchHeader[] = [];
  let start = 0;
  while (start + batchLayout.records <= bytes.length) {
    const magic = bytes.readInt8(start + batchLayout.magic);
    if (magic !== 2) throw unsupported(bytes, start, `has format v${magic}, not v2`);
    const length = bytes.readInt32BE(start + batchLayout.batchLength);
    const end = start + batchLayout.partitionLeaderEpoch + length;
    if (end - start < batchLayout.records) throw unsupported(bytes, start, 'has no whole header');
    if (end > bytes.length) break;
    const batch = bytes.subarray(start, end);
    if (options.verifyChecksum) verifyChecksum(batch);
    batches.push(readHeader(batch));
    start = end;
  }
  return batches;
}

function verifyChecksum(batch: Buffer): void {
  const stored = batch.readUInt32BE(batchLayout.crc);
  if (crc32c(batch.subarray(batchLayout.attributes)) === stored) return;
  throw unsupported(batch, 0, 'does not match its checksum');
}

function readHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(batchLayout.attributes);
  const compression = compressionTypes[attributes & compressionMask];
  if (compression === undefined) throw unsupported(batch, 0, 'has an unknown compression');
  const baseOffset = batch.readBigInt64BE(batchLayout.baseOffset);
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
    throw corrupt(batch, `does not decompress as ${batch.compression}`, cause);
  }
}

const noHeaders: readonly HeaderRange[] = [];

class RecordReader {
  readonly bytes: Buffer;
  readonly #batch: BatchHeader;
  readonly #baseOffset: number;
  #position = 0;

  constructor(batch: BatchHeader, bytes: Buffer) {
    this.#batch = batch;
    this.#baseOffset = Number(batch.baseOffset);
    this.bytes = bytes;
    if (!Number.isSafeInteger(Number(batch.lastOffset))) throw corrupt(batch, 'has no real offset');
  }

  next(): RecordRange {
    const length = this.#varint();
    const end = this.#position + length;
    if (length < 0 || end > this.bytes.length) throw corrupt(this.#batch, 'ends within a record');
    this.#position += 1; // attributes of a record, unused in v2
    const timestampDelta = this.#varlong();
    const offsetDelta = this.#varint();
    const keyLength = this.#varint();
    const keyStart = this.#field(keyLength);
    const keyEnd = this.#position;
    const valueLength = this.#varint();
    const valueStart = this.#field(valueLength);
    const valueEnd = this.#position;
    const headerCount = this.#varint();
    const headers = headerCount > 0 ? this.#headers(headerCount, end) : noHeaders;
    if (this.#position !== end) throw corrupt(this.#batch, 'holds a record of another length');
    const { timestampType, maxTimestamp, baseTimestamp } = this.#batch;
    return {
      offset: this.#baseOffset + offsetDelta,
      timestamp: timestampType === 'LogAppendTime' ? maxTimestamp : baseTimestamp + timestampDelta,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
      headers,
    };
  }

  finish(): void {
    if (this.#position === this.bytes.length) return;
    throw corrupt(this.#batch, 'holds more than the records that it declares');
  }

  #headers(count: number, end: number): HeaderRange[] {
    const headers: HeaderRange[] = [];
    while (headers.length < count && this.#position < end) {
      const nameStart = this.#field(this.#varint());
      const nameEnd = this.#position;
      const valueStart = this.#field(this.#varint());
      headers.push({ nameStart, nameEnd, valueStart, valueEnd: this.#position });
      if (nameStart === -1) throw corrupt(this.#batch, 'holds a header without a name');
    }
    if (headers.length < count) throw corrupt(this.#batch, 'ends within the headers of a record');
    return headers;
  }

  /** Steps over a field; its start, or -1 where a negative length says null. */
  #field(length: number): number {
    if (length < 0) return -1;
    const start = this.#position;
    this.#position += length;
    return start;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#position++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw corrupt(this.#batch, 'holds a number that does not end');
  }

  /** Exact up to 2^53: the sign is the lowest bit, so the magnitude is summed without it. */
  #varlong(): number {
    let byte = this.bytes[this.#position++] as number;
    const sign = byte & 1;
    let magnitude = (byte & 0x7f) >> 1;
    for (let scale = 64; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 62) throw corrupt(this.#batch, 'holds a number that does not end');
      byte = this.bytes[this.#position++] as number;
      magnitude += (byte & 0x7f) * scale;
    }
    return sign === 0 ? magnitude : -magnitude - 1;
  }
}

function unsupported(bytes: Buffer, start: number, what: string): MirrorlessError {
  const offset = bytes.readBigInt64BE(start + batchLayout.baseOffset);
  return refused(offset, what);
}

function corrupt(batch: BatchHeader, what: string, cause?: unknown): MirrorlessError {
  return refused(batch.baseOffset, what, cause);
}

function refused(offset: bigint, what: string, cause?: unknown): MirrorlessError {
  return new MirrorlessError(
    'RECORD_FORMAT_UNSUPPORTED',
    `The record batch at offset ${offset} ${what}.`,
    { cause, place: { offset: String(offset) } },
  );
}
