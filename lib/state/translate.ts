/**
 * Many offsets of one partition through its map: the newest segment is in hand, closed ones are in
 * the table and are read after it. One that is closed between the two reads is then in both instead
 * of in none, and is taken as it was first; one that is pruned in between was at the start of the
 * map, which from then on begins after it.
 */
import { MirrorlessError } from '../errors.ts';
import { type Direction, sides, translateAllWithin } from './offset-map.ts';
import type { Segment, TranslatedPartition, Translation } from './ports.ts';

/** Those of one generation; offsets are of the side that is translated from. */
export interface ClosedSegments {
  /** The one that begins last at or before the offset: only it can hold the offset. */
  covering(offset: bigint): Promise<Segment | undefined>;
  /** The first of those that begin at or after the offset, ascending. */
  from(offset: bigint, countMax: number): Promise<Segment[]>;
}

interface OffsetMap {
  newest: Segment;
  closed: ClosedSegments;
  direction: Direction;
}

/** Throws STATE_CORRUPT where a segment does not decode, or is missing in the middle of the map. */
export async function translateOffsets(
  map: OffsetMap,
  offsets: readonly bigint[],
): Promise<TranslatedPartition> {
  const ascending = [...new Set(offsets)].sort((one, other) => (one < other ? -1 : 1));
  const found = await translateAscending(map, ascending);
  const byOffset = new Map(ascending.map((offset, index) => [offset, found[index] as Translation]));
  return {
    end: { upstream: map.newest.upstreamEnd, downstream: map.newest.downstreamEnd },
    translations: offsets.map((offset) => byOffset.get(offset) as Translation),
  };
}

async function translateAscending(
  map: OffsetMap,
  offsets: readonly bigint[],
): Promise<Translation[]> {
  const [{ start, end: mapEnd }] = sides(map.newest, map.direction);
  const olderCount = countBelow(offsets, start);
  const coveredCount = countBelow(offsets, mapEnd + 1n);
  return [
    ...(await translateOlder(map, offsets.slice(0, olderCount))),
    ...exact(map.newest, offsets.slice(olderCount, coveredCount), map.direction),
    ...offsets.slice(coveredCount).map((): Translation => ({ status: 'ahead', mapEnd })),
  ];
}

/** Segments that are read in one go at most, which bounds the memory: one has 4 KB. */
const pageMax = 64;

/**
 * A walk over the closed segments, ascending. It seeks one by its offset and, while the next offset
 * is near, reads on behind it, twice as many as the last read brought of use. So it reads a segment
 * once at most, and three times as many at most as the offsets lie in, yet takes few reads where
 * they are dense.
 */
async function translateOlder(map: OffsetMap, offsets: readonly bigint[]): Promise<Translation[]> {
  const translations: Translation[] = [];
  let reached: Reached | undefined;
  while (translations.length < offsets.length) {
    const rest = offsets.slice(translations.length);
    const page = await nextPage(map, rest, reached);
    const { translated, usefulCount } = translatePage(page, rest, map.direction);
    for (const translation of translated) translations.push(translation);
    reached = { last: page.at(-1) as Segment, usefulCount };
  }
  return translations;
}

/** How far the walk has come: the last segment it read, and what its last read brought of use. */
interface Reached {
  last: Segment;
  usefulCount: number;
}

/** Segments of which the first holds the next offset or, where that lies before it, begins the map. */
async function nextPage(
  { closed, direction, newest }: OffsetMap,
  offsets: readonly bigint[],
  reached: Reached | undefined,
): Promise<readonly Segment[]> {
  const next = offsets[0] as bigint;
  if (reached !== undefined && isNear(reached, next, direction)) {
    const countMax = Math.min(2 * reached.usefulCount, pageMax, offsets.length);
    const page = await closed.from(sides(reached.last, direction)[0].end, countMax);
    if (page[0] !== undefined && sides(page[0], direction)[0].start <= next) return page;
  }
  const covering = await closed.covering(next);
  if (covering === undefined) {
    const [oldest] = await closed.from(0n, 1);
    return [oldest ?? newest];
  }
  if (next >= sides(covering, direction)[0].end) throw missing(next);
  return [covering];
}

/** Where segments go on being as long as the last, every other one of the next will be of use. */
function isNear({ last, usefulCount }: Reached, next: bigint, direction: Direction): boolean {
  const [{ start, end }] = sides(last, direction);
  return usefulCount > 0 && next - end <= 2n * (end - start);
}

/** As many of the offsets as lie before the page's first segment, or in it and those that join on. */
function translatePage(page: readonly Segment[], offsets: readonly bigint[], direction: Direction) {
  const translated: Translation[][] = [];
  let rest = offsets;
  let usefulCount = 0;
  for (const segment of page) {
    const [{ start, end }] = sides(segment, direction);
    const before = rest.slice(0, countBelow(rest, start));
    if (before.length > 0 && segment !== page[0]) break;
    const inside = rest.slice(before.length, countBelow(rest, end));
    translated.push(before.map(() => ({ status: 'before-map', mapStart: start })));
    translated.push(exact(segment, inside, direction));
    rest = rest.slice(before.length + inside.length);
    if (inside.length > 0) usefulCount += 1;
  }
  return { translated: translated.flat(), usefulCount };
}

function exact(segment: Segment, offsets: readonly bigint[], direction: Direction): Translation[] {
  const translated = translateAllWithin(segment, offsets, direction);
  return translated.map((offset) => ({ status: 'exact', offset }));
}

/** Of ascending offsets. */
function countBelow(offsets: readonly bigint[], limit: bigint): number {
  const index = offsets.findIndex((offset) => offset >= limit);
  return index === -1 ? offsets.length : index;
}

function missing(offset: bigint): MirrorlessError {
  const what = `The segment of the offset map that holds offset ${offset} is missing.`;
  return new MirrorlessError('STATE_CORRUPT', what);
}
