/** How many copied records lie between two positions of the target, counted through the map. */

import { larger, smaller } from '../bigint.ts';
import { mapBounded } from '../bounded.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { Settled } from '../kafka/ports.ts';
import { runsOf } from '../state/offset-map.ts';
import type { Run, SourcePartition, TranslatedPartition, Translation } from '../state/ports.ts';
import { type OffsetMap, upstreamBetween } from './runs-between.ts';

/** From `from` up to `to`, without it: offsets of the target; `from` is not above `to`. */
export interface Stretch {
  partition: SourcePartition;
  from: bigint;
  to: bigint;
}

export interface Distance {
  records: bigint;
  /** False where a part lies outside the map, of which each offset counts as one: then at most. */
  isExact: boolean;
}

const partitionsAtOnce = 16;

/**
 * In the order of the stretches. Offsets of the target that hold no copied record (markers of
 * transactions, records of foreign writers) do not count.
 */
export async function copiedBetween(
  map: OffsetMap,
  stretches: readonly Stretch[],
): Promise<Settled<Distance>[]> {
  const groups = Object.values(
    Object.groupBy(stretches.entries(), ([, { partition }]) => keyOf(partition)),
  ) as [number, Stretch][][];
  const requests = groups.map((group) => ({
    partition: group[0]![1].partition,
    offsets: group.flatMap(([, { from, to }]) => [from, to]),
  }));
  const translated = await map.translate(requests, 'upstream');
  const distances = new Array<Settled<Distance>>(stretches.length);
  await mapBounded(groups, partitionsAtOnce, async (group, index) => {
    const counted = await countPartition(map, group, translated[index]!);
    for (const [place, [position]] of group.entries()) distances[position] = counted[place]!;
  });
  return distances;
}

function keyOf({ topic, partition }: SourcePartition): string {
  return `${topic}-${partition}`;
}

async function countPartition(
  map: OffsetMap,
  group: readonly [number, Stretch][],
  translated: Settled<TranslatedPartition>,
): Promise<Settled<Distance>[]> {
  if (!translated.ok) return group.map(() => translated);
  const { translations, end } = translated.value;
  const parts = group.map(([, stretch], index): Part => {
    const ends = [translations[2 * index]!, translations[2 * index + 1]!] as const;
    return partOf(stretch, ends, end?.upstream ?? 0n);
  });
  const first = parts.map(({ from }) => from).reduce(smaller);
  const last = parts.map(({ to }) => to).reduce(larger) - 1n;
  try {
    const segments = await map.segments(group[0]![1].partition, first, last);
    const runs = segments.flatMap((segment) => [...runsOf(segment)]);
    return parts.map((part) => ({ ok: true, value: distanceOf(part, runs) }));
  } catch (cause) {
    const error: MirrorlessError = toMirrorlessError(cause);
    return group.map(() => ({ ok: false, error }));
  }
}

/** What of a stretch lies in the map, in offsets of the source, and how many offsets lie outside. */
interface Part {
  from: bigint;
  to: bigint;
  outside: bigint;
}

function partOf(
  { from, to }: Stretch,
  [first, last]: readonly [Translation, Translation],
  upstreamEnd: bigint,
): Part {
  const inside = upstreamBetween([first, last], upstreamEnd);
  if (inside === undefined) return { from: 0n, to: 0n, outside: to - from };
  const before = first.status === 'before-map' ? first.mapStart - from : 0n;
  const beyond = last.status === 'ahead' ? to - last.mapEnd : 0n;
  return { ...inside, outside: before + beyond };
}

function distanceOf({ from, to, outside }: Part, runs: readonly Run[]): Distance {
  const inside = runs.reduce((sum, { upstream, length }) => {
    const start = larger(from, upstream);
    const end = smaller(to, upstream + BigInt(length));
    return end > start ? sum + (end - start) : sum;
  }, 0n);
  return { records: inside + outside, isExact: outside === 0n };
}
