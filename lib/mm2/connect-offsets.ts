/**
 * Where MirrorMaker 2's source connector stands: source offsets that Kafka Connect keeps for it in a
 * compacted topic, by default `mm2-offsets.<source>.internal` on the target. Connect looks them up by
 * the bytes of the key, so these are made exactly as its JsonConverter makes them.
 */
import type { EncodedRecord, StoredRecord } from './formats.ts';

/** One partition of the source, as a connector of this name keeps it. */
export interface ConnectPlace {
  /** In MM2's dedicated mode `MirrorSourceConnector`. */
  connector: string;
  /** The alias of the source. */
  cluster: string;
  /** The upstream name. */
  topic: string;
  partition: number;
}

export interface ConnectOffset extends ConnectPlace {
  /** The last record that was mirrored; undefined where the position was reset. */
  offset: bigint | undefined;
}

/** The name of the connector in MM2's dedicated mode. */
export const dedicatedConnector = 'MirrorSourceConnector';

/** What Connect's worker calls its topic in MM2's dedicated mode, whatever the separator is. */
export function connectOffsetsTopic(sourceAlias: string): string {
  return `mm2-offsets.${sourceAlias}.internal`;
}

export function encodeConnectKey({ connector, cluster, partition, topic }: ConnectPlace): Buffer {
  return Buffer.from(JSON.stringify([connector, { cluster, partition, topic }]));
}

/** No offset is a tombstone: as if nothing had ever been mirrored. */
export function encodeConnectOffset(
  place: ConnectPlace,
  offset: bigint | undefined,
): Omit<EncodedRecord, 'value'> & { value: Buffer | null } {
  const value = offset === undefined ? null : Buffer.from(`{"offset":${offset}}`);
  return { key: encodeConnectKey(place), value };
}

/**
 * Undefined where the record is none of a source connector: checkpoint and heartbeat connectors keep
 * theirs in the same topic. As in MM2 a value without an offset, or with a negative one, is none.
 */
export function decodeConnectOffset({ key, value }: StoredRecord): ConnectOffset | undefined {
  const [connector, place] = asArray(parsed(key));
  const { cluster, partition, topic } = asObject(place);
  if (typeof connector !== 'string' || typeof cluster !== 'string') return undefined;
  if (typeof topic !== 'string' || !Number.isSafeInteger(partition)) return undefined;
  return { connector, cluster, topic, partition: partition as number, offset: offsetOf(value) };
}

/** Read from its digits: a JSON number is exact up to 2^53 only. */
function offsetOf(value: Buffer | null): bigint | undefined {
  const { offset } = asObject(parsed(value));
  if (typeof offset !== 'number' || offset < 0) return undefined;
  const [, digits] = /"offset"\s*:\s*(\d+)\s*[,}]/.exec(String(value)) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}

function parsed(bytes: Buffer | null): unknown {
  try {
    return bytes === null ? undefined : JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
