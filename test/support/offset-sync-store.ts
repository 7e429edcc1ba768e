/**
 * What MirrorMaker 2 makes of offset syncs, written again from how its OffsetSyncStore behaves;
 * test/integration/mm2-offset-sync-store.test.ts holds this model equal to the Java class itself.
 */

export interface SyncPosition {
  upstreamOffset: bigint;
  downstreamOffset: bigint;
}

const slotCount = 64;

/** One partition. Slot 0 is the newest sync; a slot that nothing fits repeats its neighbour's. */
export class OffsetSyncStore {
  #slots: SyncPosition[] = [];

  read(sync: SyncPosition): void {
    const newest = this.#slots[0];
    if (newest === undefined || sync.upstreamOffset < newest.upstreamOffset) {
      this.#slots = Array.from({ length: slotCount }, () => sync);
    } else {
      this.#slots = merged(this.#slots, sync);
    }
  }

  /** Undefined where MM2 publishes no checkpoint. */
  translate(offset: bigint): bigint | undefined {
    const sync = this.#slots.find(({ upstreamOffset }) => upstreamOffset <= offset);
    if (sync === undefined) return undefined;
    return sync.upstreamOffset === offset ? sync.downstreamOffset : sync.downstreamOffset + 1n;
  }

  /** Distinct syncs, the newest first. */
  kept(): SyncPosition[] {
    return [...new Set(this.#slots)];
  }
}

function merged(old: readonly SyncPosition[], sync: SyncPosition): SyncPosition[] {
  const slots = [...old];
  slots[0] = sync;
  let replacement = sync;
  let cursor = 0;
  for (let current = 1; current < slotCount; current++) {
    const previous = current - 1;
    let isSkipped: boolean;
    do {
      const candidate = old[cursor]!;
      const isDuplicate = cursor + 1 < slotCount && old[cursor + 1] === candidate;
      const isFresh = isNotTooOld(slots[previous]!, candidate, [previous, current]);
      const isApart = isSeparated(slots[previous]!, candidate, previous);
      const isRoomy =
        current === slotCount - 1 || isSeparated(candidate, slots[current + 1]!, current);
      const isPromoted = isFresh && isApart && isRoomy;
      if (isPromoted) replacement = candidate;
      isSkipped = isDuplicate || !isApart;
      if (isPromoted || isSkipped) cursor += 1;
    } while (cursor < current && isSkipped);
    if (isNotTooOld(slots[previous]!, slots[current]!, [previous, current])) break;
    slots[current] = replacement;
  }
  return slots;
}

/** Invariant B. */
function isNotTooOld(
  newer: SyncPosition,
  older: SyncPosition,
  [i, j]: readonly [number, number],
): boolean {
  const bound = older.upstreamOffset + 2n ** BigInt(j) - 2n ** BigInt(i);
  return newer === older || newer.upstreamOffset <= bound;
}

/** Invariant C. */
function isSeparated(newer: SyncPosition, older: SyncPosition, i: number): boolean {
  const bound = older.upstreamOffset + 2n ** BigInt(Math.max(i - 2, 0));
  return newer === older || newer.upstreamOffset >= bound;
}
