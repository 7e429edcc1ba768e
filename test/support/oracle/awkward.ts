/**
 * Records of every shape that a replicator gets wrong. Each carries its producer and sequence
 * number where that leaves its awkwardness whole: in a header `oracle`, else in the value, else in
 * the key, else in nothing but its unique timestamp and its place in the order.
 */
import type { Header, OracleRecord, RecordContent } from './records.ts';

/** `producer/sequence`, `producer/sequence/end` in a sentinel, `foreign/...` by a foreign writer. */
export const tagHeader = 'oracle';
export const foreignPrefix = 'foreign/';

export interface Shape {
  name: string;
  /** False where the key is null, which a compacted topic refuses. */
  keyed: boolean;
  content(tag: string, timestamp: number): RecordContent;
}

const dayMs = 86_400_000;
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const highBytes = Buffer.from(Array.from({ length: 128 }, (_, byte) => 128 + byte));
const large = 900 * 1024;

/** A shape is what differs from a plain record; the rest, tag header included, is filled in. */
type Difference = Partial<Omit<RecordContent, 'headers'>> & { extra?: readonly Header[] };

const shapes: Shape[] = [
  tagged('plain', () => ({})),
  tagged('null key', () => ({ key: null })),
  tagged('empty key', () => ({ key: Buffer.alloc(0) })),
  tagged('tombstone', () => ({ value: null })),
  tagged('empty value', () => ({ value: Buffer.alloc(0) })),
  tagged('null key and value', () => ({ key: null, value: null })),
  tagged('empty key and value', () => ({ key: Buffer.alloc(0), value: Buffer.alloc(0) })),
  tagged('every byte', () => ({
    key: everyByte,
    value: everyByte,
    extra: [['bytes', everyByte]],
  })),
  tagged('bytes from 0x80', () => ({ key: highBytes, value: highBytes })),
  tagged('text that is not UTF-8', () => ({ value: Buffer.from([0xc3, 0x28, 0xff, 0x00, 0xed]) })),
  bare('no headers', (tag) => ({ key: text(`key ${tag}`), value: text(tag) })),
  bare('no headers, tombstone', (tag) => ({ key: text(tag), value: null })),
  bare('nothing but a timestamp', () => ({ key: null, value: null })),
  bare('nothing but a timestamp, empty', () => ({ key: Buffer.alloc(0), value: Buffer.alloc(0) })),
  withHeaders('many headers', () => numbered(200)),
  withHeaders('repeated header names', () => headers('a', 'b', 'a', 'b', 'a')),
  withHeaders('integer-like header names', () => headers('10', '2', '1', '-1', '01', '2')),
  withHeaders('empty header name', () => headers('', 'after', '')),
  withHeaders('null header values', () => [
    ['null', null],
    ['kept', text('kept')],
    ['null', null],
  ]),
  withHeaders('empty header values', () => [
    ['empty', Buffer.alloc(0)],
    ['empty', Buffer.alloc(0)],
  ]),
  withHeaders('null beside empty header value', () => [
    ['same', Buffer.alloc(0)],
    ['same', null],
    ['same', Buffer.alloc(0)],
  ]),
  withHeaders('header names beyond ASCII', () => headers('ë', '名前', '🜁', 'e\u0301', '\u00e9')),
  withHeaders('header names of JavaScript', () =>
    headers('__proto__', 'constructor', 'toString', 'length', 'hasOwnProperty'),
  ),
  withHeaders('header names that JSON escapes', () => headers('"', '\\', '\n', '\u0000', '\u2028')),
  withHeaders('header values from 0x80', () => [
    ['high', highBytes],
    ['sign', Buffer.from([0x7f, 0x80, 0xff, 0x00])],
  ]),
  withHeaders('long header', () => [['long', noise(40_000)]]),
  tagged('timestamp 0', () => ({ timestamp: 0 })),
  tagged('timestamp 1', () => ({ timestamp: 1 })),
  tagged('two days old', (timestamp) => ({ timestamp: timestamp - 2 * dayMs })),
  tagged('out of order', (timestamp) => ({ timestamp: timestamp - 5_000 })),
  tagged('half a minute ahead', (timestamp) => ({ timestamp: timestamp + 30_000 })),
  tagged('long key', () => ({ key: noise(70_000) })),
];

