/**
 * What the stages need from a Kafka cluster, in our words: bytes, bigint offsets, header lists.
 * Nobody outside lib/kafka knows which client answers.
 */
import type { MirrorlessError } from '../errors.ts';

export interface TopicPartition {
  topic: string;
  partition: number;
}

export interface ListedTopic {
  topic: string;
  partitionCount: number;
}

/** One sealed record batch (format v2) for one partition. */
export interface ProduceBatch extends TopicPartition {
  bytes: Buffer;
}

/** What the broker said of one batch; a duplicate of a known batch is an acknowledgement too. */
export type ProduceAnswer =
  | { ok: true; baseOffset: bigint; logStartOffset: bigint }
  | { ok: false; error: MirrorlessError; kafkaCode: number };

/** A raw stretch of a partition's log: whole record batches as the broker stores them. */
export interface FetchedRecords extends TopicPartition {
  /** Concatenated record batches; the first may begin before the offset asked for. */
  bytes: Buffer;
  /** The first offset that is not yet replicated to all in-sync replicas. */
  highWatermark: bigint;
  logStartOffset: bigint;
}

export interface FetchPosition extends TopicPartition {
  offset: bigint;
}

export interface FetchOptions {
  maxWaitMs: number;
  minBytes: number;
  maxBytes: number;
  maxPartitionBytes: number;
  /** `read_committed` also hides open and aborted transactions. */
  isolation?: 'read_uncommitted' | 'read_committed';
}

export interface ProducerIdentity {
  producerId: bigint;
  producerEpoch: number;
}

export type Settled<T> = { ok: true; value: T } | { ok: false; error: MirrorlessError };

/** The data plane of a cluster: produce on the target, fetch on both sides. */
export interface KafkaDataPlane {
  /**
   * Sends each batch to the leader of its partition with acks=all, in the given order, at most one
   * batch per partition in a call. Calls made without waiting are pipelined in order on the same
   * connection; a broker recognises the last five batches of a producer, so no more may be on their
   * way. The bytes must not change before the answer. Never rejects: each batch has its own answer.
   */
  produce(batches: readonly ProduceBatch[]): Promise<ProduceAnswer[]>;
  /**
   * The offset after the last record below the high watermark, the first still held, or the first
   * whose timestamp is not below the given one; -1 where there is no such record.
   */
  listOffsets(
    partitions: readonly TopicPartition[],
    which: 'latest' | 'earliest' | { timestampMs: number },
  ): Promise<Settled<bigint>[]>;
  /** The broker (`host:port`) that leads each partition, as far as it has one. */
  leaders(partitions: readonly TopicPartition[]): Promise<(string | undefined)[]>;
  /** One fetch round over the leaders of the given partitions; an entry per partition. */
  fetch(
    positions: readonly FetchPosition[],
    options: FetchOptions,
  ): Promise<Settled<FetchedRecords>[]>;
  /** `max.message.bytes` of the topic as the cluster reports it; the default where it may not be read. */
  maxMessageBytes(topic: string): Promise<number>;
  /** Partition count, or undefined where the topic does not exist. */
  partitionCount(topic: string): Promise<number | undefined>;
  /** Every topic that the principal may see, internal ones too. */
  listTopics(): Promise<ListedTopic[]>;
  /** Allocates a producer identity without a transactional id (InitProducerId). */
  allocateProducer(): Promise<ProducerIdentity>;
  /** Forgets cached leaders, so that the next call asks again. */
  refresh(): void;
  close(): Promise<void>;
}

/** A group as its coordinator lists it. */
export interface GroupListing {
  group: string;
  /** `consumer`, or empty where members assign partitions themselves; `share`, `connect`, … */
  protocolType: string;
  /** `Empty`, `Dead`, or a state of a group with members, of either protocol. */
  state: string;
}

/** The next offset that a group would read, and what it wrote beside it. */
export interface CommittedOffset extends FetchPosition {
  metadata: string;
}

/** Consumer groups of both protocols, seen and moved from outside. */
export interface KafkaGroups {
  /**
   * Every group that the principal may see. A broker that did not answer keeps its groups to
   * itself: its failure is beside what the others said. Rejects where no broker answered.
   */
  listGroups(): Promise<{ groups: GroupListing[]; failures: MirrorlessError[] }>;
  /**
   * All that each group has committed, in the order of `groups`; nothing for an unknown group.
   * Brokers leave out topics that the principal may not describe. Never rejects.
   */
  committedOffsets(groups: readonly string[]): Promise<Settled<CommittedOffset[]>[]>;
  /**
   * Commits as tools do, without being a member: GROUP_ACTIVE where the group has members. An
   * outcome for each position; an error that concerns the whole group has no topic in its place.
   * Never rejects.
   */
  commitOffsets(
    group: string,
    positions: readonly CommittedOffset[],
  ): Promise<Settled<undefined>[]>;
  close(): Promise<void>;
}
