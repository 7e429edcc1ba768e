/** What the stages need from the state of a flow. The adapter is lib/state/dynamodb.ts. */
import type { ProducerIdentity, TopicPartition } from '../kafka/ports.ts';

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
  /** Counts from 0; a re-created source topic begins a new one. */
  generation: number;
  /** The sequence number of the next record to be produced, 0..2^31-1, wrapping to 0. */
  nextSequence: number;
  segment: Segment;
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
  | { status: 'before-map'; mapStart: bigint }
  | { status: 'ahead'; mapEnd: bigint }
  | { status: 'no-map' };

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
  /** Closes the map of the current generation and starts a new, empty one. */
  startGeneration(
    partition: SourcePartition,
    from: PartitionState,
    start: { upstream: bigint; downstream: bigint },
  ): Promise<PartitionState>;
  /** The segments that cover [first, last] upstream, ascending, of the newest generation. */
  segments(partition: SourcePartition, first: bigint, last: bigint): Promise<Segment[]>;
  translate(
    partition: SourcePartition,
    offset: bigint,
    direction: 'downstream' | 'upstream',
  ): Promise<Translation>;
  /** The flow's one producer identity; allocated through `allocate` the first time. */
  producer(allocate: () => Promise<ProducerIdentity>): Promise<ProducerIdentity>;
  close(): void;
}
