/** Records as a test writes them, laid out as the reader of record batches hands them on. */
import fc from 'fast-check';
import type { RecordRange } from '../../../../lib/kafka/record-batch.ts';
import type { SourceRecord } from '../../../../lib/local/mapping/event-builder.ts';

export interface PlainRecord {
  partition: number;
  offset: number;
  timestamp: number;
  timestampType: 'CreateTime' | 'LogAppendTime';
  key: Buffer | null;
  value: Buffer | null;
  headers: [name: string, value: Buffer | null][];
}

export function plainRecord(overrides: Partial<PlainRecord> = {}): PlainRecord {
  return {
    partition: 0,
    offset: 0,
    timestamp: 1_700_000_000_000,
    timestampType: 'CreateTime',
    key: null,
    value: null,
    headers: [],
    ...overrides,
  };
}

export function sourceRecord(record: PlainRecord): SourceRecord {
  const pieces: Buffer[] = [Buffer.from('not of the record')];
  let position = pieces[0]!.length;
  const place = (bytes: Buffer | null): [number, number] => {
    if (bytes === null) return [-1, position];
    pieces.push(bytes);
    position += bytes.length;
    return [position - bytes.length, position];
  };
  const [keyStart, keyEnd] = place(record.key);
  const [valueStart, valueEnd] = place(record.value);
  const headers = record.headers.map(([name, value]) => {
    const [nameStart, nameEnd] = place(Buffer.from(name));
    const [start, end] = place(value);
    return { nameStart, nameEnd, valueStart: start, valueEnd: end };
  });
  const { offset, timestamp, partition, timestampType } = record;
  const range: RecordRange = {
    offset,
    timestamp,
    keyStart,
    keyEnd,
    valueStart,
    valueEnd,
    headers,
  };
  return { partition, timestampType, record: range, bytes: Buffer.concat(pieces) };
}

/** The object that Lambda would make of a record, written down as plainly as can be. */
export function eventObject(topic: string, record: PlainRecord): object {
  return {
    topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    timestampType: record.timestampType === 'CreateTime' ? 'CREATE_TIME' : 'LOG_APPEND_TIME',
    ...(record.key === null ? {} : { key: record.key.toString('base64') }),
    ...(record.value === null ? {} : { value: record.value.toString('base64') }),
    headers: record.headers.map(([name, value]) =>
      value === null ? {} : { [name]: [...new Int8Array(value)] },
    ),
  };
}

const bytes = fc.uint8Array({ maxLength: 200, size: 'max' }).map((array) => Buffer.from(array));
const nullableBytes = fc.option(bytes, { nil: null });

export const anyRecord: fc.Arbitrary<PlainRecord> = fc.record({
  partition: fc.integer({ min: 0, max: 3 }),
  offset: fc.oneof(fc.nat(), fc.maxSafeNat()),
  timestamp: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  timestampType: fc.constantFrom('CreateTime', 'LogAppendTime'),
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), nullableBytes), {
    maxLength: 4,
  }),
});

export const anyTopic = fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/);
