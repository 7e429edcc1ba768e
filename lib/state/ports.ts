/** What the stages need from the state of a flow. The adapter is lib/state/dynamodb.ts. */
import type { DetectedState } from '../discovery/detected-states.ts';
import type { MirrorlessError } from '../errors.ts';
import type { ProducerIdentity, Settled, TopicPartition } from '../kafka/ports.ts';

/** `length` records copied one to one: upstream+i on the source is downstream+i on the target. */
export interface Run {
  upstream: bigint;
  downstream: bigint;
  length: number;
}

/**
 * A stretch of the offset map of one partition. It begins where the segment before it ends (the
 * first one where the map was begun) and covers every offset up to its own end, which is where the
 * next segment begins, or, for the newest, progress.
 */
export interface Segment {
  upstreamStart: bigint;
  downstreamStart: bigint;
  upstreamEnd: bigint;
  downstreamEnd: bigint;
  /** Varint-packed (upstream gap, downstream gap, run length), see offset-map.ts. */
  packed: Uint8Array;
}

/**
 * Where a partition stands, and the newest segment of its map. `upstreamEnd` and `downstreamEnd` of
 * the segment are the next offsets on either side: progress is the end of the newest segment.
 * An empty map has `packed` of no bytes and starts equal to ends.
 */
export interface PartitionState extends ProducerIdentity {
  /** Counts from 0; `topics restart` begins the next one. */
  generation: number;
  /** The sequence number of the next record to be produced, 0..2^31-1, wrapping to 0. */
  nextSequence: number;
  segment: Segment;
  /**
   * Where the first map was begun, with the first record that was copied. Absent where others may
   * have been copied before it: by MirrorMaker 2, or in an earlier generation.
   */
  begun?: { upstream: bigint; downstream: bigint };
}

/** A flow's source partition: `topic` is the upstream name. */
export type SourcePartition = TopicPartition;

export interface Advance {
  runs: readonly Run[];
  /** Next positions after the runs; at or beyond the end of the last run. */
  upstreamEnd: bigint;
  downstreamEnd: bigint;
  nextSequence: number;
  /** The target's log start as the produce response told it; segments below it are pruned. */
  logStartOffset?: bigint;
}

export type Translation =
  | { status: 'exact'; offset: bigint }
  /** By MM2's offset syncs, of what it copied before the map: never later than the exact one. */
  | { status: 'sampled'; offset: bigint; mapStart: bigint }
  | { status: 'before-map'; mapStart: bigint }
  | { status: 'ahead'; mapEnd: bigint }
  | { status: 'no-map' };

/** Offsets of one partition, in any order. */
export interface TranslationRequest {
  partition: SourcePartition;
  offsets: readonly bigint[];
}

export interface TranslatedPartition {
  /** Progress; undefined where nothing was ever replicated. */
  end?: { upstream: bigint; downstream: bigint };
  /** As of PartitionState: a map that starts here tells of all that was ever copied. */
  begun?: { upstream: bigint; downstream: bigint };
  /** In the order of the request's offsets. */
  translations: readonly Translation[];
}

/** What the checkpoint function last published of one group. */
export interface GroupCheckpoints {
  group: string;
  /** When, epoch milliseconds. */
  publishedAtMs: number;
  /** Since when the source does not list the group any more. */
  goneSinceMs?: number;
  checkpoints: readonly StoredCheckpoint[];
}

/** `topic` is the upstream name. */
export interface StoredCheckpoint extends TopicPartition {
  upstreamOffset: bigint;
  downstreamOffset: bigint;
  metadata: string;
  exactness: 'exact' | 'ahead' | 'sampled';
  /** Records of the source that the group has not read; absent where the source did not say. */
  lagRecords?: bigint;
}

/** The newest offset sync of a partition of the source, as the offset syncs topic was last read. */
export interface EmittedSync extends TopicPartition {
  upstreamOffset: bigint;
  downstreamOffset: bigint;
  /** Where it lies in the offset syncs topic. */
  position: bigint;
}

/** A record that MirrorMaker 2 copied before the map was begun, as one of its offset syncs told. */
export interface SampledSync {
  upstreamOffset: bigint;
  downstreamOffset: bigint;
}

/** What is left of the time before the flow was taken over; one item a partition. */
export interface SampledSyncStore {
  /** Replaces those of the partition, which ascend on both sides; none takes them away. */
  write(partition: SourcePartition, syncs: readonly SampledSync[]): Promise<void>;
}

/**
 * What the scheduled functions keep of a flow between two runs; one item a group, one a topic. An
 * item that does not decode is a failure (STATE_CORRUPT) that names it, and hides no other.
 */
