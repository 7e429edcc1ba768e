import { MirrorlessError } from '../errors.ts';
import type { LogRecord } from '../kafka/record-batch.ts';
import type { EventRecord, PartitionRecords } from '../source/event.ts';
import type { Run } from '../state/ports.ts';
import { addRun } from './runs.ts';
import { isCopy } from './same-record.ts';

/** Where the copying of one partition stands within an invocation. */
export interface Position {
  /** The first record of the event that is not known to be on the target. */
  nextIndex: number;
  upstreamEnd: bigint;
  downstreamEnd: bigint;
  nextSequence: number;
  /** What was added to the map since the state was read. */
  runs: Run[];
}

/** A record of ours in the target's tail, beyond what the state knows. */
export interface LandedRecord {
  record: LogRecord;
  /** Absent where it was written for an older generation of the map. */
  sequence?: number;
  logAppendTime: boolean;
}

/** What is to be matched: a copy of a partition. */
export interface Unmatched {
  position: Position;
  source: PartitionRecords;
  /** Offsets that nothing on the target was copied from. */
  leftOut: readonly number[];
}

/** Sequence numbers count 0..2^31-1 and wrap to 0 (KIP-98). */
export function addSequence(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}

/**
 * Matches what landed on the target after progress, record by record in log order, with the
 * event's records: an attempt that wrote them died before it could record it.
 *
 * A landed record is the copy of the next event record, or, where the upstream offsets leave room
 * before that one, of a record that the event does not bring:
 *
 *     upstream   … 41 | 42  43 (44 45)  46 …      progress is at 42, the event brings 42 43 46
 *     landed            a   b    x       c        x was copied from 44 or 45
 *
 * - No room: the landed record and the event's record claim the same offset with different content,
 *   so the source topic is another one: SOURCE_RECREATED.
 * - Landed records fill the room exactly: they are mapped one to one (as many records as offsets,
 *   both ascending).
 * - They fill it partly, after a match: what they were copied from has been compacted away since;
 *   a consumer of the source would go on at the event's record, and so does the map.
 * - They fill it partly, before any match: the state is older than the log (restored from a backup)
 *   and where each belongs cannot be known from here: PROGRESS_BEHIND, never guessed.
 *
 * Offsets that the event brings, but that are left out, are no room.
 *
 * What was written for an older generation is the copy of the next record or, as a foreign one, of
 * nothing: it was on its way when the generation was begun, before anything of this one was sent.
 */
export class LandedMatcher {
  readonly position: Position;
  readonly #records: readonly EventRecord[];
  readonly #leftOut: ReadonlySet<number>;
  readonly #place: { topic: string; partition: number };
  /** Landed records since the last match that no event record is the source of. */
  #skipped: Run[] = [];
  #skippedCount = 0;
  #matched = 0;
  #lastSkippedSequence = 0;

  constructor({ position, source, leftOut }: Unmatched) {
    this.position = position;
    this.#records = source.records;
    this.#leftOut = new Set(leftOut);
    this.#place = source;
  }

  /** Landed records found so far, matched or mapped. */
  get landedCount(): number {
    return this.#matched;
  }

  /** Takes the next landed record; false once the event has no more records to match. */
  accept(landed: LandedRecord): boolean {
    const next = this.#records[this.position.nextIndex];
    if (next === undefined) return false;
    if (isCopy(next, landed.record, landed.logAppendTime)) {
      this.#settleSkipped(next);
      this.#take(BigInt(next.offset), landed.record.offset, landed.sequence);
      this.position.nextIndex += 1;
      return true;
    }
    if (landed.sequence === undefined) return true;
    const upstream = this.#nextUnknown();
    if (upstream >= next.offset) throw this.#recreated(next);
    addRun(this.#skipped, { upstream, downstream: landed.record.offset, length: 1 });
    this.#skippedCount += 1;
    this.#lastSkippedSequence = landed.sequence;
    return true;
  }

  /** Takes that nothing of ours lies before an offset but what was accepted: nobody reads it again. */
  passOver(offset: bigint): void {
    if (this.#skippedCount === 0) this.position.downstreamEnd = offset;
  }

  /** To be called when the tail is read to its end. */
  finish(): void {
    const next = this.#records[this.position.nextIndex];
    if (next === undefined || this.#skippedCount === 0) return;
    const last = this.#skipped.at(-1) as Run;
    const sequence = this.#lastSkippedSequence;
    this.#settleSkipped(next);
    this.position.downstreamEnd = last.downstream + BigInt(last.length);
    this.position.nextSequence = addSequence(sequence, 1);
  }

  #settleSkipped(next: EventRecord): void {
    if (this.#skippedCount === 0) return;
    const fillsTheRoom = this.#nextUnknown() >= next.offset;
    if (!fillsTheRoom && this.#matched === 0) throw this.#behind(next);
    if (fillsTheRoom) {
      for (const run of this.#skipped) addRun(this.position.runs, run);
      this.position.upstreamEnd = BigInt(next.offset);
      this.#matched += this.#skippedCount;
    }
    this.#skipped = [];
    this.#skippedCount = 0;
  }

  #take(upstream: bigint, downstream: bigint, sequence: number | undefined): void {
    addRun(this.position.runs, { upstream, downstream, length: 1 });
    this.position.upstreamEnd = upstream + 1n;
    this.position.downstreamEnd = downstream + 1n;
    if (sequence !== undefined) this.position.nextSequence = addSequence(sequence, 1);
    this.#matched += 1;
  }

  /** The first upstream offset that may be the source of a landed record, and is not yet. */
  #nextUnknown(): bigint {
    const last = this.#skipped.at(-1);
    let upstream = last ? last.upstream + BigInt(last.length) : this.position.upstreamEnd;
    while (this.#leftOut.has(Number(upstream))) upstream += 1n;
    return upstream;
  }

  #recreated(next: EventRecord): MirrorlessError {
    return new MirrorlessError(
      'SOURCE_RECREATED',
      `Offset ${next.offset} of ${this.#place.topic}-${this.#place.partition} has other content than its copy on the target.`,
      { place: { ...this.#place, offset: String(next.offset) } },
    );
  }

  #behind(next: EventRecord): MirrorlessError {
    const offset = this.position.upstreamEnd;
    return new MirrorlessError(
      'PROGRESS_BEHIND',
      `The state of ${this.#place.topic}-${this.#place.partition} ends at offset ${offset}, the event begins at ${next.offset}, and ${this.#skippedCount} records of the target lie between: rewind to ${offset}.`,
      { place: { ...this.#place, offset: String(offset) } },
    );
  }
}
