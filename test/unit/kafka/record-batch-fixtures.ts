/** What Kafka's own code wrote, see test/fixtures/record-batches/README.md. */
import { readFileSync } from 'node:fs';
import type { LogRecord } from '../../../lib/kafka/record-batch.ts';
import type { EventRecord } from '../../../lib/source/event.ts';

const directory = new URL('../../fixtures/record-batches/', import.meta.url);

/** One batch as Kafka's decoder describes it; bytes are base64. */
export interface DescribedBatch {
  baseOffset: string;
  lastOffset: string;
  producerId: string;
  producerEpoch: number;
  baseSequence: number;
  recordCount: number;
  compression: string;
  timestampType: string;
  isTransactional: boolean;
  isControl: boolean;
  maxTimestamp: number;
  sizeBytes: number;
  records: DescribedRecord[];
}

export interface DescribedRecord {
  offset: string;
  timestamp: number;
  key: string | null;
  value: string | null;
  headers: [name: string, value: string | null][];
}

export function storedBytes(name: string): Buffer {
  return readFileSync(new URL(`${name}.bin`, directory));
}

export function described(name: string): DescribedBatch[] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, directory), 'utf8'));
}

/** The same record in the form of Kafka's description. */
export function describeRecord(record: LogRecord): DescribedRecord {
  return {
    offset: String(record.offset),
    timestamp: record.timestamp,
    key: base64(record.key),
    value: base64(record.value),
    headers: record.headers.map(([name, value]) => [name, base64(value)]),
  };
}

/** The same record as an event source mapping delivers it: absent nulls, signed header bytes. */
export function toEventRecord(record: DescribedRecord): EventRecord {
  return {
    topic: 'orders',
    partition: 0,
    offset: Number(record.offset),
    timestamp: record.timestamp,
    timestampType: 'CREATE_TIME',
    ...(record.key === null ? {} : { key: record.key }),
    ...(record.value === null ? {} : { value: record.value }),
    headers: record.headers.map(([name, value]) => ({
      [name]: value === null ? null : [...new Int8Array(Buffer.from(value, 'base64'))],
    })),
  };
}

function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64');
}
