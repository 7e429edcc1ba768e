/** The closed segments of one generation of a partition in the table, by offsets of either side. */
import type { TableCalls } from './calls.ts';
import { type Key, readClosed, readIndexed } from './items.ts';
import type { Direction } from './offset-map.ts';
import type { Segment } from './ports.ts';
import { closedFrom, lastClosedBefore } from './requests.ts';
import type { ClosedSegments } from './translate.ts';

/** Where to look: `side` says on which side the offsets that are asked for lie. */
interface Place {
  key: Key;
  generation: number;
  side: Direction;
}

/** Upstream, an offset is found in the table's own order; downstream, in its index. */
export function closedSegments(calls: TableCalls, place: Place): ClosedSegments {
  const { key, ...sought } = place;
  const read = place.side === 'upstream' ? readWhole : readByIndex;
  return {
    async covering(offset) {
      if (offset < 0n) return undefined;
      const query = lastClosedBefore(calls.table, key, { ...sought, offset });
      const [segment] = await read(calls, query);
      return segment;
    },
    from(offset, countMax) {
      return read(calls, closedFrom(calls.table, key, { ...sought, offset, countMax }));
    },
  };
}

type Query = Parameters<TableCalls['query']>[0];

async function readWhole(calls: TableCalls, query: Query): Promise<Segment[]> {
  const items = await calls.query(query);
  return items.map(readClosed);
}

/** One that is pruned after the index was read is not there any more, as if it had been before. */
async function readByIndex(calls: TableCalls, query: Query): Promise<Segment[]> {
  const indexed = await calls.query(query);
  const items = await calls.read(indexed.map((item) => readIndexed(item).key));
  const segments = items.map(readClosed);
  return segments.sort((one, other) => (one.downstreamStart < other.downstreamStart ? -1 : 1));
}
