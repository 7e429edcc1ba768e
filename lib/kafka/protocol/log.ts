/** Requests to the leader of partitions: write, read, and the ends of a log. */
import type { FetchOptions, FetchPosition, ProduceBatch, TopicPartition } from '../ports.ts';
import { type Api, byTopic, type Reader, type Writer } from './wire.ts';

const consumerReplicaId = -1;
/** Leader epochs are not tracked: an old leader is told by its own answer. */
const unknownEpoch = -1;
const acksAll = -1;

/** What a broker says of one partition. Zero is the code of no error. */
export interface PartitionAnswer extends TopicPartition {
  code: number;
  /** The broker's own words, where it has any. */
  detail?: string | undefined;
}

export interface ProduceRequest {
  batches: readonly ProduceBatch[];
  /** How long the broker waits for its replicas. */
  timeoutMs: number;
}

export interface ProducedPartition extends PartitionAnswer {
  baseOffset: bigint;
  logStartOffset: bigint;
}

export const produce: Api<ProduceRequest, ProducedPartition[]> = {
  name: 'Produce',
  key: 0,
  version: 9,
  write(writer, { batches, timeoutMs }) {
    writer.appendString(null).appendInt16(acksAll).appendInt32(timeoutMs);
    writeTopics(writer, batches, (w, { partition, bytes }) => {
      w.appendInt32(partition).appendBytes(bytes);
    });
    writer.appendTaggedFields();
  },
  read: (reader) =>
    readTopics(reader, (r, topic) => {
      const answer = {
        topic,
        partition: r.readInt32(),
        code: r.readInt16(),
        baseOffset: r.readInt64(),
      };
      r.readInt64(); // log append time
      const logStartOffset = r.readInt64();
      const refused = r.readArray((record) => ({
        index: record.readInt32(),
        message: record.readNullableString(),
      }));
      const message = r.readNullableString();
      return { ...answer, logStartOffset, detail: refusalDetail(message, refused[0]) };
    }),
};

function refusalDetail(
  message: string | null,
  record: { index: number; message: string | null } | undefined,
): string | undefined {
  const words = message ?? record?.message ?? undefined;
  if (record === undefined) return words;
  return `record ${record.index} of the batch${words === undefined ? '' : `: ${words}`}`;
}

export interface FetchRequest extends FetchOptions {
  positions: readonly FetchPosition[];
}

export interface FetchedPartition extends PartitionAnswer {
  bytes: Buffer;
  highWatermark: bigint;
  logStartOffset: bigint;
}

export const fetch: Api<FetchRequest, FetchedPartition[]> = {
  name: 'Fetch',
  key: 1,
  version: 12,
  write(writer, { positions, ...options }) {
    writer
      .appendInt32(consumerReplicaId)
      .appendInt32(options.maxWaitMs)
      .appendInt32(options.minBytes)
      .appendInt32(options.maxBytes)
      .appendInt8(options.isolation === 'read_committed' ? 1 : 0)
      .appendInt32(0) // no fetch session
      .appendInt32(-1);
    writeTopics(writer, positions, (w, { partition, offset }) => {
      w.appendInt32(partition)
        .appendInt32(unknownEpoch)
        .appendInt64(offset)
        .appendInt32(unknownEpoch)
        .appendInt64(-1n) // log start offset: only followers know one
        .appendInt32(options.maxPartitionBytes);
    });
    writer
      .appendArray([], () => {})
      .appendString('')
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time: the broker itself delays the connection
    const code = reader.readInt16();
    // Of the request as a whole: only about fetch sessions, which are not used.
    if (code !== 0) throw new Error(`the broker refuses the fetch with code ${code}`);
    reader.readInt32(); // session
    return readTopics(reader, readFetchedPartition);
  },
};

function readFetchedPartition(reader: Reader, topic: string): FetchedPartition {
  const partition = reader.readInt32();
  const code = reader.readInt16();
  const highWatermark = reader.readInt64();
  reader.readInt64(); // last stable offset
  const logStartOffset = reader.readInt64();
  reader.readNullableArray((aborted) => aborted.skip(16));
  reader.readInt32(); // preferred read replica: the leader is read
  return { topic, partition, code, highWatermark, logStartOffset, bytes: reader.readBytes() };
}

export interface ListOffsetsRequest {
  partitions: readonly TopicPartition[];
  which: 'latest' | 'earliest' | { timestampMs: number };
}

export interface ListedOffset extends PartitionAnswer {
  offset: bigint;
}

export const listOffsets: Api<ListOffsetsRequest, ListedOffset[]> = {
  name: 'ListOffsets',
  key: 2,
  version: 6,
  write(writer, { partitions, which }) {
    writer.appendInt32(consumerReplicaId).appendInt8(0);
    writeTopics(writer, partitions, (w, { partition }) => {
      w.appendInt32(partition).appendInt32(unknownEpoch).appendInt64(timestampOf(which));
    });
    writer.appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return readTopics(reader, (r, topic) => {
      const partition = r.readInt32();
      const code = r.readInt16();
      r.readInt64(); // timestamp
      const offset = r.readInt64();
      r.readInt32(); // leader epoch
      return { topic, partition, code, offset };
    });
  },
};

function timestampOf(which: ListOffsetsRequest['which']): bigint {
  if (typeof which === 'object') return BigInt(which.timestampMs);
  return which === 'latest' ? -1n : -2n;
}

export interface InitProducerIdResponse {
  code: number;
  producerId: bigint;
  producerEpoch: number;
}

export const initProducerId: Api<undefined, InitProducerIdResponse> = {
  name: 'InitProducerId',
  key: 22,
  version: 4,
  write(writer) {
    writer.appendString(null).appendInt32(0).appendInt64(-1n).appendInt16(-1).appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const code = reader.readInt16();
    return { code, producerId: reader.readInt64(), producerEpoch: reader.readInt16() };
  },
};

/** Writes partitions as Kafka nests them in topics. */
export function writeTopics<T extends TopicPartition>(
  writer: Writer,
  items: readonly T[],
  writePartition: (writer: Writer, item: T) => void,
): void {
  writer.appendArray(byTopic(items), (w, [topic, partitions]) => {
    w.appendString(topic).appendArray(partitions, writePartition);
  });
}

/** Reads what is said of partitions out of the topics in which Kafka nests them. */
export function readTopics<T>(
  reader: Reader,
  readPartition: (reader: Reader, topic: string) => T,
): T[] {
  return reader
    .readArray((r) => {
      const topic = r.readString();
      return r.readArray((p) => readPartition(p, topic));
    })
    .flat();
}
