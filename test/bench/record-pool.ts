import { randomBytes } from 'node:crypto';
import type { RecordRange } from '../../lib/kafka/record-batch.ts';

/** What the records of all benchmarks are like, except for the size of the value. */
export const recordShape = {
  partitionCount: 4,
  keyBytes: 10,
  headers: [
    { name: 'content-type', valueBytes: 16 },
    { name: 'trace-id', valueBytes: 16 },
  ],
} as const;

export type RecordFields = Omit<RecordRange, 'offset' | 'timestamp'>;

const keyCount = 1000;
const valuePoolBytes = 64 * 1024;

/** Random bytes that the fields of records are windows of. */
export class RecordPool {
  readonly bytes: Buffer;
  readonly #valueBytes: number;
  readonly #keysStart: number;
  readonly #headers: RecordFields['headers'];

  constructor(valueBytes: number) {
    this.#valueBytes = valueBytes;
    const values = randomBytes(valuePoolBytes + valueBytes);
    const keys = randomBytes(keyCount * recordShape.keyBytes);
    this.#keysStart = values.length;
    let position = values.length + keys.length;
    this.#headers = recordShape.headers.map((header) => {
      const nameStart = position;
      const nameEnd = nameStart + header.name.length;
      position = nameEnd + header.valueBytes;
      return { nameStart, nameEnd, valueStart: nameEnd, valueEnd: position };
    });
    const headers = recordShape.headers.flatMap((header) => [
      Buffer.from(header.name),
      randomBytes(header.valueBytes),
    ]);
    this.bytes = Buffer.concat([values, keys, ...headers]);
  }

  /** Where in the pool the fields of the record with that number lie. */
  fields(index: number): RecordFields {
    const keyStart = this.#keysStart + (index % keyCount) * recordShape.keyBytes;
    const valueStart = (index * 977) % valuePoolBytes;
    return {
      keyStart,
      keyEnd: keyStart + recordShape.keyBytes,
      valueStart,
      valueEnd: valueStart + this.#valueBytes,
      headers: this.#headers,
    };
  }
}

export function describeRecords(): string {
  const { keyBytes, headers } = recordShape;
  const names = headers.map(({ name, valueBytes }) => `${name} (${valueBytes} B)`);
  return `key ${keyBytes} B, headers ${names.join(' and ')}, uncompressed`;
}
