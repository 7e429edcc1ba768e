/**
 * Where several flows bring records to a topic of the target, each map says up to where all that its
 * flow has brought is read. The least of these is safe; but where it is the mere end of a map, it
 * tells of no record:
 *
 *     target   s0 s1 t0 t1 t2       the flow's map ends behind s1: it has brought nothing since
 *                                   the map of another flow says that the group goes on at t2
 *
 * What follows may be a record that is not in the map yet. So it is passed only where another map
 * has it: of each offset the map of the flow that has written it says whether it is read.
 */
import { larger, smaller } from '../bigint.ts';
import { mapBounded } from '../bounded.ts';
import type { ProvenanceFlow } from '../config/flow-settings.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import { broughtBy, leftOutBy, type Way } from '../provenance/ways.ts';
import type { Direction } from '../state/offset-map.ts';
import type { PartitionView } from './partitions.ts';
import { type OffsetMap, runsBetween, type Stretch } from './runs-between.ts';

/** What a map says of the positions of a partition: offsets of the target. */
export interface Bound {
  flow: ProvenanceFlow;
  /** `downstream` of a flow to the target; `upstream` of one from there: what was written there. */
  direction: Direction;
  /** For each position: before it, all is read that the flow has brought from one of the clusters. */
  offsets: readonly bigint[];
  /** The map's. A bound below it is where a record lies, at it a mere limit of what is known. */
  end: bigint;
}

export interface OtherWays {
  /** Whose groups are translated. */
  flow: Way;
  /** All flows by which records of a topic can come to either of its ends; itself is among them. */
  waysOf(topic: string): readonly ProvenanceFlow[];
  mapOf(flow: ProvenanceFlow): OffsetMap;
}

const partitionsAtOnce = 16;

/** How far is read on: so many offsets at once, which bounds the memory, and so often at most. */
export interface Pages {
  offsets: bigint;
  countMax: number;
}

const defaultPages: Pages = { offsets: 4096n, countMax: 32 };

/**
 * Moves every position that has an offset on as far as the maps prove, and at most to the first
 * record that its group has not read. Where a map cannot be read on, no farther; the failures are
 * returned.
 */
export async function passRead(
  bounds: ReadonlyMap<PartitionView, readonly Bound[]>,
  { flow, waysOf, mapOf }: OtherWays,
  pages = defaultPages,
): Promise<MirrorlessError[]> {
  const failures: MirrorlessError[] = [];
  await mapBounded([...bounds], partitionsAtOnce, async ([partition, found]) => {
    const ways = waysOf(partition.topic);
    const all = [ownBound(partition, ways, flow), ...found];
    const held = toTheLeast(partition, all, ways);
    try {
      await passHeld(partition, held, { told: { ways, bounds: all, mapOf }, pages });
    } catch (error) {
      failures.push(toMirrorlessError(error));
    }
  });
  return failures;
}

/** Page by page: those that have come to the end of one go on with the next. */
async function passHeld(
  partition: PartitionView,
  held: readonly Held[],
  { told, pages }: { told: Told; pages: Pages },
): Promise<void> {
  let open = held;
  for (let count = 0; count < pages.countMax && open.length > 0; count += 1) {
    const from = open.map((one) => one.from).reduce(smaller);
    const end = from + pages.offsets;
    const [inPage, later] = [
      open.filter((one) => one.from < end),
      open.filter((one) => one.from >= end),
    ];
    const to = smaller(end, inPage.map((one) => one.to).reduce(larger));
    const written = await writtenIn({ from, to }, partition, told);
    const ahead = inPage.flatMap((one): Held[] => {
      const reached = pass({ ...one, to: smaller(one.to, end) }, written);
      moveTo(partition, one.index, reached);
      return reached === end && end < one.to ? [{ ...one, from: end }] : [];
    });
    open = [...later, ...ahead];
  }
}

function ownBound(
  { positions, mapEnd }: PartitionView,
  ways: readonly ProvenanceFlow[],
  { source, target }: Way,
): Bound {
  const flow = ways.find((way) => way.source === source && way.target === target)!;
  const offsets = positions.map(({ downstream }) =>
    'offset' in downstream ? downstream.offset : 0n,
  );
  return { flow, direction: 'downstream', offsets, end: mapEnd?.downstream ?? 0n };
}

/** A position at the end of a map, and how far it could go on at most. */
interface Held extends Stretch {
  index: number;
}