export interface CheckpointStore {
  /**
   * Of all groups that ever had a checkpoint. One that does not decode is as if it never had one,
   * and is mended by the next write of that group.
   */
  read(): Promise<{ groups: GroupCheckpoints[]; failures: MirrorlessError[] }>;
  /**
   * Replaces what is stored of each of the groups, which differ from each other.
   * CHECKPOINTS_TOO_LARGE for a group that does not fit into an item.
   */
  write(groups: readonly GroupCheckpoints[]): Promise<Settled<undefined>[]>;
  /** The place of a failure has the topic: what was emitted for it is not known. */
  readSyncs(): Promise<{ syncs: EmittedSync[]; failures: MirrorlessError[] }>;
  /** Adds to, and replaces in, what is stored, by partition. */
  writeSyncs(syncs: readonly EmittedSync[]): Promise<void>;
}

/** What is known of a mirrored topic since it was first discovered. */
export interface KnownTopic {
  /** The upstream name. */
  topic: string;
  /** Of the topics that the offset map speaks of; absent where brokers give no ids. */
  sourceTopicId?: string;
  remoteTopicId?: string;
  states: readonly (DetectedState & { sinceMs: number })[];
  /** Stretches behind progress that were seen to hold no record, but markers of transactions. */
  emptyTails: readonly { partition: number; from: bigint; upTo: bigint }[];
}

/** What the discover function keeps of a flow between two runs; one item a topic. */
export interface KnownTopicStore {
  /** The place of a failure has the topic: nothing is known of it. */
  read(): Promise<{ topics: KnownTopic[]; failures: MirrorlessError[] }>;
  /**
   * Stores what differs between what was read of a topic and what is known now, and leaves the rest
   * to whoever has changed it meanwhile. Topics that do not differ cost nothing.
   */
  write(
    changes: readonly { before?: KnownTopic; after: KnownTopic }[],
  ): Promise<Settled<undefined>[]>;
}

/** Of the clusters at the two ends of a flow, as the brokers tell them. */
export interface ClusterIds {
  source: string;
  target: string;
}

/** Kept by discovery before anything is mirrored: functions know their clusters by alias alone. */
export interface ClusterIdStore {
  /** Undefined before discovery has run. */
  read(): Promise<ClusterIds | undefined>;
  write(ids: ClusterIds): Promise<void>;
}

export interface Pauses {
  /** The flow as a whole, and with it every topic. */
  flow: boolean;
  /** Those that are paused by themselves, whatever the flow is. */
  topics: ReadonlySet<string>;
  /** Of these the ones that a restart has paused, which has not ended; absent where there is none. */
  restarting?: ReadonlySet<string>;
}

/** What of a flow is paused: kept, so that topics that are found later are paused too. */
export interface PauseStore {
  read(): Promise<Pauses>;
  /** Of the flow as a whole where no topics are given. What fails may have taken effect in part. */
  write(isPaused: boolean, topics?: readonly string[], by?: 'restart'): Promise<void>;
}

export interface StateStore {
  /** Strongly consistent; undefined where nothing was ever replicated. One call for all. */
  read(partitions: readonly SourcePartition[]): Promise<(PartitionState | undefined)[]>;
  /** Creates the state of a partition, or returns what another invocation created meanwhile. */
  create(partition: SourcePartition, initial: PartitionState): Promise<PartitionState>;
  /**
   * Advances progress and extends the map in one conditional write: only if the stored positions
   * still equal `from`. Throws PROGRESS_CONFLICT where they do not. Returns the new state.
   */
  advance(
    partition: SourcePartition,
    from: PartitionState,
    advance: Advance,
  ): Promise<PartitionState>;
  /**
   * Closes the map of the current generation and starts a new, empty one, of the next producer
   * epoch. Throws PROGRESS_CONFLICT where the stored positions do not equal `from`.
   */
  startGeneration(
    partition: SourcePartition,
    from: PartitionState,
    start: { upstream: bigint; downstream: bigint },
  ): Promise<PartitionState>;
  /** The segments that cover [first, last] upstream, ascending, of the newest generation. */
  segments(partition: SourcePartition, first: bigint, last: bigint): Promise<Segment[]>;
  /**
   * Where each offset lies on the side that `direction` names. Reads each newest segment once, and
   * of the closed ones no more than the offsets need. An entry for each request: what is broken in
   * one partition stays there. Rejects where the newest segments cannot be read at all.
   */
  translate(
    requests: readonly TranslationRequest[],
    direction: 'downstream' | 'upstream',
  ): Promise<Settled<TranslatedPartition>[]>;
  /** The flow's one producer identity; allocated through `allocate` the first time. */
  producer(allocate: () => Promise<ProducerIdentity>): Promise<ProducerIdentity>;
  close(): void;
}
