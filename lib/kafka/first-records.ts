/** Which record a reader would get next, without reading on from there. */
import { MirrorlessError, toMirrorlessError } from '../errors.ts';
import { kafkaCodeOf } from './kafka-errors.ts';
import type {
  FetchedRecords,
  FetchPosition,
  KafkaDataPlane,
  Settled,
  TopicPartition,
} from './ports.ts';
import { forEachRecord, readBatches } from './record-batch.ts';

/** A record of data, or the end that was reached without finding one. */
export type FirstRecord = { offset: bigint; timestampMs: number } | { end: bigint };

/** Of all partitions in one round; a batch that is larger by itself comes all the same. */
const roundBytes = 8 * 1024 * 1024;
/** Of one partition in the first round: most producers' batches, and a thousand partitions at once. */
const firstPartitionBytes = 8 * 1024;
const growth = 4;

/**
 * The first record at or after each position that is data: no marker of a transaction, and nothing
 * that compaction or retention took away. Records of transactions count whatever became of these, as
 * they do for an event source mapping. The end is the high watermark. Positions may share a
 * partition; the log is then read once for those that lie close together. Never rejects.
 *
 * A broker answers with whole batches only, and with none where the first one is larger than what
 * may be returned of its partition, unless the partition is the first of the request (KIP-74). So
 * whatever is not decided is asked for again, fewer at a time and more of each, until each stands
 * alone: from there on every answer brings at least one batch.
 */
export async function firstRecords(
  plane: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  positions: readonly FetchPosition[],
): Promise<Settled<FirstRecord>[]> {
  const found: Settled<FirstRecord>[] = [];
  const decide = ({ index }: Wanted, first: Settled<FirstRecord>) => {
    found[index] = first;
  };
  let searches = searchesOf(positions, decide);
  for (let bytes = firstPartitionBytes; searches.length > 0; bytes *= growth) {
    const maxPartitionBytes = Math.min(bytes, roundBytes);
    const count = roundBytes / maxPartitionBytes;
    for (let start = 0; start < searches.length; start += count) {
      await readOn(plane, searches.slice(start, start + count), maxPartitionBytes);
    }
    searches = searches.filter((search) => !search.isDecided);
  }
  return found;
}

interface Wanted {
  offset: bigint;
  /** Among the positions that were asked for. */
  index: number;
}

type Decide = (wanted: Wanted, first: Settled<FirstRecord>) => void;

function searchesOf(positions: readonly FetchPosition[], decide: Decide): PartitionSearch[] {
  const indexed = positions.map((position, index) => ({ ...position, index }));
  const byPartition = Map.groupBy(indexed, ({ topic, partition }) => `${partition} ${topic}`);
  return [...byPartition.values()].map((wanted) => new PartitionSearch(wanted, decide));
}

/** One round: a request to each of the leaders, and what it decides. */
async function readOn(
  plane: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  searches: readonly PartitionSearch[],
  maxPartitionBytes: number,
): Promise<void> {
  const positions = searches.map((search) => search.position);
  const answers = await plane.fetch(positions, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: roundBytes,
    maxPartitionBytes,
  });
  const outside: PartitionSearch[] = [];
  for (const [index, answer] of answers.entries()) {
    const search = searches[index]!;
    if (answer.ok) search.take(answer.value, { isAlone: searches.length === 1 });
    else if (kafkaCodeOf(answer.error) === offsetOutOfRange) outside.push(search);
    else search.fail(answer.error);
  }
  if (outside.length > 0) await relocate(plane, outside);
}

const offsetOutOfRange = 1;

/** Retention took records away up to a later offset, or the log ends before the position. */
async function relocate(
  plane: Pick<KafkaDataPlane, 'listOffsets'>,
  searches: readonly PartitionSearch[],
): Promise<void> {
  const partitions = searches.map((search) => search.position);
  const [starts, ends] = await Promise.all([
    plane.listOffsets(partitions, 'earliest'),
    plane.listOffsets(partitions, 'latest'),
  ]);
  for (const [index, search] of searches.entries()) {
    const [start, end] = [starts[index]!, ends[index]!];
    if (!start.ok) search.fail(start.error);
    else if (!end.ok) search.fail(end.error);
    else search.moveInto(start.value, end.value);
  }
}

/** What is still wanted of one partition; the log is read forward once. */
class PartitionSearch {
  readonly #partition: TopicPartition;
  readonly #decide: Decide;
  /** Ascending; the first ones are decided, up to `#decidedCount`. */
  readonly #wanted: readonly (Wanted & TopicPartition)[];
  #decidedCount = 0;
  /** Nothing between the first offset that is still wanted and this one is data. */
  #next: bigint;

  constructor(wanted: readonly (Wanted & TopicPartition)[], decide: Decide) {
    this.#wanted = wanted.toSorted((one, other) => Number(one.offset - other.offset));
    this.#decide = decide;
    const { topic, partition, offset } = this.#wanted[0]!;
    this.#partition = { topic, partition };
    this.#next = offset;
  }

  get position(): FetchPosition {
    return { ...this.#partition, offset: this.#next };
  }

  get isDecided(): boolean {
    return this.#decidedCount === this.#wanted.length;
  }

  take({ bytes, highWatermark }: FetchedRecords, { isAlone }: { isAlone: boolean }): void {
    try {
      this.#read(bytes);
    } catch (error) {
      this.fail(toMirrorlessError(error));
      return;
    }
    if (this.#next >= highWatermark) this.#decideUpTo(undefined, { end: highWatermark });
    else if (bytes.length === 0 && isAlone && !this.isDecided) this.fail(this.#nothing());
  }

  moveInto(start: bigint, end: bigint): void {
    if (this.#next > end) this.#decideUpTo(undefined, { end });
    else if (this.#next < start) this.#next = start;
  }

  fail(error: MirrorlessError): void {
    while (!this.isDecided) this.#decide(this.#wanted[this.#decidedCount++]!, { ok: false, error });
  }

  /** Batches without a wanted offset are stepped over; compaction leaves holes also inside others. */
  #read(bytes: Buffer): void {
    for (const batch of readBatches(bytes)) {
      if (this.isDecided) return;
      if (batch.lastOffset < this.#next) continue;
      if (!batch.isControl) {
        forEachRecord(batch, ({ offset, timestamp }) => {
          const first = { offset: BigInt(offset), timestampMs: timestamp };
          if (first.offset >= this.#next) this.#decideUpTo(first.offset, first);
        });
      }
      const wanted = this.#wanted[this.#decidedCount]?.offset ?? 0n;
      this.#next = wanted > batch.lastOffset ? wanted : batch.lastOffset + 1n;
    }
  }

  #decideUpTo(last: bigint | undefined, value: FirstRecord): void {
    for (; !this.isDecided; this.#decidedCount += 1) {
      const wanted = this.#wanted[this.#decidedCount]!;
      if (last !== undefined && wanted.offset > last) return;
      this.#decide(wanted, { ok: true, value });
    }
  }

  /** A broker that waits too long for its tiered storage answers so, which proves nothing. */
  #nothing(): MirrorlessError {
    const { topic, partition } = this.#partition;
    const what = `The broker returned nothing of ${topic}-${partition} from offset ${this.#next} on, though its log goes on.`;
    return new MirrorlessError('SOURCE_NOT_READY', what, {
      place: { topic, partition, offset: String(this.#next) },
    });
  }
}
