/**
 * The exact offset map. A segment's `packed` is a list of entries (upstream gap, downstream gap, run
 * length), each number a LEB128 varint; the gaps lie before the run:
 *
 *     upstream     100 101 102 | gap 2 | 105 106
 *     downstream    40  41  42 | gap 1 |  44  45        packed  (0 0 3) (2 1 2)
 *
 * The segments of a generation tile both sides: each begins where the one before it ends. So every
 * offset between the start of the map and progress lies in exactly one segment.
 */
import { MirrorlessError } from '../errors.ts';
import {
  type Entry,
  entriesOf,
  entryBytesMax,
  lastEntryStart,
  PackedReader,
  writeEntry,
} from './packed.ts';
import type { Advance, Run, Segment } from './ports.ts';

/**
 * A segment is closed when its entries fill this, so that an item with all its attributes stays
 * below the 4 KB that one strongly consistent read unit of DynamoDB covers.
 */
export const packedBytesMax = 3 * 1024;

export type Direction = 'downstream' | 'upstream';

export function emptySegment(upstream: bigint, downstream: bigint): Segment {
  return {
    upstreamStart: upstream,
    downstreamStart: downstream,
    upstreamEnd: upstream,
    downstreamEnd: downstream,
    packed: new Uint8Array(0),
  };
}

/**
 * Extends the newest segment in place; closes it, and goes on in a new one, whenever its entries
 * fill `bytesMax`. Only the last entry is decoded, so the cost is that of what is added.
 */
export function append(
  segment: Segment,
  advance: Pick<Advance, 'runs' | 'upstreamEnd' | 'downstreamEnd'>,
  bytesMax: number = packedBytesMax,
): { closed: Segment[]; open: Segment } {
  const writer = new SegmentWriter(segment, bytesMax);
  for (const run of advance.runs) {
    if (!(run.length > 0)) throw refused('a run has no records');
    writer.add(run.upstream, run.downstream, run.length);
  }
  writer.add(advance.upstreamEnd, advance.downstreamEnd, 0);
  return { closed: writer.closed, open: writer.newest() };
}

/**
 * The position, on the side that `direction` names, of the first replicated record at or after
 * `offset`; after the last one, the segment's end. `offset` lies in the segment or is its end.
 */
export function translateWithin(segment: Segment, offset: bigint, direction: Direction): bigint {
  return translateAllWithin(segment, [offset], direction)[0] as bigint;
}

/** The same of offsets that ascend, all in one sweep. */
export function translateAllWithin(
  segment: Segment,
  offsets: readonly bigint[],
  direction: Direction,
): bigint[] {
  const [from, to] = sides(segment, direction);
  const reader = new PackedReader(segment.packed);
  const run = { from: 0, to: 0, length: 0 };
  let least = from.start;
  return offsets.map((offset) => {
    if (offset < least || offset > from.end) throw refused(`${offset} lies elsewhere`);
    least = offset;
    const sought = Number(offset - from.start);
    while (sought >= run.from + run.length && !reader.done) {
      const [upstreamGap, downstreamGap] = [reader.next(), reader.next()];
      const isDownstream = direction === 'downstream';
      run.from += run.length + (isDownstream ? upstreamGap : downstreamGap);
      run.to += run.length + (isDownstream ? downstreamGap : upstreamGap);
      run.length = reader.next();
    }
    if (sought >= run.from + run.length) return to.end;
    return to.start + BigInt(run.to + Math.max(0, sought - run.from));
  });
}

/** The side that is translated from, then the side that is translated to. */
export function sides(segment: Segment, direction: Direction): [Side, Side] {
  const upstream = { start: segment.upstreamStart, end: segment.upstreamEnd };
  const downstream = { start: segment.downstreamStart, end: segment.downstreamEnd };
  return direction === 'downstream' ? [upstream, downstream] : [downstream, upstream];
}

interface Side {
  start: bigint;
  end: bigint;
}

/** The runs of a segment, ascending. */
export function* runsOf(segment: Segment): Generator<Run> {
  let { upstreamStart: upstream, downstreamStart: downstream } = segment;
  for (const [upstreamGap, downstreamGap, length] of entriesOf(segment.packed)) {
    upstream += BigInt(upstreamGap);
    downstream += BigInt(downstreamGap);
    if (length > 0) yield { upstream, downstream, length };
    upstream += BigInt(length);
    downstream += BigInt(length);
  }
}

/** What must hold of every segment, by name. Checked of each one that is read from the table. */
const invariants = {
  spansUpstream: (segment, found) =>
    BigInt(found.upstreamSpan) === segment.upstreamEnd - segment.upstreamStart,
  spansDownstream: (segment, found) =>
    BigInt(found.downstreamSpan) === segment.downstreamEnd - segment.downstreamStart,
  /** Only the first entry may have no gap: what follows on both sides belongs to the run before. */
  runsAreMerged: (_, found) => found.unmergedCount === 0,
  /** Only the last may be a gap without a run: what lies between the last record and progress. */
  gapsHaveRuns: (_, found) => found.bareCount === 0,
} satisfies Record<string, (segment: Segment, found: Found) => boolean>;

