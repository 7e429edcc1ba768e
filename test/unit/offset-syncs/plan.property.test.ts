/** What MM2's readers make of our syncs, against what they make of MM2's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CopiedRecord, planSyncs } from '../../../lib/offset-syncs/plan.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { Segment } from '../../../lib/state/ports.ts';
import { OffsetSyncStore } from '../../support/offset-sync-store.ts';
import { syncEmission } from '../../support/sync-emission.ts';

interface Stretch {
  upstreamGap: number;
  downstreamGap: number;
  length: number;
}

interface History {
  lagMax: number;
  /** What is copied between one run of the checkpoint function and the next. */
  rounds: Stretch[][];
}

const gap = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 300 }));
const stretch = fc.record({
  upstreamGap: gap,
  downstreamGap: gap,
  length: fc.integer({ min: 1, max: 400 }),
});
const history: fc.Arbitrary<History> = fc.record({
  lagMax: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(100)),
  rounds: fc.array(fc.array(stretch, { maxLength: 12 }), { minLength: 1, maxLength: 6 }),
});

test('each run tells of new records, ascending, to the newest, and densely enough', () => {
  fc.assert(
    fc.property(history, ({ lagMax, rounds }) => {
      const copy = new Copy();
      let after: bigint | undefined;
      for (const round of rounds) {
        copy.take(round);
        const syncs = plan(copy, { lagMax, after });
        assertAscendingCopies(syncs, { copy, after });
        assert.equal(syncs.at(-1)?.upstreamOffset ?? after, copy.newest());
        assertDense(syncs, { copy, lagMax, after });
        after = syncs.at(-1)?.upstreamOffset ?? after;
      }
    }),
  );
});

test('no reader is sent past a record that it has not read, and every one is sent somewhere', () => {
  fc.assert(
    fc.property(history, ({ lagMax, rounds }) => {
      const copy = new Copy();
      const reader = new OffsetSyncStore();
      let after: bigint | undefined;
      for (const round of rounds) {
        copy.take(round);
        for (const sync of plan(copy, { lagMax, after })) reader.read(sync);
        after = copy.newest();
        for (const [offset, expected] of copy.translations()) {
          const translated = reader.translate(offset);
          if (offset < copy.oldest()!) assert.equal(translated, undefined);
          else assert.ok(translated !== undefined && translated <= expected, `at ${offset}`);
        }
      }
    }),
    { numRuns: 40 },
  );
});

/**
 * Which syncs a reader keeps of those that it gets depends on each single one of them, so neither of
 * two streams is nearer at every offset. What can be compared is how many records would be read
 * again by a group, over every offset that it may have committed, after each run.
 */
test('readers are sent as near as by MM2, which tells them of far more records', (t) => {
  const histories = fc.sample(history, { seed: 20_261_121, numRuns: 60 });
  const total = { ours: 0n, theirs: 0n, oursCount: 0, theirsCount: 0 };
  for (const { lagMax, rounds } of [...histories, ...longHistories]) {
    const copy = new Copy();
    const emission = syncEmission(lagMax);
    const [ours, theirs] = [new OffsetSyncStore(), new OffsetSyncStore()];
    let after: bigint | undefined;
    for (const round of rounds) {
      const copied = copy.take(round);
      for (const sync of emission.acknowledged(copied)) {
        theirs.read(sync);
        total.theirsCount += 1;
      }
      for (const sync of plan(copy, { lagMax, after })) {
        ours.read(sync);
        total.oursCount += 1;
      }
      after = copy.newest();
      for (const [offset, expected] of copy.translations()) {
        total.ours += expected - (ours.translate(offset) ?? expected);
        total.theirs += expected - (theirs.translate(offset) ?? expected);
      }
    }
  }
  const ratio = Number(total.ours) / Number(total.theirs);
  const counts = `${total.oursCount} syncs of ours, ${total.theirsCount} of MM2's`;
  t.diagnostic(`${ratio.toFixed(3)} times as many records are read again; ${counts}`);
  assert.ok(ratio <= 1.05);
  assert.ok(total.oursCount * 2 <= total.theirsCount);
});

/** Steady streams, and one with a marker of a transaction after every few records. */
const longHistories: History[] = [
  { lagMax: 100, rounds: Array.from({ length: 12 }, () => [plain(5000)]) },
  { lagMax: 10, rounds: Array.from({ length: 30 }, (_, index) => [plain(1000 + 37 * index)]) },
  {
    lagMax: 100,
    rounds: Array.from({ length: 12 }, () =>
      Array.from({ length: 150 }, () => ({ upstreamGap: 1, downstreamGap: 0, length: 10 })),
    ),
  },
];

