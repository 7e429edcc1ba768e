/** Which record of the target is the copy of which record of the source, whatever went wrong. */
import { createHash } from 'node:crypto';
import { tagHeader } from './awkward.ts';
import type { DumpedRecord } from './records.ts';

export interface Pair {
  source: DumpedRecord;
  copy: DumpedRecord;
}

export interface Alignment {
  /** In the order of the source, which is the order of the target too. */
  kept: Pair[];
  /** The fewest pairs that would have to move for the order to be the source's. */
  reordered: Pair[];
  /** Further copies of a source record that has one. */
  duplicated: Pair[];
  lost: DumpedRecord[];
  /** On the target, and no copy of anything. */
  unexpected: DumpedRecord[];
}

/** A pair by position: indexes into source and target. */
type Match = readonly [source: number, target: number];

/**
 * Sound whatever is in the dumps: nothing but `kept` pairs means that the target is the source,
 * record by record. Records are recognised by their tag, and without one by what they hold; equal
 * records by their turn. What is recognised on neither side but stands in the same place between
 * the same neighbours, as many on each side, is taken as altered.
 */
export function align(
  source: readonly DumpedRecord[],
  target: readonly DumpedRecord[],
  timestamps: 'kept' | 'replaced',
): Alignment {
  const label = (record: DumpedRecord) => labelOf(record, timestamps);
  const { matches, duplicates } = matchByLabel(source.map(label), target.map(label));
  const inOrder = longestInOrder(matches);
  const placed = matchByPlace({ source, target, matches, duplicates, inOrder });
  const pair = ([s, t]: Match): Pair => ({ source: source[s]!, copy: target[t]! });
  const everyMatch = [...matches, ...placed];
  const found = new Set(everyMatch.map(([s]) => s));
  const explained = new Set([...everyMatch, ...duplicates].map(([, t]) => t));
  const ordered = new Set(inOrder);
  return {
    kept: [...inOrder, ...placed].sort(([a], [b]) => a - b).map(pair),
    reordered: matches.filter((match) => !ordered.has(match)).map(pair),
    duplicated: duplicates.map(pair),
    lost: source.filter((_, index) => !found.has(index)),
    unexpected: target.filter((_, index) => !explained.has(index)),
  };
}

function labelOf(record: DumpedRecord, timestamps: 'kept' | 'replaced'): string {
  const tag = tagOf(record);
  return tag === undefined ? `content ${contentHash(record, timestamps)}` : `tag ${tag}`;
}

/** `producer/sequence[/end]` or `foreign/...`; undefined where the shape has no place for it. */
export function tagOf(record: { headers: DumpedRecord['headers'] }): string | undefined {
  const value = record.headers.find(([name]) => name === tagHeader)?.[1];
  return value ? Buffer.from(value).toString() : undefined;
}

/** Without what a replicator may be allowed to lose: null headers, and replaced timestamps. */
function contentHash(record: DumpedRecord, timestamps: 'kept' | 'replaced'): string {
  const hash = createHash('sha256');
  const add = (bytes: Uint8Array | null) => {
    hash.update(bytes === null ? 'null;' : `${bytes.length};`);
    if (bytes !== null) hash.update(bytes);
  };
  add(record.key);
  add(record.value);
  for (const [name, value] of record.headers) {
    if (value === null) continue;
    add(Buffer.from(name));
    add(value);
  }
  if (timestamps === 'kept') hash.update(`at ${record.timestamp}`);
  return hash.digest('base64');
}

/** The first copies of a label in turn; what is left over on the target repeats the last of them. */
function matchByLabel(
  source: readonly string[],
  target: readonly string[],
): { matches: Match[]; duplicates: Match[] } {
  const sources = Map.groupBy(source.keys(), (index) => source[index]!);
  const turns = new Map<string, number>();
  const matches: Match[] = [];
  const duplicates: Match[] = [];
  target.forEach((label, index) => {
    const same = sources.get(label);
    if (same === undefined) return;
    const turn = turns.get(label) ?? 0;
    turns.set(label, turn + 1);
    if (turn < same.length) matches.push([same[turn]!, index]);
    else duplicates.push([same.at(-1)!, index]);
  });
  return { matches: matches.sort(([a], [b]) => a - b), duplicates };
}

/** The longest part of the matches (ascending by source) that ascends by target: patience sorting. */
function longestInOrder(matches: readonly Match[]): Match[] {
  const piles: number[] = [];
  const previous: number[] = [];
  matches.forEach(([, target], index) => {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (matches[piles[middle]!]![1] < target) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : piles[low - 1]!;
    piles[low] = index;
  });
  const inOrder: Match[] = [];
  for (let index = piles.at(-1) ?? -1; index !== -1; index = previous[index]!) {
    inOrder.push(matches[index]!);
  }
  return inOrder.reverse();
}

/** Between two neighbouring matches: as many strangers on either side are each other's copies. */
function matchByPlace(known: {
  source: readonly DumpedRecord[];
  target: readonly DumpedRecord[];
  matches: readonly Match[];
  duplicates: readonly Match[];
  inOrder: readonly Match[];
}): Match[] {
  const { source, target, matches, duplicates, inOrder } = known;
  const sources = new Set(matches.map(([s]) => s));
  const targets = new Set([...matches, ...duplicates].map(([, t]) => t));
  const placed: Match[] = [];
  let before: Match = [-1, -1];
  for (const after of [...inOrder, [source.length, target.length] as const]) {
    const strangers = between(before[0], after[0]).filter((index) => !sources.has(index));
    const candidates = between(before[1], after[1]).filter((index) => !targets.has(index));
    if (strangers.length === candidates.length) {
      strangers.forEach((index, turn) => {
        placed.push([index, candidates[turn]!]);
      });
    }
    before = after;
  }
  return placed;
}

function between(before: number, after: number): number[] {
  return Array.from({ length: after - before - 1 }, (_, index) => before + 1 + index);
}
