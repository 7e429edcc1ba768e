/** The bytes of `Segment.packed`: entries of three LEB128 varints, readable from either end. */
import { MirrorlessError } from '../errors.ts';

/** A run of records and the gaps that lie before it. */
export type Entry = [upstreamGap: number, downstreamGap: number, length: number];

/** An entry has three numbers below 2^53, and seven bits of a number fit into a byte. */
export const entryBytesMax = 3 * 8;

export function* entriesOf(packed: Uint8Array, from = 0): Generator<Entry> {
  const reader = new PackedReader(packed, from);
  while (!reader.done) yield [reader.next(), reader.next(), reader.next()];
}

/** Where the last entry begins, found from the back: only a varint's last byte is below 0x80. */
export function lastEntryStart(packed: Uint8Array): number {
  let position = packed.length;
  for (let varints = 0; varints < 3 && position > 0; varints += 1) {
    position -= 1;
    while (position > 0 && (packed[position - 1] as number) >= 0x80) position -= 1;
  }
  return position;
}

/** Writes an entry at `start` and returns where it ends. */
export function writeEntry(bytes: Uint8Array, start: number, entry: Entry): number {
  let position = start;
  for (const number of entry) {
    let rest = number;
    while (rest >= 0x80) {
      bytes[position++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[position++] = rest;
  }
  return position;
}

/** Throws STATE_CORRUPT where the bytes are not whole varints of numbers below 2^53. */
export class PackedReader {
  readonly #packed: Uint8Array;
  #position: number;

  constructor(packed: Uint8Array, position = 0) {
    this.#packed = packed;
    this.#position = position;
  }

  get done(): boolean {
    return this.#position >= this.#packed.length;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#packed[this.#position++];
      if (byte === undefined) throw corrupt('end in the middle of an entry');
      value += (byte % 0x80) * scale;
      if (byte < 0x80) break;
    }
    if (!Number.isSafeInteger(value)) throw corrupt('hold an impossible number');
    return value;
  }
}

function corrupt(what: string): MirrorlessError {
  return new MirrorlessError('STATE_CORRUPT', `The packed runs of a segment ${what}.`);
}
