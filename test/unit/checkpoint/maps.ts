/** Offset maps without a table: those of the state store's rules, over segments in memory. */
import { MirrorlessError } from '../../../lib/errors.ts';
import { type Direction, sides } from '../../../lib/state/offset-map.ts';
import type {
  Segment,
  SourcePartition,
  StateStore,
  TranslatedPartition,
  TranslationRequest,
} from '../../../lib/state/ports.ts';
import { translateOffsets } from '../../../lib/state/translate.ts';

export type ReadableMap = Pick<StateStore, 'translate' | 'segments'>;

export const unreadable = new MirrorlessError('STATE_CORRUPT', 'A segment does not decode.');

/** Keyed `topic-partition`, segments ascending; one that is given as `corrupt` cannot be read; all begun at one place. */
export function mapOver(
  maps: Record<string, readonly Segment[] | 'corrupt'>,
  begun?: TranslatedPartition['begun'],
): ReadableMap {
  const mapOf = ({ topic, partition }: SourcePartition) => maps[`${topic}-${partition}`] ?? [];
  return {
    async segments(partition, first, last) {
      const segments = mapOf(partition);
      if (segments === 'corrupt') throw unreadable;
      return segments.filter(
        ({ upstreamStart, upstreamEnd }) => upstreamStart <= last && upstreamEnd > first,
      );
    },
    async translate(requests, direction) {
      const answers = await Promise.all(
        requests.map((request) => translateOne(mapOf(request.partition), request, direction)),
      );
      return answers.map((answer) =>
        answer.ok && begun ? { ok: true, value: { ...answer.value, begun } } : answer,
      );
    },
  };
}

async function translateOne(
  segments: readonly Segment[] | 'corrupt',
  { offsets }: TranslationRequest,
  direction: Direction,
): ReturnType<StateStore['translate']> extends Promise<(infer One)[]> ? Promise<One> : never {
  if (segments === 'corrupt') return { ok: false, error: unreadable };
  const newest = segments.at(-1);
  if (newest === undefined) {
    return { ok: true, value: { translations: offsets.map(() => ({ status: 'no-map' })) } };
  }
  const older = segments.slice(0, -1);
  const startOf = (segment: Segment): bigint => sides(segment, direction)[0].start;
  const closed = {
    covering: async (offset: bigint) => older.findLast((segment) => startOf(segment) <= offset),
    from: async (offset: bigint, countMax: number) =>
      older.filter((segment) => startOf(segment) >= offset).slice(0, countMax),
  };
  return { ok: true, value: await translateOffsets({ newest, closed, direction }, offsets) };
}
