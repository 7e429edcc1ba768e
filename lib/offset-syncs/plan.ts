/**
 * Which records of a partition MM2's readers are told of. A reader keeps up to 64 offset syncs of a
 * partition, at distances from the newest that grow exponentially (Kafka's OffsetSyncStore), and
 * forgets them all when one arrives that lies before the newest. So syncs only ever ascend, and the
 * further back from the newest record, the fewer of them are worth writing.
 */
import { runsOf, translateWithin } from '../state/offset-map.ts';
import type { Run, Segment } from '../state/ports.ts';

/** A record that was copied: its offset on either side. */
export interface CopiedRecord {
  upstreamOffset: bigint;
  downstreamOffset: bigint;
}

/**
 * How the newest known sync of a partition stands to its map.
 *
 * `same`: of one history; syncs go on after it. `ahead`: beyond the end of the map on both sides,
 * as after the state was restored from a backup. `other`: no record of the map, and none that could
 * follow it: the source topic was re-created, or the target's.
 */
export type Standing = 'same' | 'ahead' | 'other';

/** `segments` ascend, not empty, and reach from the known sync, as far as mapped, to progress. */
export function standingOf(known: CopiedRecord, segments: readonly Segment[]): Standing {
  const { upstreamEnd, downstreamEnd } = segments.at(-1)!;
  if (known.upstreamOffset >= upstreamEnd) {
    return known.downstreamOffset >= downstreamEnd ? 'ahead' : 'other';
  }
  const first = segments[0]!;
  if (known.upstreamOffset < first.upstreamStart) {
    return known.downstreamOffset < first.downstreamStart ? 'same' : 'other';
  }
  const segment = segments.find((each) => known.upstreamOffset < each.upstreamEnd)!;
  const mapped = translateWithin(segment, known.upstreamOffset, 'downstream');
  return mapped === known.downstreamOffset ? 'same' : 'other';
}

/**
 * Of the records that MM2 would have told of since `after` (the first of every run, and of a long
 * run one in `offset.lag.max` + 1): the newest record and, going back from it, ever fewer of them.
 * Two neighbours are no further apart than a sixteenth of their distance from the newest, where
 * there is a choice; so what a reader keeps is as near as if it had been told of all of them.
 * Ascending; a dozen for every doubling of what is new, however much that is.
 */
export function planSyncs(
  segments: readonly Segment[],
  { lagMax, after }: { lagMax: number; after?: bigint },
): CopiedRecord[] {
  const ladder = new Ladder(after ?? beforeAnything, BigInt(lagMax) + 1n);
  for (const run of newestFirst(segments)) {
    if (!ladder.extend(run)) break;
  }
  return ladder.ascending();
}

/** Decodes one segment at a time: a map of many gaps has millions of runs. */
function* newestFirst(segments: readonly Segment[]): Generator<Run> {
  for (const segment of segments.toReversed()) yield* [...runsOf(segment)].reverse();
}

/** Further below the first offset than any distance between two of them. */
const beforeAnything = -(2n ** 64n);

/** The neighbour of a record at distance `d` from the newest lies within `d / fineness`. */
const fineness = 16n;

/** Leads down from the newest record to what is already known. */
class Ladder {
  readonly #after: bigint;
  readonly #stride: bigint;
  readonly #rungs: CopiedRecord[] = [];
  /** The lowest record seen within reach of the last rung: the next one, unless a lower comes. */
  #candidate: CopiedRecord | undefined;

  constructor(after: bigint, stride: bigint) {
    this.#after = after;
    this.#stride = stride;
  }

  /** Takes the runs from the newest to the oldest; false once it leads to what is known. */
  extend(run: Run): boolean {
    if (this.#rungs.length === 0) {
      const newest = recordOf(run, run.upstream + BigInt(run.length) - 1n);
      if (newest.upstreamOffset <= this.#after) return false;
      this.#rungs.push(newest);
    }
    while (run.upstream < this.#lowest()) {
      const reach = this.#reach();
      if (reach <= this.#after) {
        this.#candidate = undefined;
        return false;
      }
      const told = this.#firstTold(run, reach);
      if (told !== undefined && told < this.#lowest()) this.#candidate = recordOf(run, told);
      if (told === run.upstream) return true;
      const next = this.#candidate ?? recordOf(run, this.#lastTold(run));
      if (next.upstreamOffset <= this.#after) return false;
      this.#rungs.push(next);
      this.#candidate = undefined;
    }
    return true;
  }

  ascending(): CopiedRecord[] {
    const last = this.#candidate === undefined ? [] : [this.#candidate];
    return [...this.#rungs, ...last].reverse();
  }

  #lowest(): bigint {
    return (this.#candidate ?? this.#rungs.at(-1)!).upstreamOffset;
  }

  /** The lowest offset that the next rung may have. */
  #reach(): bigint {
    const last = this.#rungs.at(-1)!.upstreamOffset;
    const distance = (this.#rungs[0]!.upstreamOffset - last) / fineness;
    return last - (distance > 1n ? distance : 1n);
  }

  /** Of the records of the run that are told of: the first that is not below `offset`. */
  #firstTold(run: Run, offset: bigint): bigint | undefined {
    if (offset <= run.upstream) return run.upstream;
    const strideCount = (offset - run.upstream + this.#stride - 1n) / this.#stride;
    const distance = strideCount * this.#stride;
    return distance < run.length ? run.upstream + distance : undefined;
  }

  /** The last one below the last rung. */
  #lastTold(run: Run): bigint {
    const end = run.upstream + BigInt(run.length);
    const below = this.#lowest() < end ? this.#lowest() : end;
    return run.upstream + ((below - 1n - run.upstream) / this.#stride) * this.#stride;
  }
}

function recordOf(run: Run, upstreamOffset: bigint): CopiedRecord {
  return { upstreamOffset, downstreamOffset: run.downstream + upstreamOffset - run.upstream };
}
