/** Which record a reader would get next, without reading on from there. */
import { MirrorlessError, toMirrorlessError } from '../errors.ts';
import { kafkaCodeOf } from './kafka-errors.ts';
import type { FetchedRecords, FetchPosition, KafkaDataPlane, Settled } from './ports.ts';
import { type BatchHeader, forEachRecord, readBatches } from './record-batch.ts';

/** A record of data, or the end that was reached without finding one. */
export type FirstRecord = { offset: bigint; timestampMs: number } | { end: bigint };

/** Of all partitions of a leader at once; a batch that is larger by itself comes all the same. */
const requestBytes = 8 * 1024 * 1024;
/** Of one partition at first: most producers' batches, and a thousand partitions in one request. */
const firstPartitionBytes = 8 * 1024;
const growth = 4;

/**
 * The first record at or after each position that is data: no marker of a transaction, and nothing
 * that compaction or retention took away. Records of transactions count whatever became of these, as
 * they do for an event source mapping. The end is the high watermark. At most one position a
 * partition. Never rejects.
 *
 * A broker answers with whole batches only, and with none where the first one is larger than what
 * may be returned of its partition, unless the partition is the first of the request (KIP-74). So
 * whatever is not decided is asked for again, fewer at a time and more of each, until each stands
 * alone: from there on every answer brings at least one batch, or the partition is given up.
 */
export async function firstRecords(
  plane: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  positions: readonly FetchPosition[],
): Promise<Settled<FirstRecord>[]> {
  const searches: Search[] = positions.map((position) => ({ ...position, first: undefined }));
  let open = searches;
  for (let bytes = firstPartitionBytes; open.length > 0; bytes *= growth) {
    const maxPartitionBytes = Math.min(bytes, requestBytes);
    const count = requestBytes / maxPartitionBytes;
    for (let start = 0; start < open.length; start += count) {
      await readOnce(plane, open.slice(start, start + count), maxPartitionBytes);
    }
    open = open.filter(({ first }) => first === undefined);
  }
  return searches.map(({ first }) => first!);
}

/** Its offset is where to read on: nothing between the position asked for and there is data. */
interface Search extends FetchPosition {
  /** Undefined while it is not decided. */
  first: Settled<FirstRecord> | undefined;
}

async function readOnce(
  plane: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  searches: readonly Search[],
  maxPartitionBytes: number,
): Promise<void> {
  const positions = searches.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  const answers = await plane.fetch(positions, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: requestBytes,
    maxPartitionBytes,
  });
  const outside: Search[] = [];
  for (const [index, answer] of answers.entries()) {
    const search = searches[index]!;
    if (answer.ok) search.first = look(search, answer.value);
    else if (kafkaCodeOf(answer.error) === offsetOutOfRange) outside.push(search);
    else search.first = answer;
  }
  if (outside.length > 0) await moveIntoLog(plane, outside);
  if (searches.length === 1) giveUpUnlessMoved(searches[0]!, positions[0]!.offset);
}

const offsetOutOfRange = 1;

/** Looks through what was fetched, and moves the search to where that ends. */
function look(
  search: Search,
  { bytes, highWatermark }: FetchedRecords,
): Settled<FirstRecord> | undefined {
  try {
    for (const batch of readBatches(bytes)) {
      if (batch.lastOffset < search.offset) continue;
      const value = batch.isControl ? undefined : firstIn(batch, search.offset);
      if (value !== undefined) return { ok: true, value };
      search.offset = batch.lastOffset + 1n;
    }
  } catch (error) {
    return { ok: false, error: toMirrorlessError(error) };
  }
  return search.offset < highWatermark ? undefined : { ok: true, value: { end: highWatermark } };
}

/** A batch may begin before the offset, and compaction may have left nothing of it from there on. */
function firstIn(batch: BatchHeader, from: bigint): FirstRecord | undefined {
  let first: FirstRecord | undefined;
  forEachRecord(batch, ({ offset, timestamp }) => {
    if (first === undefined && offset >= from) {
      first = { offset: BigInt(offset), timestampMs: timestamp };
    }
  });
  return first;
}

/** Retention took records away up to a later offset, or the log ends before the position. */
async function moveIntoLog(
  plane: Pick<KafkaDataPlane, 'listOffsets'>,
  searches: readonly Search[],
): Promise<void> {
  const [starts, ends] = await Promise.all([
    plane.listOffsets(searches, 'earliest'),
    plane.listOffsets(searches, 'latest'),
  ]);
  for (const [index, search] of searches.entries()) {
    const [start, end] = [starts[index]!, ends[index]!];
    if (!start.ok) search.first = start;
    else if (!end.ok) search.first = end;
    else if (search.offset > end.value) search.first = { ok: true, value: { end: end.value } };
    else if (search.offset < start.value) search.offset = start.value;
  }
}

/** A broker that waits too long for its tiered storage returns nothing, and that proves nothing. */
function giveUpUnlessMoved(search: Search, from: bigint): void {
  if (search.offset > from || search.first !== undefined) return;
  const { topic, partition } = search;
  const what = `The broker returned nothing of ${topic}-${partition} from offset ${from} on, though its log goes on.`;
  const place = { topic, partition, offset: String(from) };
  const error = new MirrorlessError('SOURCE_NOT_READY', what, { place });
  search.first = { ok: false, error };
}
