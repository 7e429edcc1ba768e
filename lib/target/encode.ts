/**
 * One pass from the records of an event to Kafka record batches v2: base64 goes straight into the
 * bytes that are sent. This is the hottest code of the flow, measured in nanoseconds per record by
 * test/bench/encode.ts.
 */
import { MirrorlessError } from '../errors.ts';
import { type CompressionType, compress, compressionTypes } from '../kafka/compression.ts';
import { crc32c } from '../kafka/crc32c.ts';
import type { ProducerIdentity } from '../kafka/ports.ts';
import { batchLayout } from '../kafka/record-batch.ts';
import type { EventRecord } from '../source/event.ts';
import type { Arena } from './arena.ts';

/** A batch that lacks only its producer's identity; its bytes lie in the arena. */
export interface EncodedBatch {
  /** Index of its first record among the records given to `encodeBatches`. */
  firstIndex: number;
  recordCount: number;
  bytes: Buffer;
}

export interface EncodeOptions {
  /** Index of the first record to encode. */
  from: number;
  /**
   * Bound of a whole batch before compression, its header included, as the target counts it
   * (`max.message.bytes`). A record that is larger by itself becomes a batch of its own.
   */
  maxBatchBytes: number;
  compressionType: CompressionType;
  arena: Arena;
}

export interface EncodedRecords {
  batches: EncodedBatch[];
  /** Headers that the event delivered as `{}`: their names are unknown, so they are left out. */
  lostHeaders: number;
}

/**
 * Encodes `records` from `options.from` on. Offsets count from 0 in each batch, timestamps are
 * kept. The batches are valid until the arena is reset.
 *
 * Throws EVENT_MALFORMED where a field is not base64 or a header not a list of signed bytes.
 */
export function encodeBatches(
  records: readonly EventRecord[],
  options: EncodeOptions,
): EncodedRecords {
  const batches: EncodedBatch[] = [];
  for (let index = options.from; index < records.length; ) {
    const batch = encodeBatch(records, index, options);
    batches.push(batch);
    index += batch.recordCount;
  }
  return { batches, lostHeaders: countLostHeaders(records, options.from) };
}

/**
 * Writes who produces the batch and its checksum, in place. May be called again with another
 * sequence. `baseSequence` is the sequence of the batch's first record.
 */
export function sealBatch(
  batch: EncodedBatch,
  identity: ProducerIdentity,
  baseSequence: number,
): Buffer {
  const { bytes } = batch;
  bytes.writeBigInt64BE(identity.producerId, batchLayout.producerId);
  bytes.writeInt16BE(identity.producerEpoch, batchLayout.producerEpoch);
  bytes.writeInt32BE(baseSequence, batchLayout.baseSequence);
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchLayout.attributes)), batchLayout.crc);
  return bytes;
}

function encodeBatch(
  records: readonly EventRecord[],
  firstIndex: number,
  { arena, maxBatchBytes, compressionType }: EncodeOptions,
): EncodedBatch {
  const baseTimestamp = (records[firstIndex] as EventRecord).timestamp;
  let maxTimestamp = baseTimestamp;
  let size: number = batchLayout.records;
  let index = firstIndex;
  for (; index < records.length; index += 1) {
    const record = records[index] as EventRecord;
    const deltas = { offset: index - firstIndex, timestamp: record.timestamp - baseTimestamp };
    const length = recordLength(record, deltas);
    const grown = size + varintLength(length) + length;
    if (grown > maxBatchBytes && index > firstIndex) break;
    if (arena.position + grown > arena.bytes.length) arena.grow(size, grown);
    const start = writeVarint(arena.bytes, arena.position + size, length);
    const end = writeRecord(arena.bytes, start, record, deltas);
    if (end !== arena.position + grown) throw malformed(record, index);
    size = grown;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
  }
  const recordCount = index - firstIndex;
  const raw = arena.bytes.subarray(arena.position, arena.position + size);
  const { bytes, codec } = compressRecords(raw, compressionType);
  writeHeader(bytes, { codec, recordCount, baseTimestamp, maxTimestamp });
  arena.position += bytes.length;
  return { firstIndex, recordCount, bytes };
}

interface Deltas {
  offset: number;
  timestamp: number;
}

function writeRecord(bytes: Buffer, start: number, record: EventRecord, deltas: Deltas): number {
  let position = start;
  bytes[position++] = 0; // attributes: none are defined for a record
  position = writeVarint(bytes, position, deltas.timestamp);
  position = writeVarint(bytes, position, deltas.offset);
  position = writeBase64(bytes, position, record.key);
  position = writeBase64(bytes, position, record.value);
  return writeHeaders(bytes, position, record.headers);
}

/** The exact length of what `writeRecord` writes, if the record's base64 is what it seems. */
function recordLength(record: EventRecord, deltas: Deltas): number {
  return (
    1 +
    varintLength(deltas.timestamp) +
    varintLength(deltas.offset) +
    base64FieldLength(record.key) +
    base64FieldLength(record.value) +
    headersLength(record.headers)
  );
}

type Base64 = string | null | undefined;

/** Null is the length -1 without bytes, which is not the same as 0 bytes. */
function writeBase64(bytes: Buffer, position: number, text: Base64): number {
  if (text === null || text === undefined) return writeVarint(bytes, position, -1);
  const start = writeVarint(bytes, position, base64Length(text));
  return start + bytes.write(text, start, 'base64');
}

function base64FieldLength(text: Base64): number {
  if (text === null || text === undefined) return 1;
  const length = base64Length(text);
  return varintLength(length) + length;
}

