/** Records as the oracle writes and reads them, and their form on the wire to the Java process. */

export type Header = readonly [name: string, value: Uint8Array | null];

/** Everything that a record is made of; null and no bytes are different things. */
export interface RecordContent {
  /** Epoch milliseconds. */
  timestamp: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  /** In order; names may repeat. */
  headers: readonly Header[];
}

export interface OracleRecord extends RecordContent {
  partition: number;
}

export interface DumpedRecord extends RecordContent {
  offset: bigint;
  timestampType: 'CreateTime' | 'LogAppendTime';
}

/** A partition as Kafka's consumer saw it: `start` ≤ every offset < `end`; gaps are allowed. */
export interface PartitionDump {
  partition: number;
  start: bigint;
  end: bigint;
  records: DumpedRecord[];
}

type WireBytes = string | null;
type WireHeaders = [name: string, value: WireBytes][];

export type WireDumped = [
  offset: number,
  timestamp: number,
  logAppendTime: 0 | 1,
  key: WireBytes,
  value: WireBytes,
  headers: WireHeaders,
];

export function fromWire(wire: WireDumped): DumpedRecord {
  const [offset, timestamp, logAppendTime, key, value, headers] = wire;
  return {
    offset: BigInt(offset),
    timestamp,
    timestampType: logAppendTime ? 'LogAppendTime' : 'CreateTime',
    key: decoded(key),
    value: decoded(value),
    headers: headers.map(([name, bytes]) => [name, decoded(bytes)]),
  };
}

export function toWire(record: OracleRecord): unknown {
  const { partition, timestamp, key, value, headers } = record;
  const pairs = headers.map(([name, bytes]) => [name, encoded(bytes)]);
  return [partition, timestamp, encoded(key), encoded(value), pairs];
}

function decoded(bytes: WireBytes): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes, 'base64');
}

function encoded(bytes: Uint8Array | null): WireBytes {
  return bytes === null ? null : Buffer.from(bytes).toString('base64');
}
