/**
 * The records that MirrorMaker 2 keeps in topics of its own: heartbeats, checkpoints, offset syncs.
 * Source of the formats: Kafka's connect-mirror-client, classes Heartbeat, Checkpoint, OffsetSync.
 * Fields follow each other without padding, big-endian; a string is its length in two bytes and its
 * UTF-8. Heartbeats and checkpoints have a version before their value, of which only 0 exists.
 */
import { MirrorlessError } from '../errors.ts';

/** One is written per interval; what arrives on another cluster shows that the flow is alive. */
export interface Heartbeat {
  sourceClusterAlias: string;
  targetClusterAlias: string;
  /** When it was emitted, epoch milliseconds. */
  timestampMs: number;
}

/** Where a consumer group goes on in the target. */
export interface Checkpoint {
  group: string;
  /** The downstream name. */
  topic: string;
  partition: number;
  /** What the group has committed on the source. */
  upstreamOffset: bigint;
  downstreamOffset: bigint;
  /** What the group wrote beside its offset; empty for none. */
  metadata: string;
}

/** One record that was copied: its offset on either side. */
export interface OffsetSync {
  /** The upstream name. */
  topic: string;
  partition: number;
  upstreamOffset: bigint;
  downstreamOffset: bigint;
}

export interface EncodedRecord {
  key: Buffer;
  value: Buffer;
}

/** A record as it is read back; MM2 writes no tombstones, but others may. */
export interface StoredRecord {
  key: Buffer | null;
  value: Buffer | null;
}

export function encodeHeartbeat(heartbeat: Heartbeat): EncodedRecord {
  const { sourceClusterAlias, targetClusterAlias, timestampMs } = heartbeat;
  return {
    key: Buffer.concat([string(sourceClusterAlias), string(targetClusterAlias)]),
    value: Buffer.concat([int16(knownVersion), int64(BigInt(timestampMs))]),
  };
}

/** Undefined where the bytes are no heartbeat of a known version. */
export function decodeHeartbeat(record: StoredRecord): Heartbeat | undefined {
  return decode(record, (key, value) => {
    value.version();
    return {
      sourceClusterAlias: key.string(),
      targetClusterAlias: key.string(),
      timestampMs: Number(value.int64()),
    };
  });
}

export function encodeCheckpoint(checkpoint: Checkpoint): EncodedRecord {
  const { group, topic, partition, upstreamOffset, downstreamOffset, metadata } = checkpoint;
  const offsets = [int64(upstreamOffset), int64(downstreamOffset)];
  return {
    key: Buffer.concat([string(group), string(topic), int32(partition)]),
    value: Buffer.concat([int16(knownVersion), ...offsets, string(metadata)]),
  };
}

/** Undefined where the bytes are no checkpoint of a known version. */
export function decodeCheckpoint(record: StoredRecord): Checkpoint | undefined {
  return decode(record, (key, value) => {
    value.version();
    return {
      group: key.string(),
      topic: key.string(),
      partition: key.int32(),
      upstreamOffset: value.int64(),
      downstreamOffset: value.int64(),
      metadata: value.string(),
    };
  });
}

export function encodeOffsetSync(sync: OffsetSync): EncodedRecord {
  const { topic, partition, upstreamOffset, downstreamOffset } = sync;
  return {
    key: Buffer.concat([string(topic), int32(partition)]),
    value: Buffer.concat([int64(upstreamOffset), int64(downstreamOffset)]),
  };
}

/** Undefined where the bytes are no offset sync. */
export function decodeOffsetSync(record: StoredRecord): OffsetSync | undefined {
  return decode(record, (key, value) => ({
    topic: key.string(),
    partition: key.int32(),
    upstreamOffset: value.int64(),
    downstreamOffset: value.int64(),
  }));
}

const knownVersion = 0;
const largestStringBytes = 32_767;

/** Brokers keep names and metadata with the same length before them, so none can be longer. */
function string(text: string): Buffer {
  const lengthBytes = Buffer.byteLength(text);
  if (lengthBytes > largestStringBytes) {
    throw new MirrorlessError(
      'INTERNAL',
      `A string of ${lengthBytes} bytes does not fit MirrorMaker 2's formats.`,
    );
  }
  return Buffer.concat([int16(lengthBytes), Buffer.from(text)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function decode<T>(
  record: StoredRecord,
  read: (key: FieldReader, value: FieldReader) => T,
): T | undefined {
  if (record.key === null || record.value === null) return undefined;
  const key = new FieldReader(record.key);
  const value = new FieldReader(record.value);
  const decoded = read(key, value);
  return key.isSound && value.isSound ? decoded : undefined;
}

/** Reads fields one after the other; what follows the last one is of no interest. */
class FieldReader {
  /** False once a field was not there; what is read from then on means nothing. */
  isSound = true;
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  version(): void {
    if (this.#take(2).readInt16BE() !== knownVersion) this.isSound = false;
  }

  int32(): number {
    return this.#take(4).readInt32BE();
  }

  int64(): bigint {
    return this.#take(8).readBigInt64BE();
  }

  string(): string {
    return this.#take(this.#take(2).readInt16BE()).toString();
  }

  #take(lengthBytes: number): Buffer {
    const end = this.#position + lengthBytes;
    if (lengthBytes < 0 || end > this.#bytes.length) {
      this.isSound = false;
      return Buffer.alloc(8);
    }
    const field = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return field;
  }
}