function toTheLeast(
  partition: PartitionView,
  bounds: readonly Bound[],
  ways: readonly ProvenanceFlow[],
): Held[] {
  // Where a flow takes on what others have brought, the record that it tells of may be one of those.
  const ofRecords = bounds.filter(
    ({ flow, direction }) => direction === 'downstream' || takenOn(flow, ways).length === 0,
  );
  return partition.positions.flatMap(({ downstream }, index): Held[] => {
    if (!('offset' in downstream)) return [];
    const offsets = bounds.map((bound) => bound.offsets[index]!);
    const unread = ofRecords.flatMap(({ offsets: of, end }) =>
      of[index]! < end ? of[index]! : [],
    );
    const from = larger(offsets.reduce(smaller), partition.copyStart ?? 0n);
    const to = unread.length > 0 ? unread.reduce(smaller) : offsets.reduce(larger);
    moveTo(partition, index, from);
    return from < to ? [{ index, from, to }] : [];
  });
}

function moveTo({ positions }: PartitionView, index: number, offset: bigint): void {
  const position = positions[index]!;
  const { downstream } = position;
  if (!('offset' in downstream) || downstream.offset === offset) return;
  position.downstream = { ...downstream, offset };
}

/** Who has written a topic of the target, as far as maps tell; ascending. */
interface Written {
  /** Flows to the target. */
  brought: readonly Run[];
  /** What a flow from the target has taken on: what was written there, and maybe what was brought. */
  taken: readonly Run[];
}

interface Run extends Stretch {
  /** It is read as far as each of them tells. */
  bounds: readonly Bound[];
}

interface Told {
  ways: readonly ProvenanceFlow[];
  bounds: readonly Bound[];
  mapOf: OtherWays['mapOf'];
}

async function writtenIn(
  stretch: Stretch,
  partition: PartitionView,
  { ways, bounds, mapOf }: Told,
): Promise<Written> {
  const byFlow = [...Map.groupBy(bounds, ({ flow }) => flow).values()];
  const away = bounds.find(({ direction }) => direction === 'upstream');
  const bringing = byFlow.filter(([bound, ...more]) => {
    if (bound === away) return false;
    // The flow itself brings all that passes its source. Of another one it must be known of each
    // cluster whose records it brings how much of them is read.
    return bound === bounds[0] || more.length + 1 === broughtBy(bound!.flow, ways).size;
  });
  const runsOf = async (of: readonly Bound[]): Promise<Run[]> => {
    const { flow, direction: side } = of[0]!;
    const runs = await runsBetween(mapOf(flow), partition, { ...stretch, side });
    return runs.map((run) => ({ ...run, bounds: of }));
  };
  const [taken, ...brought] = await Promise.all([
    away === undefined ? [] : runsOf([away]),
    ...bringing.map(runsOf),
  ]);
  const certainUpTo = away && certainty(away.flow, ways, bringing);
  return {
    brought: brought.flat().sort((one, other) => (one.from < other.from ? -1 : 1)),
    taken: certainUpTo === undefined ? taken : taken.map((run) => upTo(certainUpTo, run)),
  };
}

/**
 * A record that a flow takes on was written there at first hand unless another flow has brought it:
 * which is known up to where the maps of those end whose records it takes on.
 */
function certainty(
  away: Way,
  ways: readonly ProvenanceFlow[],
  bringing: readonly (readonly Bound[])[],
): bigint | undefined {
  const ends = takenOn(away, ways).map((flow) => {
    const found = bringing.flat().find((bound) => bound.flow === flow);
    return found?.end ?? 0n;
  });
  return ends.length === 0 ? undefined : ends.reduce(smaller);
}

/** The flows to the source of another one of whose records that brings some farther. */
function takenOn(away: Way, ways: readonly ProvenanceFlow[]): ProvenanceFlow[] {
  const leftOut = leftOutBy(away, ways);
  const isTaken = (origin: string) => !leftOut.has(origin);
  return ways.filter(
    (flow) => flow.target === away.source && [...broughtBy(flow, ways)].some(isTaken),
  );
}

/** As far as every offset is known to be read; no farther than the position could go. */
function pass({ index, from, to }: Held, { brought, taken }: Written): bigint {
  let offset = from;
  for (let [at, takenAt] = [0, 0]; offset < to; ) {
    while (at < brought.length && brought[at]!.to <= offset) at += 1;
    while (takenAt < taken.length && taken[takenAt]!.to <= offset) takenAt += 1;
    const next = brought[at];
    const run = next === undefined || next.from > offset ? upTo(next?.from, taken[takenAt]) : next;
    if (run === undefined || run.from > offset) break;
    const readUpTo = run.bounds.map(({ offsets }) => offsets[index]!).reduce(smaller, run.to);
    if (readUpTo <= offset) break;
    offset = readUpTo;
  }
  return smaller(offset, to);
}

function upTo<T extends Run | undefined>(limit: bigint | undefined, run: T): T {
  if (limit === undefined || run === undefined || run.to <= limit) return run;
  return { ...run, to: limit };
}