const largeShapes: Shape[] = [
  tagged('large value', () => ({ value: noise(large) })),
  tagged('large value that compresses', () => ({ value: Buffer.alloc(large, 'compressible ') })),
];

export interface AwkwardOptions {
  /** Epoch milliseconds of the first record; now when absent. */
  now?: number;
  /** Without null keys, as compacted topics need. */
  keyed?: boolean;
  /** With the values of 900 KiB. */
  large?: boolean;
}

export interface AwkwardWriter {
  /** The next `count` records of a partition, shape after shape; every shape once by default. */
  records(partition: number, count?: number): OracleRecord[];
  /** The sentinel of each partition written to. Give them to the checker as well. */
  end(): OracleRecord[];
}

/** The record stream of one producer, which must be written in the order in which it is asked for. */
export function awkwardWriter(producer: string, options: AwkwardOptions = {}): AwkwardWriter {
  const start = options.now ?? Date.now();
  const cycle = shapesOf(options);
  const sequences = new Map<number, number>();
  const next = (partition: number) => {
    const sequence = sequences.get(partition) ?? 0;
    sequences.set(partition, sequence + 1);
    return sequence;
  };
  const record = (partition: number): OracleRecord => {
    const sequence = next(partition);
    const shape = cycle[sequence % cycle.length]!;
    return { partition, ...shape.content(`${producer}/${sequence}`, start + sequence) };
  };
  return {
    records: (partition, count = cycle.length) =>
      Array.from({ length: count }, () => record(partition)),
    end: () =>
      [...sequences.keys()].map((partition) => {
        const sequence = next(partition);
        const tag = `${producer}/${sequence}/end`;
        return { partition, ...plain(tag, start + sequence), key: text(`end of ${producer}`) };
      }),
  };
}

/** The shapes that a writer with these options goes through. */
export function shapesOf(options: AwkwardOptions): Shape[] {
  const wanted = options.large ? [...shapes, ...largeShapes] : shapes;
  return options.keyed ? wanted.filter((shape) => shape.keyed) : wanted;
}

/** Records of somebody who writes to a target partition beside the flow. */
export function foreignRecords(partition: number, count: number): OracleRecord[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => ({
    partition,
    ...plain(`${foreignPrefix}${now}/${index}`, now),
  }));
}

function plain(tag: string, timestamp: number): RecordContent {
  return { timestamp, key: text(`key ${tag}`), value: text(tag), headers: [tagOf(tag)] };
}

function tagOf(tag: string): Header {
  return [tagHeader, text(tag)];
}

function tagged(name: string, differ: (timestamp: number) => Difference): Shape {
  return {
    name,
    keyed: differ(0).key !== null,
    content: (tag, timestamp) => {
      const { extra = [], ...difference } = differ(timestamp);
      return { ...plain(tag, timestamp), headers: [tagOf(tag), ...extra], ...difference };
    },
  };
}

/** The tag stands amid the headers under test, so that their order round it is seen too. */
function withHeaders(name: string, make: () => readonly Header[]): Shape {
  return {
    name,
    keyed: true,
    content: (tag, timestamp) => {
      const [first, ...rest] = make();
      return { ...plain(tag, timestamp), headers: [first!, tagOf(tag), ...rest] };
    },
  };
}

function bare(name: string, make: (tag: string) => Pick<RecordContent, 'key' | 'value'>): Shape {
  return {
    name,
    keyed: make('').key !== null,
    content: (tag, timestamp) => ({ timestamp, headers: [], ...make(tag) }),
  };
}

function headers(...names: string[]): Header[] {
  return names.map((name, index) => [name, text(`value ${index}`)]);
}

function numbered(count: number): Header[] {
  return Array.from({ length: count }, (_, index) => [`header ${index % 50}`, text(`${index}`)]);
}

/** Bytes without a pattern that a codec could use, the same in every run (xorshift). */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 0x9e3779b9;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

function text(content: string): Buffer {
  return Buffer.from(content);
}
