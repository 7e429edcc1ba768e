/** The offset map by brute force, and any changes to it. */
import fc from 'fast-check';
import { append, type Direction, emptySegment } from '../../lib/state/offset-map.ts';
import type { Run, Segment, Translation } from '../../lib/state/ports.ts';

/** Gaps before each run, and what lies between the last run and progress. */
export interface Change {
  runs: { upstreamGap: number; downstreamGap: number; length: number }[];
  upstreamRest: number;
  downstreamRest: number;
}

/** The model: every copied record as a pair of offsets, and progress. */
export class Model {
  readonly pairs: [upstream: bigint, downstream: bigint][] = [];
  readonly start: [bigint, bigint];
  end: [bigint, bigint];

  constructor(start: [bigint, bigint]) {
    this.start = start;
    this.end = start;
  }

  take(change: Change): { runs: Run[]; upstreamEnd: bigint; downstreamEnd: bigint } {
    let [upstream, downstream] = this.end;
    const runs = change.runs.map(({ upstreamGap, downstreamGap, length }) => {
      upstream += BigInt(upstreamGap);
      downstream += BigInt(downstreamGap);
      const run = { upstream, downstream, length };
      for (let index = 0; index < length; index += 1) this.pairs.push([upstream++, downstream++]);
      return run;
    });
    this.end = [upstream + BigInt(change.upstreamRest), downstream + BigInt(change.downstreamRest)];
    return { runs, upstreamEnd: this.end[0], downstreamEnd: this.end[1] };
  }

  /** Every offset of one side, first to last, with what it translates to; no search, one sweep. */
  *translations(direction: Direction): Generator<[offset: bigint, expected: bigint]> {
    const [from, to] = direction === 'downstream' ? [0, 1] : [1, 0];
    let index = 0;
    for (let offset = this.start[from] as bigint; offset <= (this.end[from] as bigint); offset++) {
      while ((this.pairs[index]?.[from] ?? offset) < offset) index += 1;
      yield [offset, (this.pairs[index]?.[to] ?? this.end[to]) as bigint];
    }
  }
}

/** The map after the changes, and the model of the same. */
export function replay(start: [bigint, bigint], changes: Iterable<Change>, bytesMax?: number) {
  const model = new Model(start);
  const segments: Segment[] = [];
  let newest = emptySegment(...start);
  for (const change of changes) {
    const { closed, open } = append(newest, model.take(change), bytesMax);
    segments.push(...closed);
    newest = open;
  }
  return { model, segments: [...segments, newest] };
}

export const gap = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(3), fc.nat(300));
export const change: fc.Arbitrary<Change> = fc.record({
  runs: fc.array(
    fc.record({ upstreamGap: gap, downstreamGap: gap, length: fc.integer({ min: 1, max: 200 }) }),
    { maxLength: 12 },
  ),
  upstreamRest: gap,
  downstreamRest: gap,
});
export const start = fc.tuple(fc.bigInt(0n, 2n ** 62n), fc.bigInt(0n, 2n ** 62n));

/** What each offset must translate to. */
export function bruteForce(model: Model, direction: Direction): (offset: bigint) => Translation {
  const exact = new Map(model.translations(direction));
  const index = direction === 'downstream' ? 0 : 1;
  const [mapStart, mapEnd] = [model.start[index] as bigint, model.end[index] as bigint];
  return (offset) => {
    if (offset < mapStart) return { status: 'before-map', mapStart };
    if (offset > mapEnd) return { status: 'ahead', mapEnd };
    return { status: 'exact', offset: exact.get(offset) as bigint };
  };
}

/** As thousandths of the way from a little before the map to a little beyond it. */
export const places = fc.array(fc.integer({ min: -10, max: 1010 }), { maxLength: 40 });

export function offsetsAt(model: Model, direction: Direction, at: readonly number[]): bigint[] {
  const index = direction === 'downstream' ? 0 : 1;
  const [first, last] = [model.start[index] as bigint, model.end[index] as bigint];
  return at.map((place) => first + ((last - first) * BigInt(place)) / 1000n + BigInt(place % 3));
}
