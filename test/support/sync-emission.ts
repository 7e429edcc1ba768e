import type { SyncPosition } from './offset-sync-store.ts';

/**
 * Which offset syncs MirrorMaker 2 writes of one partition, for a test to compare with. It flushes
 * once a minute, as often as the checkpoint function runs; nothing is lost on the way.
 */
export function syncEmission(lagMax: number) {
  let previous = { upstreamOffset: -1n, downstreamOffset: -1n };
  let lastDownstream = -1n;
  return {
    /** Records that the target acknowledged, followed by a flush. */
    acknowledged(records: readonly SyncPosition[]): SyncPosition[] {
      const syncs: SyncPosition[] = [];
      let delayed: SyncPosition | undefined;
      for (const record of records) {
        const { upstreamOffset, downstreamOffset } = record;
        const isDue =
          lastDownstream === -1n ||
          downstreamOffset - (lastDownstream + 1n) >= lagMax ||
          upstreamOffset - previous.upstreamOffset !== 1n ||
          downstreamOffset < previous.downstreamOffset;
        if (isDue) lastDownstream = downstreamOffset;
        if (isDue) syncs.push(record);
        delayed = isDue ? undefined : record;
        previous = record;
      }
      if (delayed !== undefined) syncs.push(delayed);
      return syncs;
    },
  };
}
