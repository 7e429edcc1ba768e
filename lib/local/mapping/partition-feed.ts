import type { MirrorlessError } from '../../errors.ts';
import { kafkaCodeOf } from '../../kafka/kafka-errors.ts';
import type { FetchedRecords } from '../../kafka/ports.ts';
import {
  type BatchHeader,
  forEachRecord,
  type RecordRange,
  readBatches,
} from '../../kafka/record-batch.ts';
import type { Appended, EventBuilder, SourceRecord } from './event-builder.ts';

/** After a broker refused a partition it is left alone for this long. */
export const troublePauseMs = 500;

const offsetOutOfRange = 1;

/** The rest of a batch that did not fit an event. */
interface Rest {
  batch: BatchHeader;
  bytes: Buffer;
  records: RecordRange[];
}

/**
 * One source partition on its way into events. Four positions, each the offset that comes next:
 * `fetchOffset` ≥ `readOffset` ≥ `processedOffset`, and the source's `endOffset`.
 *
 * As the Java consumer that Lambda polls with, it steps over control batches, and hands on what
 * aborted transactions wrote (read_uncommitted is not configurable there).
 */
export class PartitionFeed {
  readonly partition: number;
  /** The broker that it is read from; empty while there is none. */
  leader = '';
  /** Next to be asked of the broker. */
  fetchOffset: number;
  /** Everything below is in an event or needs none. */
  readOffset: number;
  /** Everything below was taken by the function: what is committed. */
  processedOffset: number;
  endOffset: number;
  /** Why nothing more is read, for good; the records from `readOffset` on wait. */
  halted: MirrorlessError | undefined;
  /** What the last fetch failed with; it is tried again. */
  failing: MirrorlessError | undefined;
  #retryAt = 0;
  #batches: BatchHeader[] = [];
  #rest: Rest | undefined;

  constructor(partition: number, startOffset: number) {
    this.partition = partition;
    this.fetchOffset = startOffset;
    this.readOffset = startOffset;
    this.processedOffset = startOffset;
    this.endOffset = startOffset;
  }

  isReadable(now: number): boolean {
    return this.halted === undefined && now >= this.#retryAt;
  }

  /** The log does not hold `fetchOffset`: it was truncated, or the topic created anew. */
  get isLost(): boolean {
    return this.failing !== undefined && kafkaCodeOf(this.failing) === offsetOutOfRange;
  }

  halt(error: MirrorlessError): void {
    this.halted = error;
  }

  trouble(error: MirrorlessError): void {
    this.failing = error;
    this.#retryAt = Date.now() + troublePauseMs;
  }

  /** Takes what a fetch brought. Throws RECORD_FORMAT_UNSUPPORTED. */
  take(fetched: FetchedRecords): void {
    this.failing = undefined;
    this.endOffset = Number(fetched.highWatermark);
    const batches = readBatches(fetched.bytes);
    const last = batches.at(-1);
    if (last === undefined) return;
    this.#batches.push(...batches);
    this.fetchOffset = Math.max(this.fetchOffset, Number(last.lastOffset) + 1);
  }

  /** Starts over at another offset; what was fetched and not yet read is forgotten. */
  seek(offset: number): void {
    this.#batches = [];
    this.#rest = undefined;
    this.failing = undefined;
    this.fetchOffset = offset;
    this.readOffset = offset;
    this.processedOffset = offset;
  }

  /** Moves records into the event until nothing is left (`added`) or one does not go in. */
  moveInto(event: EventBuilder): Appended {
    for (;;) {
      const batch = this.#rest?.batch ?? this.#batches.shift();
      if (batch === undefined) return 'added';
      const outcome = this.#rest
        ? this.#moveRest(this.#rest, event)
        : this.#moveBatch(batch, event);
      if (outcome !== 'added') return outcome;
      this.readOffset = Math.max(this.readOffset, Number(batch.lastOffset) + 1);
    }
  }

  /** The record at which `moveInto` stopped. */
  get stoppedAt(): SourceRecord {
    const { batch, bytes, records } = this.#rest!;
    const { timestampType } = batch;
    return { partition: this.partition, timestampType, record: records[0]!, bytes };
  }

  /** Goes on after the record at which `moveInto` stopped. */
  skip(): void {
    const skipped = this.#rest!.records.shift()!;
    this.readOffset = skipped.offset + 1;
  }

  #moveBatch(batch: BatchHeader, event: EventBuilder): Appended {
    if (batch.isControl) return 'added';
    const { partition } = this;
    const { timestampType } = batch;
    let outcome: Appended = 'added';
    const records: RecordRange[] = [];
    let body: Buffer | undefined;
    forEachRecord(batch, (record, bytes) => {
      // The first batch of a fetch may begin before the offset that was asked for.
      if (record.offset < this.readOffset) return;
      if (outcome === 'added') outcome = event.append({ partition, timestampType, record, bytes });
      if (outcome === 'added') return;
      records.push(record);
      body = bytes;
    });
    if (body === undefined) return 'added';
    this.readOffset = records[0]!.offset;
    this.#rest = { batch, bytes: body, records };
    return outcome;
  }

  #moveRest({ batch, bytes, records }: Rest, event: EventBuilder): Appended {
    const { partition } = this;
    const { timestampType } = batch;
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index]!;
      const outcome = event.append({ partition, timestampType, record, bytes });
      if (outcome === 'added') continue;
      records.splice(0, index);
      this.readOffset = record.offset;
      return outcome;
    }
    this.#rest = undefined;
    return 'added';
  }
}
