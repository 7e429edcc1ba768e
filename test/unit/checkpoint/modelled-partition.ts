/** Any history of a source partition and its copy, and what brute force says of any offset in it. */
import fc from 'fast-check';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { Run, Segment } from '../../../lib/state/ports.ts';
import { type FakeBatch, type FakeLog, timestampAt } from '../kafka/fake-leader.ts';

/** `lost` was compacted before it could be copied, `compacted` after. */
type Kind = 'data' | 'marker' | 'lost' | 'compacted';

export interface ModelledPartition {
  log: FakeLog;
  /** Empty where nothing was copied. */
  segments: readonly Segment[];
  target: { start: bigint; end: bigint };
  /** Of groups, anywhere in the log. */
  committed: readonly bigint[];
  /** Records that the source holds now. */
  held: readonly bigint[];
  /** Every copied record as a pair of offsets, ascending. */
  pairs: readonly (readonly [upstream: bigint, downstream: bigint])[];
}

interface Choices {
  stretches: readonly { kind: Kind; count: number }[];
  isCopied: boolean;
  /** Between 0 and 1000, of the length of the log. */
  copiedFrom: number;
  copiedTo: number;
  retainedFrom: number;
  downstreamGaps: readonly number[];
  downstreamStart: number;
  targetGrowth: number;
  targetPruned: number;
  committedAt: readonly (number | { near: 'start' | 'end'; by: number })[];
}

const place = fc.oneof(fc.constantFrom(0, 1000), fc.nat(1000));

export const modelledPartition: fc.Arbitrary<ModelledPartition> = fc
  .record<Choices>({
    stretches: fc.array(
      fc.record({
        kind: fc.constantFrom<Kind>('data', 'data', 'marker', 'lost', 'compacted'),
        count: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 12 },
    ),
    isCopied: fc.boolean(),
    copiedFrom: fc.oneof(fc.constant(0), place),
    copiedTo: place,
    retainedFrom: fc.oneof(fc.constant(0), place),
    downstreamGaps: fc.array(fc.nat(4), { maxLength: 20 }),
    downstreamStart: fc.oneof(fc.constant(0), fc.nat(50)),
    targetGrowth: fc.nat(3),
    targetPruned: fc.oneof(fc.constant(0), fc.constant(1000), fc.nat(1000)),
    committedAt: fc.array(
      fc.oneof(
        place,
        fc.record({ near: fc.constantFrom('start', 'end'), by: fc.integer({ min: -8, max: 8 }) }),
      ),
      { maxLength: 9 },
    ),
  })
  .map(partitionOf);

function partitionOf(choices: Choices): ModelledPartition {
  const kinds = choices.stretches.flatMap(({ kind, count }) => Array<Kind>(count).fill(kind));
  // Compaction never takes the last offset of a log.
  const last = kinds.findLastIndex((kind) => kind === 'data' || kind === 'marker');
  const history = kinds.slice(0, last + 1);
  const end = history.length;
  const at = (thousandths: number) => Math.floor((end * thousandths) / 1000);
  const start = at(choices.retainedFrom);
  const isHeld = (offset: number) => history[offset] === 'data' && offset >= start;
  const offsets = history.map((_, offset) => offset);
  const { segments, pairs, targetEnd } = copy(history, choices, at);
  const mapped = { start: segments[0]?.upstreamStart, end: segments.at(-1)?.upstreamEnd };
  const committed = choices.committedAt.map((chosen) => {
    if (typeof chosen === 'number') return at(chosen);
    return Math.min(end, Math.max(0, Number(mapped[chosen.near] ?? 0n) + chosen.by));
  });
  return {
    log: { start, end, batches: batchesOf(history) },
    segments,
    pairs,
    target: {
      start: BigInt(Math.floor((Number(targetEnd) * choices.targetPruned) / 1000)),
      end: targetEnd,
    },
    committed: committed.map(BigInt),
    held: offsets.filter(isHeld).map(BigInt),
  };
}

function copy(history: readonly Kind[], choices: Choices, at: (thousandths: number) => number) {
  const [one, other] = [at(choices.copiedFrom), at(choices.copiedTo)];
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  const pairs: [bigint, bigint][] = [];
  let downstream = BigInt(choices.downstreamStart);
  let open = emptySegment(BigInt(from), downstream);
  const closed: Segment[] = [];
  for (let offset = from; offset < to && choices.isCopied; offset += 1) {
    if (history[offset] !== 'data' && history[offset] !== 'compacted') continue;
    const upstream = BigInt(offset);
    downstream += BigInt(choices.downstreamGaps[pairs.length] ?? 0);
    const run: Run = { upstream, downstream, length: 1 };
    pairs.push([upstream, downstream]);
    downstream += 1n;
    // One advance for every record, and segments of a few entries.
    const advance = { runs: [run], upstreamEnd: upstream + 1n, downstreamEnd: downstream };
    const extended = append(open, advance, 9);
    closed.push(...extended.closed);
    open = extended.open;
  }
  const segments = choices.isCopied ? [...closed, open] : [];
  return { segments, pairs, targetEnd: downstream + BigInt(choices.targetGrowth) };
}

function batchesOf(history: readonly Kind[]): FakeBatch[] {
  const batches: FakeBatch[] = [];
  for (const [baseOffset, kind] of history.entries()) {
    if (kind !== 'data' && kind !== 'marker') continue;
    const isControl = kind === 'marker';
    const last = batches.at(-1);
    const follows = last?.isControl === isControl && history[baseOffset - 1] === kind;
    if (follows) last.recordCount += 1;
    else batches.push({ baseOffset, recordCount: 1, valueBytes: 0, isControl });
  }
  return batches;
}

/** Where a group goes on, by looking at every record there is. */
export function expectedPosition(
  partition: ModelledPartition,
  committed: bigint,
  { startsAtEarliest }: { startsAtEarliest: boolean },
): object {
  const { segments, pairs, held, target } = partition;
  const holdsBetween = (from: bigint, to: bigint) => held.some((u) => u >= from && u < to);
  const stillHeld = (offset: bigint) => (offset < target.start ? target.start : offset);
  const newest = segments.at(-1);
  if (newest === undefined) {
    const isTargetEmpty = target.start === target.end;
    const allIsToCome = held.length === 0 || (startsAtEarliest && isTargetEmpty);
    const isExact = allIsToCome && !holdsBetween(0n, committed);
    return isExact ? { status: 'exact', offset: target.end } : { status: 'no-map' };
  }
  const [mapStart, mapEnd] = [segments[0]!.upstreamStart, newest.upstreamEnd];
  if (holdsBetween(committed, mapStart)) return { status: 'before-map', mapStart };
  if (holdsBetween(mapEnd, committed)) {
    return { status: 'ahead', offset: stillHeld(newest.downstreamEnd), mapEnd };
  }
  const first = pairs.find(([upstream]) => upstream >= committed);
  return { status: 'exact', offset: stillHeld(first?.[1] ?? newest.downstreamEnd) };
}

/** What a reader at `from` has still to read, and since when. */
export function expectedLag({ held, log }: ModelledPartition, from: bigint, nowMs: number) {
  const first = held.find((offset) => offset >= from);
  if (first === undefined) return { records: 0n, timeMs: 0 };
  return { records: BigInt(log.end) - first, timeMs: nowMs - timestampAt(Number(first)) };
}
