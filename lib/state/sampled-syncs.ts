/**
 * What MirrorMaker 2's offset syncs told of a partition before the map was begun. A flow that was
 * taken over has them beside its segments, in an item of their own, `sampled`; `packed` is a list of
 * (upstream gap, downstream gap, 1): each is a run of one record, of which the place is known.
 */
import { type Item, type Key, newestKey, reading } from './items.ts';
import { entriesOf, entryBytesMax, writeEntry } from './packed.ts';
import type { SampledSync, SourcePartition, Translation } from './ports.ts';

/** Beside `newest`, which is where the partition stands now. */
export const sampledPosition = { S: 'sampled' };

export function sampledKey(flow: string, partition: SourcePartition): Key {
  return { ...newestKey(flow, partition), position: sampledPosition };
}

/** `syncs` ascend on both sides. */
export function sampledItem(key: Key, syncs: readonly SampledSync[]): Item {
  const bytes = new Uint8Array(syncs.length * entryBytesMax);
  let end = 0;
  let next = { upstreamOffset: 0n, downstreamOffset: 0n };
  for (const { upstreamOffset, downstreamOffset } of syncs) {
    const upstreamGap = Number(upstreamOffset - next.upstreamOffset);
    const downstreamGap = Number(downstreamOffset - next.downstreamOffset);
    end = writeEntry(bytes, end, [upstreamGap, downstreamGap, 1]);
    next = { upstreamOffset: upstreamOffset + 1n, downstreamOffset: downstreamOffset + 1n };
  }
  return { ...key, packed: { B: bytes.slice(0, end) } };
}

/** Throws STATE_CORRUPT where the item is not what was written. */
export function readSampled(item: Item): SampledSync[] {
  return reading(item, () => {
    const packed = item['packed']?.B;
    if (packed === undefined) throw new TypeError('packed is missing.');
    const syncs: SampledSync[] = [];
    let next = { upstreamOffset: 0n, downstreamOffset: 0n };
    for (const [upstreamGap, downstreamGap] of entriesOf(packed)) {
      const upstreamOffset = next.upstreamOffset + BigInt(upstreamGap);
      const downstreamOffset = next.downstreamOffset + BigInt(downstreamGap);
      syncs.push({ upstreamOffset, downstreamOffset });
      next = { upstreamOffset: upstreamOffset + 1n, downstreamOffset: downstreamOffset + 1n };
    }
    return syncs;
  });
}

/**
 * Translations of offsets before the map, by the rule of MM2's OffsetSyncStore: at the record of a
 * sync exactly its place, behind it the next one and no further. So it is never too late.
 */
export function translateSampled(
  syncs: readonly SampledSync[],
  offsets: readonly bigint[],
  translations: readonly Translation[],
): Translation[] {
  return translations.map((translation, index) => {
    if (translation.status !== 'before-map') return translation;
    const offset = offsets[index] as bigint;
    const sync = syncs.findLast(({ upstreamOffset }) => upstreamOffset <= offset);
    if (sync === undefined) return translation;
    const { upstreamOffset, downstreamOffset } = sync;
    const translated = upstreamOffset === offset ? downstreamOffset : downstreamOffset + 1n;
    return { status: 'sampled', offset: translated, mapStart: translation.mapStart };
  });
}
