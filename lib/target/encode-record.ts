/**
 * One record of a record batch v2. Its length stands before it, so every part is a pair here: how
 * long it is, and writing it. Source of the format: Kafka's protocol guide, "Record".
 */
import type { EventRecord } from '../source/event.ts';

/** What a record's fields are relative to its batch's first record. */
export interface Deltas {
  offset: number;
  timestamp: number;
}

/** The length of what `writeRecord` writes for a record that is well formed. */
export function recordLength(record: EventRecord, deltas: Deltas): number {
  return (
    1 +
    varintLength(deltas.timestamp) +
    varintLength(deltas.offset) +
    fieldLength(record.key) +
    fieldLength(record.value) +
    headersLength(record.headers)
  );
}

/** @returns where the record ends; anywhere else than `recordLength` says if it is malformed */
export function writeRecord(
  bytes: Buffer,
  start: number,
  record: EventRecord,
  deltas: Deltas,
): number {
  let position = start;
  bytes[position++] = 0; // attributes: none is defined for records
  position = writeVarint(bytes, position, deltas.timestamp);
  position = writeVarint(bytes, position, deltas.offset);
  position = writeField(bytes, position, record.key);
  position = writeField(bytes, position, record.value);
  return writeHeaders(bytes, position, record.headers);
}

type Field = string | null | undefined;

/** Null has the length -1 and no bytes, which is not the same as no bytes. */
function fieldLength(base64: Field): number {
  if (base64 === null || base64 === undefined) return 1;
  const length = base64Length(base64);
  return varintLength(length) + length;
}

function writeField(bytes: Buffer, start: number, base64: Field): number {
  if (base64 === null || base64 === undefined) return writeVarint(bytes, start, -1);
  const position = writeVarint(bytes, start, base64Length(base64));
  return position + (bytes as Base64Buffer).base64Write(base64, position);
}

/** What `write(text, start, 'base64')` calls; the detour costs a fifth of a record of 100 bytes. */
type Base64Buffer = Buffer & { base64Write(text: string, start: number): number };

/**
 * How many bytes well-formed base64 decodes to. Node.js decodes anything, leaving out what it does
 * not know, so malformed text always decodes to fewer: also text whose length is no multiple of
 * four, since what exceeds it is counted in full here. (Of a character beyond U+00FF it looks at the
 * low byte alone; the service sends none.)
 */
export function base64Length(base64: string): number {
  const { length } = base64;
  const paddingCount = isPadding(base64, length - 1) + isPadding(base64, length - 2);
  return (length >> 2) * 3 + (length & 3) - paddingCount;
}

function isPadding(base64: string, index: number): number {
  return base64.charCodeAt(index) === 0x3d ? 1 : 0;
}

type Headers = NonNullable<EventRecord['headers']>;

function headersLength(headers: Headers | null | undefined): number {
  if (headers === null || headers === undefined) return 1;
  let length = varintLength(nameCount(headers));
  for (const header of headers) {
    for (const name in header) {
      const nameLength = Buffer.byteLength(name);
      const signed = header[name] as readonly number[] | null;
      const valueLength = signed === null ? 0 : signed.length;
      length += varintLength(nameLength) + nameLength + varintLength(valueLength) + valueLength;
    }
  }
  return length;
}

function writeHeaders(bytes: Buffer, start: number, headers: Headers | null | undefined): number {
  if (headers === null || headers === undefined) return writeVarint(bytes, start, 0);
  let position = writeVarint(bytes, start, nameCount(headers));
  for (const header of headers) {
    for (const name in header) {
      position = writeVarint(bytes, position, Buffer.byteLength(name));
      position += bytes.write(name, position);
      position = writeSigned(bytes, position, header[name] as readonly number[] | null);
    }
  }
  return position;
}

/** Bytes that are written as signed numbers, or as unsigned ones by emulators of the service. */
function writeSigned(bytes: Buffer, start: number, signed: readonly number[] | null): number {
  if (signed === null) return writeVarint(bytes, start, -1);
  let position = writeVarint(bytes, start, signed.length);
  for (let index = 0; index < signed.length; index += 1) {
    const byte = signed[index] as number;
    if (byte !== (byte | 0) || byte < -128 || byte > 255) return Number.NaN;
    bytes[position++] = byte;
  }
  return position;
}

/** Headers that have a name: those without one have lost it on their way into the event. */
function nameCount(headers: Headers): number {
  let count = 0;
  for (const header of headers) for (const _ in header) count += 1;
  return count;
}

/** Headers that the event delivers as `{}`. */
export function lostHeaderCount(headers: Headers): number {
  let count = 0;
  for (const header of headers) if (isLost(header)) count += 1;
  return count;
}

function isLost(header: object): boolean {
  for (const _ in header) return false;
  return true;
}

/** Zigzag varint: short for small numbers of either sign. Exact for all safe integers. */
export function writeVarint(bytes: Buffer, start: number, value: number): number {
  let position = start;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  if (value !== (value | 0)) {
    // Beyond 32 bits: the sign is the lowest bit, and the magnitude is shifted by division.
    let magnitude = value < 0 ? -value - 1 : value;
    bytes[position++] = 0x80 | ((magnitude % 64) << 1) | (value < 0 ? 1 : 0);
    magnitude = Math.floor(magnitude / 64);
    for (; magnitude >= 2 ** 32; magnitude = Math.floor(magnitude / 128)) {
      bytes[position++] = 0x80 | (magnitude % 128);
    }
    rest = magnitude;
  }
  for (; rest > 0x7f; rest >>>= 7) bytes[position++] = 0x80 | rest;
  bytes[position++] = rest;
  return position;
}

export function varintLength(value: number): number {
  const magnitude = value < 0 ? -value - 1 : value;
  let length = 1;
  for (let limit = 2 ** 6; magnitude >= limit; limit *= 2 ** 7) length += 1;
  return length;
}