/** Throws STATE_CORRUPT naming the invariant that does not hold. */
export function checkSegment(segment: Segment): void {
  const found = sweep(segment.packed);
  for (const [name, holds] of Object.entries(invariants)) {
    if (!holds(segment, found)) throw corrupt(name);
  }
}

type Found = ReturnType<typeof sweep>;

function sweep(packed: Uint8Array) {
  const found = { upstreamSpan: 0, downstreamSpan: 0, unmergedCount: 0, bareCount: 0 };
  const reader = new PackedReader(packed);
  for (let isFirst = true; !reader.done; isFirst = false) {
    const [upstreamGap, downstreamGap, length] = [reader.next(), reader.next(), reader.next()];
    found.upstreamSpan += upstreamGap + length;
    found.downstreamSpan += downstreamGap + length;
    if (!isFirst && upstreamGap + downstreamGap === 0) found.unmergedCount += 1;
    if (length === 0 && !reader.done) found.bareCount += 1;
  }
  return found;
}

class SegmentWriter {
  readonly closed: Segment[] = [];
  readonly #bytesMax: number;
  #start: { upstream: bigint; downstream: bigint };
  #upstreamEnd: bigint;
  #downstreamEnd: bigint;
  /** The entries before the last, which stays decoded: it may still grow. */
  #bytes: Uint8Array;
  #bytesCount: number;
  #last: Entry;

  constructor(segment: Segment, bytesMax: number) {
    const lastStart = lastEntryStart(segment.packed);
    this.#bytesMax = bytesMax;
    this.#start = { upstream: segment.upstreamStart, downstream: segment.downstreamStart };
    this.#upstreamEnd = segment.upstreamEnd;
    this.#downstreamEnd = segment.downstreamEnd;
    this.#bytes = new Uint8Array(Math.max(bytesMax, lastStart) + entryBytesMax);
    this.#bytes.set(segment.packed.subarray(0, lastStart));
    this.#bytesCount = lastStart;
    this.#last = entriesOf(segment.packed, lastStart).next().value ?? [0, 0, 0];
  }

  add(upstream: bigint, downstream: bigint, length: number): void {
    const upstreamGap = gapBetween(this.#upstreamEnd, upstream);
    const downstreamGap = gapBetween(this.#downstreamEnd, downstream);
    const follows = upstreamGap === 0 && downstreamGap === 0;
    const last = this.#last;
    const lastIsBare = last[2] === 0;
    if (follows || lastIsBare) {
      this.#last = [last[0] + upstreamGap, last[1] + downstreamGap, last[2] + length];
    } else {
      this.#bytesCount = writeEntry(this.#bytes, this.#bytesCount, last);
      if (this.#bytesCount >= this.#bytesMax) this.#close();
      this.#last = [upstreamGap, downstreamGap, length];
    }
    this.#upstreamEnd = upstream + BigInt(length);
    this.#downstreamEnd = downstream + BigInt(length);
  }

  newest(): Segment {
    const [upstreamGap, downstreamGap, length] = this.#last;
    if (upstreamGap + downstreamGap + length > 0) {
      return this.#segment(writeEntry(this.#bytes, this.#bytesCount, this.#last));
    }
    return this.#segment(this.#bytesCount);
  }

  #close(): void {
    this.closed.push(this.#segment(this.#bytesCount));
    this.#start = { upstream: this.#upstreamEnd, downstream: this.#downstreamEnd };
    this.#bytesCount = 0;
  }

  #segment(bytesCount: number): Segment {
    const segment = {
      upstreamStart: this.#start.upstream,
      downstreamStart: this.#start.downstream,
      upstreamEnd: this.#upstreamEnd,
      downstreamEnd: this.#downstreamEnd,
      packed: this.#bytes.slice(0, bytesCount),
    };
    gapBetween(segment.upstreamStart, segment.upstreamEnd);
    gapBetween(segment.downstreamStart, segment.downstreamEnd);
    return segment;
  }
}

/** Inside a segment, offsets are plain numbers counted from its start: checked here to be safe. */
function gapBetween(end: bigint, next: bigint): number {
  const gap = Number(next - end);
  if (gap < 0) throw refused(`offset ${next} lies below ${end}`);
  if (!Number.isSafeInteger(gap)) throw refused(`${next} is too far from ${end} for one segment`);
  return gap;
}

function refused(what: string): MirrorlessError {
  return new MirrorlessError('INTERNAL', `The offset map cannot take this: ${what}.`);
}

function corrupt(invariant: string): MirrorlessError {
  const what = `The invariant ${invariant} of a segment of the offset map does not hold.`;
  return new MirrorlessError('STATE_CORRUPT', what);
}
