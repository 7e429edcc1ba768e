/**
 * The event that a Kafka event source mapping delivers, of both kinds (MSK and self-managed), as
 * the service really sends it: fields may be absent, header bytes are signed, header values may be
 * null, and the keys of the `records` map are never parsed because topic names may contain `-`.
 */
export interface EventRecord {
  topic: string;
  partition: number;
  offset: number;
  /** Epoch milliseconds; -1 where the source record has none. */
  timestamp: number;
  timestampType: string;
  /** Base64; absent or null is a null key, an empty string a key of no bytes. */
  key?: string | null;
  /** Base64; absent or null is a tombstone, an empty string a value of no bytes. */
  value?: string | null;
  /** In order, one name per object, bytes as signed integers -128..127; `{}` is a lost null header. */
  headers?: readonly Readonly<Record<string, readonly number[] | null>>[] | null;
}

export interface KafkaEvent {
  eventSource: 'aws:kafka' | 'SelfManagedKafka';
  eventSourceArn?: string;
  bootstrapServers?: string;
  records: Record<string, EventRecord[]>;
}

/** The records of one source partition in one event, in offset order. */
export interface PartitionRecords {
  topic: string;
  partition: number;
  records: readonly EventRecord[];
}

/** What a mapping with ReportBatchItemFailures expects: the identifier is an object for Kafka. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
}
