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
import {
  base64Length,
  lostHeaderCount,
  recordLength,
  varintLength,
  writeRecord,
  writeVarint,
} from './encode-record.ts';

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
  let sizeBytes: number = batchLayout.records;
  let index = firstIndex;
  for (; index < records.length; index += 1) {
    const record = records[index] as EventRecord;
    const deltas = { offset: index - firstIndex, timestamp: record.timestamp - baseTimestamp };
    const length = recordLength(record, deltas);
    const grownBytes = sizeBytes + varintLength(length) + length;
    if (grownBytes > maxBatchBytes && index > firstIndex) break;
    if (arena.position + grownBytes > arena.bytes.length) arena.grow(sizeBytes, grownBytes);
    const start = writeVarint(arena.bytes, arena.position + sizeBytes, length);
    const end = writeRecord(arena.bytes, start, record, deltas);
    if (end !== arena.position + grownBytes) throw malformed(record, index);
    sizeBytes = grownBytes;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
  }
  const recordCount = index - firstIndex;
  const raw = arena.bytes.subarray(arena.position, arena.position + sizeBytes);
  const { bytes, codec } = compressRecords(raw, compressionType);
  writeHeader(bytes, { codec, recordCount, baseTimestamp, maxTimestamp });
  arena.position += bytes.length;
  return { firstIndex, recordCount, bytes };
}

/** In place, since the raw records are not needed any more; raw where compression gains nothing. */
function compressRecords(
  raw: Buffer,
  type: CompressionType,
): { bytes: Buffer; codec: CompressionType } {
  if (type === 'none') return { bytes: raw, codec: type };
  const compressed = compress(type, raw.subarray(batchLayout.records));
  const sizeBytes = batchLayout.records + compressed.length;
  if (sizeBytes >= raw.length) return { bytes: raw, codec: 'none' };
  compressed.copy(raw, batchLayout.records);
  return { bytes: raw.subarray(0, sizeBytes), codec: type };
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

/** Names the field at fault by its path in the event (as the service names keys), never its content. */
function malformed(record: EventRecord, index: number): MirrorlessError {
  const { topic, partition, offset } = record;
  const field = isBase64(record.key) ? (isBase64(record.value) ? 'headers' : 'value') : 'key';
  const path = `records[${JSON.stringify(`${topic}-${partition}`)}][${index}].${field}`;
  const expected = field === 'headers' ? 'a list of names with signed bytes' : 'base64';
  return new MirrorlessError('EVENT_MALFORMED', `${path} is not ${expected}.`, {
    place: { topic, partition, offset: String(offset), path },
  });
}

function isBase64(field: string | null | undefined): boolean {
  return !field || Buffer.from(field, 'base64').length === base64Length(field);
}

function countLostHeaders(records: readonly EventRecord[], from: number): number {
  let count = 0;
  for (let index = from; index < records.length; index += 1) {
    const { headers } = records[index] as EventRecord;
    if (headers) count += lostHeaderCount(headers);
  }
  return count;
}
