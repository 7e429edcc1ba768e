/** Events made from what Kafka's own consumer saw, as an event source mapping would deliver them. */
import type { EventRecord, KafkaEvent } from '../../lib/source/event.ts';
import type { DumpedRecord, PartitionDump } from './oracle/records.ts';

/** Consecutive records of one partition in one event. */
export interface Slice {
  topic: string;
  partition: number;
  records: readonly DumpedRecord[];
}

export function slice(
  topic: string,
  { partition, records }: PartitionDump,
  from = 0,
  to = records.length,
): Slice {
  return { topic, partition, records: records.slice(from, to) };
}

export function eventOf(slices: readonly Slice[]): KafkaEvent {
  return {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'source:9092',
    records: Object.fromEntries(
      slices.map(({ topic, partition, records }) => [
        `${topic}-${partition}`,
        records.map((record) => eventRecord(topic, partition, record)),
      ]),
    ),
  };
}

/** A null key or value is absent; a header with a null value arrives as `{}`, its name lost. */
function eventRecord(topic: string, partition: number, record: DumpedRecord): EventRecord {
  const { offset, timestamp, key, value, headers } = record;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp,
    timestampType: record.timestampType === 'LogAppendTime' ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    ...(key === null ? {} : { key: Buffer.from(key).toString('base64') }),
    ...(value === null ? {} : { value: Buffer.from(value).toString('base64') }),
    headers: headers.map(([name, bytes]) =>
      bytes === null ? {} : Object.fromEntries([[name, [...new Int8Array(bytes)]]]),
    ),
  };
}
