/** Kafka clusters seen and handled through Apache Kafka's own Java clients. */
import { installKafka } from '../../../lib/local/parts/kafka-distribution.ts';
import { type Call, type GroupCommands, groupCommands } from './groups.ts';
import { startJava } from './java-process.ts';
import {
  type DumpedRecord,
  fromWire,
  type OracleRecord,
  type PartitionDump,
  toWire,
  type WireDumped,
} from './records.ts';

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface Oracle {
  cluster(bootstrapServers: string): OracleCluster;
  /** Whole record batches, as a broker stores them, decoded by Kafka; checksums verified. */
  decodeBatches(bytes: Uint8Array): Promise<DecodedBatch[]>;
  /** One record batch made by Kafka, of consecutive offsets; partitions are not looked at. */
  encodeBatch(records: readonly OracleRecord[], options?: EncodeOptions): Promise<Buffer>;
}

export interface OracleCluster extends GroupCommands {
  createTopic(topic: string, options?: CreateTopicOptions): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** Grows the topic to `total` partitions. */
  addPartitions(topic: string, total: number): Promise<void>;
  /** A null value takes the setting back to its default. */
  alterConfigs(topic: string, configs: Record<string, string | null>): Promise<void>;
  /** Moves the start of the partition's log to `before`. */
  deleteRecords(topic: string, partition: number, before: bigint): Promise<void>;
  describe(topic: string): Promise<TopicState>;
  /**
   * Has the topic compacted now and waits until it is; the topic stays compacted, `segment.ms` and
   * `min.cleanable.dirty.ratio` return to the defaults. Each partition gets one or a few records
   * more (key `oracle/segment/...`, empty value): a broker never compacts its newest segment.
   * `dropTombstones` waits until they are gone too; it works in a topic's first compaction only,
   * because that is when a broker fixes how long they stay.
   */
  compact(topic: string, options?: { dropTombstones?: boolean }): Promise<void>;
  /** Returns the acknowledged offset of each record, in the given order. */
  produce(
    topic: string,
    records: readonly OracleRecord[],
    options?: ProduceOptions,
  ): Promise<bigint[]>;
  /** Ends a transaction that `produce` left open. */
  endTransaction(transactionalId: string, outcome: 'commit' | 'abort'): Promise<void>;
  /** Plain records in numbers: the tag header, a short key, a random value. */
  load(topic: string, options: LoadOptions): Promise<void>;
  /** Every partition, or the one asked for, up to where its log ends as the command begins. */
  dump(topic: string, options?: DumpOptions): Promise<PartitionDump[]>;
}

export interface CreateTopicOptions {
  partitions?: number;
  replicationFactor?: number;
  configs?: Record<string, string>;
}

export interface ProduceOptions {
  compression?: Compression;
  /** Records per flush, taken in turn; a flush is one batch for each partition in it. */
  batchSizes?: readonly number[];
  transaction?: { id: string; outcome: 'commit' | 'abort' | 'open'; timeoutMs?: number };
}

export interface LoadOptions {
  producer: string;
  /** Of all partitions together, dealt out in turn. */
  count: number;
  valueBytes: number;
  partitions?: number;
  /** Per partition; where an earlier load of the same producer ended. */
  firstSequence?: number;
  /** Epoch milliseconds; the sequence number is added. */
  firstTimestamp?: number;
  compression?: Compression;
  batchBytes?: number;
}

export interface DumpOptions {
  partition?: number;
  from?: bigint;
  /** `read_committed` by default: aborted records are not there, open transactions end the dump. */
  isolation?: 'read_committed' | 'read_uncommitted';
}

export interface TopicState {
  topicId: string;
  /** By partition number. */
  partitions: PartitionPosition[];
}

export interface PartitionPosition {
  leader: number;
  start: bigint;
  end: bigint;
  /** Where a consumer of committed records has to stop. */
  stableEnd: bigint;
}

export interface DecodedBatch {
  baseOffset: bigint;
  lastOffset: bigint;
  maxTimestamp: number;
  compression: Compression;
  producerId: bigint;
  producerEpoch: number;
  baseSequence: number;
  transactional: boolean;
  records: DumpedRecord[];
}

export interface EncodeOptions {
  baseOffset?: bigint;
  compression?: Compression;
  producerId?: bigint;
  producerEpoch?: number;
  baseSequence?: number;
}

/**
 * Whoever ends the process when it is over: a test's context or, at the top of a file, `{ after }`
 * of node:test. (Inside a `before` hook, `after` would end it with the hook.)
 */
export interface TestContext {
  after(close: () => Promise<void>): void;
}