/**
 * The bytes that well-formed base64 decodes to. Node decodes anything and leaves out what it does
 * not know, so malformed text always decodes to less than this: also where its length is no
 * multiple of four, which is why the rest is counted in full.
 */
function base64Length(text: string): number {
  const { length } = text;
  const paddingCount = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (length >> 2) * 3 + (length & 3) - paddingCount;
}

type Headers = EventRecord['headers'];

function writeHeaders(bytes: Buffer, start: number, headers: Headers): number {
  if (headers === null || headers === undefined) return writeVarint(bytes, start, 0);
  let position = writeVarint(bytes, start, headers.length - lostCount(headers));
  for (const header of headers) {
    for (const name in header) {
      const nameLength = Buffer.byteLength(name);
      position = writeVarint(bytes, position, nameLength);
      position += bytes.write(name, position);
      position = writeSignedBytes(bytes, position, header[name] ?? null);
    }
  }
  return position;
}

function writeSignedBytes(bytes: Buffer, start: number, signed: readonly number[] | null): number {
  if (signed === null) return writeVarint(bytes, start, -1);
  let position = writeVarint(bytes, start, signed.length);
  for (const byte of signed) bytes[position++] = byte;
  return position;
}

function headersLength(headers: Headers): number {
  if (headers === null || headers === undefined) return 1;
  let length = varintLength(headers.length - lostCount(headers));
  for (const header of headers) {
    for (const name in header) {
      const nameLength = Buffer.byteLength(name);
      const valueLength = header[name]?.length ?? 0;
      length += varintLength(nameLength) + nameLength + varintLength(valueLength) + valueLength;
    }
  }
  return length;
}

function lostCount(headers: NonNullable<Headers>): number {
  let count = 0;
  for (const header of headers) if (isEmpty(header)) count += 1;
  return count;
}

function isEmpty(header: object): boolean {
  for (const _name in header) return false;
  return true;
}

function countLostHeaders(records: readonly EventRecord[], from: number): number {
  let count = 0;
  for (let index = from; index < records.length; index += 1) {
    const headers = records[index]?.headers;
    if (headers) count += lostCount(headers);
  }
  return count;
}

/** Zigzag varint: small numbers of either sign are short. Exact for all safe integers. */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let position = start;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  if (value !== value >> 0) {
    const magnitude = value < 0 ? -value - 1 : value;
    bytes[position++] = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0) | 0x80;
    let high = Math.floor(magnitude / 64);
    for (; high > 0x7fffffff; high = Math.floor(high / 128))
      bytes[position++] = (high % 128) | 0x80;
    rest = high;
  }
  for (; rest > 0x7f; rest >>>= 7) bytes[position++] = rest | 0x80;
  bytes[position++] = rest;
  return position;
}

function varintLength(value: number): number {
  const magnitude = value < 0 ? -value - 1 : value;
  if (magnitude < 2 ** 6) return 1;
  if (magnitude < 2 ** 13) return 2;
  if (magnitude < 2 ** 20) return 3;
  if (magnitude < 2 ** 27) return 4;
  let length = 5;
  for (let limit = 2 ** 34; magnitude >= limit; limit *= 2 ** 7) length += 1;
  return length;
}

/** In place, since the raw records are not needed any more; raw where compression gains nothing. */
function compressRecords(
  raw: Buffer,
  type: CompressionType,
): { bytes: Buffer; codec: CompressionType } {
  if (type === 'none') return { bytes: raw, codec: type };
  const compressed = compress(type, raw.subarray(batchLayout.records));
  const size = batchLayout.records + compressed.length;
  if (size >= raw.length) return { bytes: raw, codec: 'none' };
  compressed.copy(raw, batchLayout.records);
  return { bytes: raw.subarray(0, size), codec: type };
}

function writeHeader(
  bytes: Buffer,
  batch: {
    codec: CompressionType;
    recordCount: number;
    baseTimestamp: number;
    maxTimestamp: number;
  },
): void {
  bytes.writeBigInt64BE(0n, batchLayout.baseOffset);
  bytes.writeInt32BE(bytes.length - batchLayout.partitionLeaderEpoch, batchLayout.batchLength);
  bytes.writeInt32BE(-1, batchLayout.partitionLeaderEpoch);
  bytes.writeInt8(2, batchLayout.magic);
  bytes.writeInt16BE(compressionTypes.indexOf(batch.codec), batchLayout.attributes);
  bytes.writeInt32BE(batch.recordCount - 1, batchLayout.lastOffsetDelta);
  bytes.writeBigInt64BE(BigInt(batch.baseTimestamp), batchLayout.baseTimestamp);
  bytes.writeBigInt64BE(BigInt(batch.maxTimestamp), batchLayout.maxTimestamp);
  bytes.writeInt32BE(batch.recordCount, batchLayout.recordCount);
}

/** Names the field at fault by the path it has in the event; never its content. */
function malformed(record: EventRecord, index: number): MirrorlessError {
  const { topic, partition, offset } = record;
  const isBase64 = (text: Base64) =>
    !text || Buffer.from(text, 'base64').length === base64Length(text);
  const field = !isBase64(record.key) ? 'key' : !isBase64(record.value) ? 'value' : 'headers';
  const path = `records[${JSON.stringify(`${topic}-${partition}`)}][${index}].${field}`;
  const expected = field === 'headers' ? 'a list of names with signed bytes' : 'base64';
  return new MirrorlessError('EVENT_MALFORMED', `${path} is not ${expected}.`, {
    place: { topic, partition, offset: String(offset), path },
  });
}
