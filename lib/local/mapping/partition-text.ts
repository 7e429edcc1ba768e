import type { RecordRange } from '../../kafka/record-batch.ts';
import { ascii, asciiJson } from './event-text.ts';

/** What one event holds of one partition. */
export interface EventPartition {
  partition: number;
  recordCount: number;
  firstOffset: number;
  lastOffset: number;
  firstTimestamp: number;
  lastTimestamp: number;
}

/** Closes the array of a partition's records. */
export const partitionEnd = ascii(']');

/** The constant texts of one partition, and where its records lie in the arena. */
export class PartitionText {
  readonly partition: number;
  /** The key of the `records` map and what opens its array. */
  readonly open: Buffer;
  /** A record up to its offset, with a leading comma. */
  readonly prefix: Buffer;
  readonly frameBytes: number;
  /** Start and end in turn; neighbours are one. */
  slices: number[] = [];
  recordCount = 0;
  #firstOffset = 0;
  #lastOffset = 0;
  #firstTimestamp = 0;
  #lastTimestamp = 0;

  constructor(topic: string, partition: number) {
    this.partition = partition;
    this.open = ascii(`${asciiJson(`${topic}-${partition}`)}:[`);
    this.prefix = ascii(`,{"topic":${asciiJson(topic)},"partition":${partition},"offset":`);
    this.frameBytes = this.open.length + partitionEnd.length;
  }

  add(record: RecordRange, start: number, end: number): void {
    const last = this.slices.length - 1;
    if (this.slices[last] === start) this.slices[last] = end;
    else this.slices.push(start, end);
    if (this.recordCount === 0) {
      this.#firstOffset = record.offset;
      this.#firstTimestamp = record.timestamp;
    }
    this.#lastOffset = record.offset;
    this.#lastTimestamp = record.timestamp;
    this.recordCount += 1;
  }

  summary(): EventPartition {
    return {
      partition: this.partition,
      recordCount: this.recordCount,
      firstOffset: this.#firstOffset,
      lastOffset: this.#lastOffset,
      firstTimestamp: this.#firstTimestamp,
      lastTimestamp: this.#lastTimestamp,
    };
  }

  clear(): void {
    this.slices = [];
    this.recordCount = 0;
  }
}
