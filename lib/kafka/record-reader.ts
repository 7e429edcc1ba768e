import { MirrorlessError } from '../errors.ts';
import type { BatchHeader } from './record-batch.ts';

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

const noHeaders: readonly HeaderRange[] = [];

/** Reads the records of one batch from its decompressed body, in order. */
export class RecordReader {
  readonly bytes: Buffer;
  readonly #batch: BatchHeader;
  readonly #baseOffset: number;
  #position = 0;

  constructor(batch: BatchHeader, bytes: Buffer) {
    this.#batch = batch;
    this.#baseOffset = Number(batch.baseOffset);
    this.bytes = bytes;
    if (batch.lastOffset > Number.MAX_SAFE_INTEGER) throw this.#corrupt('has offsets beyond 2^53');
  }

  next(): RecordRange {
    const length = this.#varint();
    const end = this.#position + length;
    if (length < 0 || end > this.bytes.length) throw this.#corrupt('ends within a record');
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
    const headers = headerCount === 0 ? noHeaders : this.#headers(headerCount, end);
    if (this.#position !== end) throw this.#corrupt('holds a record of another length');
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
    throw this.#corrupt('holds more than the records that it declares');
  }

  #headers(count: number, end: number): HeaderRange[] {
    const headers: HeaderRange[] = [];
    while (headers.length < count && this.#position < end) {
      const nameStart = this.#field(this.#varint());
      const nameEnd = this.#position;
      const valueStart = this.#field(this.#varint());
      headers.push({ nameStart, nameEnd, valueStart, valueEnd: this.#position });
      if (nameStart === -1) throw this.#corrupt('holds a header without a name');
    }
    if (headers.length !== count) throw this.#corrupt('holds a record with other headers');
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
    throw this.#corrupt('holds a number that does not end');
  }

  /** Exact up to 2^53: the sign is the lowest bit, so the magnitude is summed without it. */
  #varlong(): number {
    let byte = this.bytes[this.#position++] as number;
    const sign = byte & 1;
    let magnitude = (byte & 0x7f) >> 1;
    for (let scale = 64; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 62) throw this.#corrupt('holds a number that does not end');
      byte = this.bytes[this.#position++] as number;
      magnitude += (byte & 0x7f) * scale;
    }
    return sign === 0 ? magnitude : -magnitude - 1;
  }

  #corrupt(what: string): MirrorlessError {
    return unreadable(this.#batch.baseOffset, what);
  }
}

/** A batch that this code cannot read, for what reason. */
export function unreadable(baseOffset: bigint, what: string, cause?: unknown): MirrorlessError {
  return new MirrorlessError(
    'RECORD_FORMAT_UNSUPPORTED',
    `The record batch at offset ${baseOffset} ${what}.`,
    { cause, place: { offset: String(baseOffset) } },
  );
}
