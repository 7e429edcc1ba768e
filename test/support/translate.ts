import type { SourcePartition, StateStore, Translation } from '../../lib/state/ports.ts';

export type TranslateOne = (
  partition: SourcePartition,
  offset: bigint,
  direction: 'downstream' | 'upstream',
) => Promise<Translation>;

/** Asks a store for one offset of one partition. */
export function oneByOne(store: StateStore): TranslateOne {
  return async (partition, offset, direction) => {
    const [answer] = await store.translate([{ partition, offsets: [offset] }], direction);
    if (!answer?.ok) throw answer?.error ?? new Error('The store gave no answer.');
    return answer.value.translations[0] as Translation;
  };
}