/** One Java process (about 1 s; the first time 2 s more to compile) serves any number of clusters. */
export async function startOracle(context: TestContext): Promise<Oracle> {
  const classPath = await installKafka('4.3.1', () => {});
  const java = await startJava(classPath);
  context.after(() => java.close());
  return {
    cluster: (bootstrapServers) =>
      clusterOf((command, request) => java.call(command, { bootstrapServers, ...request })),
    decodeBatches: async (bytes) => {
      const base64 = Buffer.from(bytes).toString('base64');
      const batches = await java.call<WireBatch>('decodeBatches', { bytes: base64 });
      return batches.map(decodedBatch);
    },
    encodeBatch: async (records, options = {}) => {
      const [bytes] = await java.call<string>('encodeBatch', {
        baseOffset: Number(options.baseOffset ?? 0n),
        compression: options.compression ?? 'none',
        producerId: Number(options.producerId ?? -1n),
        producerEpoch: options.producerEpoch ?? -1,
        baseSequence: options.baseSequence ?? -1,
        records: records.map(toWire),
      });
      return Buffer.from(bytes!, 'base64');
    },
  };
}

function clusterOf(call: Call): OracleCluster {
  const order = async (command: string, request: object): Promise<void> => {
    await call(command, request);
  };
  return {
    createTopic: (topic, { partitions = 1, replicationFactor = 1, configs = {} } = {}) =>
      order('createTopic', { topic, partitions, replicationFactor, configs }),
    deleteTopic: (topic) => order('deleteTopic', { topic }),
    addPartitions: (topic, total) => order('addPartitions', { topic, total }),
    alterConfigs: (topic, configs) => order('alterConfigs', { topic, configs }),
    deleteRecords: (topic, partition, before) =>
      order('deleteRecords', { topic, partition, before: Number(before) }),
    describe: (topic) => describeTopic(call, topic),
    compact: (topic, { dropTombstones = false } = {}) =>
      order('compact', { topic, dropTombstones }),
    produce: (topic, records, options = {}) => produce(call, { topic, records, options }),
    endTransaction: (transactionalId, outcome) =>
      order('endTransaction', { transactionalId, outcome }),
    load: (topic, options) => order('load', { topic, ...loadDefaults(), ...options }),
    ...groupCommands(call),
    dump: (topic, options = {}) => dump(call, topic, options),
  };
}

function loadDefaults() {
  return {
    partitions: 1,
    firstSequence: 0,
    firstTimestamp: Date.now(),
    compression: 'none',
    batchBytes: 65_536,
  };
}

async function describeTopic(call: Call, topic: string): Promise<TopicState> {
  type Row = [partition: number, leader: number, start: number, end: number, stableEnd: number];
  const [topicId, ...rows] = await call<string | Row>('describe', { topic });
  const partitions: PartitionPosition[] = [];
  for (const [partition, leader, start, end, stableEnd] of rows as Row[]) {
    partitions[partition] = {
      leader,
      start: BigInt(start),
      end: BigInt(end),
      stableEnd: BigInt(stableEnd),
    };
  }
  return { topicId: topicId as string, partitions };
}

async function produce(
  call: Call,
  what: { topic: string; records: readonly OracleRecord[]; options: ProduceOptions },
): Promise<bigint[]> {
  const { compression = 'none', batchSizes = [1000], transaction } = what.options;
  const [offsets] = await call<number[]>('produce', {
    topic: what.topic,
    records: what.records.map(toWire),
    compression,
    batchSizes,
    transaction: transaction === undefined ? null : { timeoutMs: 60_000, ...transaction },
  });
  return offsets!.map(BigInt);
}

async function dump(call: Call, topic: string, options: DumpOptions): Promise<PartitionDump[]> {
  type Range = [partition: number, start: number, end: number];
  type Chunk = [partition: number, records: WireDumped[]];
  const [ranges, ...chunks] = await call<number[][] | Chunk>('dump', {
    topic,
    partition: options.partition ?? null,
    from: options.from === undefined ? null : Number(options.from),
    isolation: options.isolation ?? 'read_committed',
  });
  const dumps = new Map<number, PartitionDump>();
  for (const [partition, start, end] of (ranges as Range[]).sort((a, b) => a[0] - b[0])) {
    dumps.set(partition, { partition, start: BigInt(start), end: BigInt(end), records: [] });
  }
  for (const [partition, records] of chunks as Chunk[]) {
    const { records: all } = dumps.get(partition)!;
    for (const record of records) all.push(fromWire(record));
  }
  return [...dumps.values()];
}

type WireBatch = Omit<DecodedBatch, 'baseOffset' | 'lastOffset' | 'producerId' | 'records'> & {
  baseOffset: number;
  lastOffset: number;
  producerId: number;
  records: WireDumped[];
};

function decodedBatch(wire: WireBatch): DecodedBatch {
  return {
    ...wire,
    baseOffset: BigInt(wire.baseOffset),
    lastOffset: BigInt(wire.lastOffset),
    producerId: BigInt(wire.producerId),
    records: wire.records.map(fromWire),
  };
}
