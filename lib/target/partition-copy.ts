import type { MirrorlessError } from '../errors.ts';
import type { ProduceAnswer, TopicPartition } from '../kafka/ports.ts';
import type { EventRecord, PartitionRecords } from '../source/event.ts';
import type { PartitionState } from '../state/ports.ts';
import type { EncodedBatch } from './encode.ts';
import { addSequence, type Position } from './landed.ts';
import { addAcknowledged } from './runs.ts';

/** The copying of one source partition within one invocation. */
export interface PartitionCopy {
  /** What is to be copied; may be nothing. */
  readonly source: PartitionRecords;
  /** Offsets of what else the event brings, ascending: the target has it, or gets it otherwise. */
  readonly leftOut: readonly number[];
  readonly remote: TopicPartition;
  /** Bound of a record batch: the topic's max.message.bytes, halved while the target refuses. */
  maxBatchBytes: number;
  /** Encoded from some record on; the first ones may already be on the target. */
  batches: readonly EncodedBatch[];
  state: PartitionState | undefined;
  position: Position;
  counts: CopyCounts;
  logStartOffset?: bigint;
  /** An attempt whose outcome the target's log must tell, and why. */
  doubt?: MirrorlessError;
  /** What this invocation cannot get over; records from `position.nextIndex` on are not copied. */
  failure?: MirrorlessError;
}

export interface CopyCounts {
  batches: number;
  redelivered: number;
  landed: number;
  lostHeaders: number;
}

export function newCopy(
  source: PartitionRecords,
  remoteTopic: string,
  leftOut: readonly number[] = [],
): PartitionCopy {
  return {
    source,
    leftOut,
    remote: { topic: remoteTopic, partition: source.partition },
    maxBatchBytes: 0,
    batches: [],
    state: undefined,
    position: { nextIndex: 0, upstreamEnd: 0n, downstreamEnd: 0n, nextSequence: 0, runs: [] },
    counts: { batches: 0, redelivered: 0, landed: 0, lostHeaders: 0 },
  };
}

export function startFrom(copy: PartitionCopy, state: PartitionState): void {
  copy.state = state;
  copy.position = {
    nextIndex: 0,
    upstreamEnd: state.segment.upstreamEnd,
    downstreamEnd: state.segment.downstreamEnd,
    nextSequence: state.nextSequence,
    runs: [],
  };
}

/** The first offset of the source that the event brings. */
export function firstOffset({ source, leftOut }: PartitionCopy): number {
  return Math.min(source.records[0]?.offset ?? Infinity, leftOut[0] ?? Infinity);
}

/** Where the source goes on after everything that the event brings. */
export function endOffset({ source, leftOut }: PartitionCopy): number {
  return 1 + Math.max(source.records.at(-1)?.offset ?? -1, leftOut.at(-1) ?? -1);
}

export function isPending(copy: PartitionCopy): boolean {
  return copy.failure === undefined && copy.position.nextIndex < copy.source.records.length;
}

/** The sequence number of a batch that begins `batch.firstIndex - nextIndex` records ahead. */
export function sequenceOf(copy: PartitionCopy, batch: EncodedBatch): number {
  return addSequence(copy.position.nextSequence, batch.firstIndex - copy.position.nextIndex);
}

/** Takes the target's acknowledgement of the batch that begins at the next record. */
export function acknowledge(
  copy: PartitionCopy,
  batch: EncodedBatch,
  answer: ProduceAnswer & { ok: true },
): void {
  const { position } = copy;
  const { records } = copy.source;
  const [from, count, baseOffset] = [batch.firstIndex, batch.recordCount, answer.baseOffset];
  addAcknowledged(position.runs, records, { from, count, baseOffset });
  position.nextIndex = from + count;
  position.upstreamEnd = BigInt((records[from + count - 1] as EventRecord).offset) + 1n;
  position.downstreamEnd = baseOffset + BigInt(count);
  position.nextSequence = addSequence(position.nextSequence, count);
  copy.logStartOffset = answer.logStartOffset;
  copy.counts.batches += 1;
}
