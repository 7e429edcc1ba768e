/** What the map of a flow tells of a stretch of offsets, of its target or of its source. */
import { type Direction, runsOf } from '../state/offset-map.ts';
import type { SourcePartition, StateStore, Translation } from '../state/ports.ts';

export type OffsetMap = Pick<StateStore, 'translate' | 'segments'>;

/** Without `to`. */
export interface Stretch {
  from: bigint;
  to: bigint;
}

/**
 * The records that a flow has copied, ascending, where they lie on one of its sides: all that lie in
 * the stretch of that side, and maybe others near it. Rejects where the map cannot be read.
 */
export async function runsBetween(
  map: OffsetMap,
  partition: SourcePartition,
  { from, to, side }: Stretch & { side: Direction },
): Promise<Stretch[]> {
  const upstream =
    side === 'upstream' ? { from, to } : await copiedTo(map, partition, { from, to });
  if (upstream === undefined) return [];
  const segments = await map.segments(partition, upstream.from, upstream.to - 1n);
  const runs = segments.flatMap((segment) => [...runsOf(segment)]);
  return runs.map((run) => ({ from: run[side], to: run[side] + BigInt(run.length) }));
}

async function copiedTo(
  map: OffsetMap,
  partition: SourcePartition,
  { from, to }: Stretch,
): Promise<Stretch | undefined> {
  const [answer] = await map.translate([{ partition, offsets: [from, to] }], 'upstream');
  if (!answer!.ok) throw answer!.error;
  const { translations, end } = answer!.value;
  return upstreamBetween([translations[0]!, translations[1]!], end?.upstream ?? 0n);
}

/**
 * What of the source was copied to between two offsets of the target, by what the map says of these.
 * Undefined where both lie on the same side of the map, or there is none.
 */
export function upstreamBetween(
  [first, last]: readonly [Translation, Translation],
  upstreamEnd: bigint,
): Stretch | undefined {
  const isOutside = first.status === 'no-map' || first.status === 'ahead';
  if (isOutside || last.status === 'before-map') return undefined;
  return {
    from: first.status === 'exact' ? first.offset : 0n,
    to: last.status === 'exact' ? last.offset : upstreamEnd,
  };
}
