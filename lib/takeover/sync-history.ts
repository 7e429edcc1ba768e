/** What of a partition's offset syncs can be used, and is worth keeping. */
import type { SampledSync } from '../state/ports.ts';

/**
 * Takes the next sync of a partition. As MM2's readers do, it forgets those before it where the
 * source was rewound; and where the target was, since they then tell of a topic that is gone.
 */
export function addSync(history: SampledSync[], next: SampledSync): void {
  const last = history.at(-1);
  const follows =
    last === undefined ||
    (next.upstreamOffset > last.upstreamOffset && next.downstreamOffset > last.downstreamOffset);
  if (!follows) history.length = 0;
  history.push(next);
}

/** An item of the state table has room for these, and some more. */
const keptMax = 1000;
/** Of more, neighbours are no further apart than this part of their distance from the newest. */
const fineness = 64n;

/** Those before the map; of many the newest, and the further back, the fewer. Ascending. */
export function keptSyncs(
  history: readonly SampledSync[],
  mapStart: { upstream: bigint; downstream: bigint },
): SampledSync[] {
  const before = history.filter(
    (sync) =>
      sync.upstreamOffset < mapStart.upstream && sync.downstreamOffset < mapStart.downstream,
  );
  if (before.length <= keptMax) return before;
  const newest = before.at(-1)!;
  const kept = [newest];
  for (const [index, sync] of [...before.entries()].reverse().slice(1)) {
    const last = kept.at(-1)!.upstreamOffset;
    const reach = last - (newest.upstreamOffset - last) / fineness;
    const lower = before[index - 1];
    // The lowest within reach of the last one, or the next where none is.
    if (lower === undefined || lower.upstreamOffset < reach) kept.push(sync);
  }
  return kept.reverse();
}