function plain(length: number): Stretch {
  return { upstreamGap: 0, downstreamGap: 0, length };
}

/** One partition as it is copied. */
class Copy {
  segments: Segment[] = [emptySegment(0n, 0n)];
  readonly records: CopiedRecord[] = [];
  readonly #end = { upstream: 0n, downstream: 0n };

  /** Returns what came of it. Segments are small, so that a map has many. */
  take(stretches: readonly Stretch[]): CopiedRecord[] {
    const before = this.records.length;
    const runs = stretches.map(({ upstreamGap, downstreamGap, length }) => {
      const run = {
        upstream: this.#end.upstream + BigInt(upstreamGap),
        downstream: this.#end.downstream + BigInt(downstreamGap),
        length,
      };
      for (let index = 0n; index < length; index += 1n) {
        this.records.push({
          upstreamOffset: run.upstream + index,
          downstreamOffset: run.downstream + index,
        });
      }
      this.#end.upstream = run.upstream + BigInt(length);
      this.#end.downstream = run.downstream + BigInt(length);
      return run;
    });
    const ends = { upstreamEnd: this.#end.upstream, downstreamEnd: this.#end.downstream };
    const { closed, open } = append(this.segments.pop()!, { runs, ...ends }, 20);
    this.segments.push(...closed, open);
    return this.records.slice(before);
  }

  oldest(): bigint | undefined {
    return this.records[0]?.upstreamOffset;
  }

  newest(): bigint | undefined {
    return this.records.at(-1)?.upstreamOffset;
  }

  /** Every offset that a group may have committed, with the first copy that it has not read. */
  *translations(): Generator<[offset: bigint, expected: bigint]> {
    if (this.records.length === 0) return;
    let index = 0;
    for (let offset = 0n; offset <= this.#end.upstream; offset += 1n) {
      while ((this.records[index]?.upstreamOffset ?? offset) < offset) index += 1;
      yield [offset, this.records[index]?.downstreamOffset ?? this.#end.downstream];
    }
  }
}

function plan(copy: Copy, { lagMax, after }: { lagMax: number; after: bigint | undefined }) {
  const first = copy.segments.findIndex(({ upstreamEnd }) => (after ?? -1n) < upstreamEnd);
  const segments = copy.segments.slice(first);
  return planSyncs(segments, { lagMax, ...(after !== undefined && { after }) });
}

function assertAscendingCopies(
  syncs: readonly CopiedRecord[],
  { copy, after = -1n }: { copy: Copy; after: bigint | undefined },
): void {
  const copies = new Map(
    copy.records.map((record) => [record.upstreamOffset, record.downstreamOffset]),
  );
  let last = after;
  for (const { upstreamOffset, downstreamOffset } of syncs) {
    assert.equal(copies.get(upstreamOffset), downstreamOffset);
    assert.ok(upstreamOffset > last);
    last = upstreamOffset;
  }
}

/** Where two neighbours are far apart, MM2 would not have told of a record in between and near. */
function assertDense(
  syncs: readonly CopiedRecord[],
  { copy, lagMax, after }: { copy: Copy; lagMax: number; after: bigint | undefined },
): void {
  const newest = copy.newest();
  const lowest = after === undefined ? [] : [after];
  const offsets = [...lowest, ...syncs.map(({ upstreamOffset }) => upstreamOffset)];
  const told = toldByStride(copy, lagMax);
  for (const [index, higher] of offsets.entries()) {
    const lower = offsets[index - 1];
    if (lower === undefined) continue;
    const reach = (newest! - higher) / 16n;
    const bottom = higher - (reach > 1n ? reach : 1n);
    if (lower >= bottom) continue;
    const between = told.filter((offset) => offset >= bottom && offset < higher);
    assert.deepEqual(between, []);
  }
  if (after === undefined && copy.records.length > 0) assert.equal(offsets[0], copy.oldest());
}

function toldByStride(copy: Copy, lagMax: number): bigint[] {
  const told: bigint[] = [];
  let [previous, start]: (CopiedRecord | undefined)[] = [];
  for (const record of copy.records) {
    const isRunStart =
      previous === undefined ||
      record.upstreamOffset !== previous.upstreamOffset + 1n ||
      record.downstreamOffset !== previous.downstreamOffset + 1n;
    if (isRunStart) start = record;
    const distance = record.upstreamOffset - start!.upstreamOffset;
    if (distance % BigInt(lagMax + 1) === 0n) told.push(record.upstreamOffset);
    previous = record;
  }
  return told;
}
