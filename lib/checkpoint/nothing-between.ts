/**
 * Positions that the map alone cannot tell are exact all the same where the source holds no record
 * in between: markers of transactions, what compaction and retention took away, an empty partition.
 */
import type { MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { StateStore } from '../state/ports.ts';
import { firstUnread, isEmptyBetween, lookAt, type Question } from './first-unread.ts';
import type { PartitionView } from './partitions.ts';
import type { DownstreamPosition, GroupPosition } from './positions.ts';

/** Beyond the map: exact at its end where nothing lies between that and the committed offset. */
export function proveAhead(partition: PartitionView): void {
  const { mapEnd, positions } = partition;
  if (mapEnd === undefined) return;
  const atTheEnd: DownstreamPosition = { status: 'exact', offset: mapEnd.downstream };
  for (const position of positions) {
    if (position.downstream.status !== 'ahead') continue;
    if (isEmptyBetween(partition, mapEnd.upstream, position.upstreamOffset)) {
      position.downstream = atTheEnd;
    }
  }
}

/**
 * Nothing copied yet: exact at the end of the copy where the source holds nothing that the group has
 * read, and all that it will read is still to be copied behind that end. The latter is known of an
 * empty source; otherwise of an empty copy, which nobody else has filled before, in a flow that
 * leaves no record out.
 */
export function proveUnmapped(
  partition: PartitionView,
  { startsAtEarliest }: { startsAtEarliest: boolean },
): void {
  const { unmapped, positions, sourceEnd } = partition;
  if (unmapped === undefined || sourceEnd === undefined) return;
  const { copyStart, copyEnd } = unmapped;
  const allIsToCome =
    (startsAtEarliest && copyStart === copyEnd) || isEmptyBetween(partition, 0n, sourceEnd);
  if (!allIsToCome) return;
  const atTheEnd: DownstreamPosition = { status: 'exact', offset: copyEnd };
  for (const position of positions) {
    if (isEmptyBetween(partition, 0n, position.upstreamOffset)) position.downstream = atTheEnd;
  }
}

/**
 * Before the map: exact at its start where nothing lies between. The later an offset, the rather
 * that holds, so the first one of which it holds is searched by halves, in all partitions at once.
 */
export async function proveBeforeMap(
  partitions: readonly PartitionView[],
  source: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  state: Pick<StateStore, 'translate'>,
): Promise<MirrorlessError[]> {
  const searches = partitions.flatMap(searchOf);
  const failures: MirrorlessError[] = [];
  for (let open = searches; open.length > 0; open = open.filter(isOpen)) {
    failures.push(...(await lookAt(source, open.flatMap(questionOf))));
    for (const search of open) narrow(search);
  }
  const proved = searches.filter(({ low, early }) => low < early.length);
  failures.push(...(await settleAtStart(proved, state)));
  return failures;
}

interface Search {
  partition: PartitionView;
  mapStart: bigint;
  /** Ascending by upstream offset. */
  early: GroupPosition[];
  /** Before `low` something lies between, or nobody knows; from `high` on nothing does. */
  low: number;
  high: number;
  next: number;
}

/** The last one first: where it has something before it, all have. */
function searchOf(partition: PartitionView): Search[] {
  const early = partition.positions.filter(({ downstream }) => isEarly(downstream));
  const [first] = early;
  if (first === undefined || !isEarly(first.downstream)) return [];
  early.sort((one, other) => (one.upstreamOffset < other.upstreamOffset ? -1 : 1));
  const { mapStart } = first.downstream;
  return [{ partition, mapStart, early, low: 0, high: early.length, next: early.length - 1 }];
}

function isEarly(
  downstream: DownstreamPosition,
): downstream is DownstreamPosition & { status: 'before-map' | 'sampled' } {
  return downstream.status === 'before-map' || downstream.status === 'sampled';
}

function isOpen({ low, high }: Search): boolean {
  return low < high;
}

function questionOf({ partition, early, next }: Search): Question[] {
  const offset = early[next]!.upstreamOffset;
  return firstUnread(partition, offset) === undefined ? [{ partition, offset }] : [];
}

function narrow(search: Search): void {
  const { partition, mapStart, early, next } = search;
  if (isEmptyBetween(partition, early[next]!.upstreamOffset, mapStart)) search.high = next;
  else search.low = next + 1;
  search.next = (search.low + search.high) >> 1;
}

/** The map itself says where its start lies on the target. */
async function settleAtStart(
  searches: readonly Search[],
  state: Pick<StateStore, 'translate'>,
): Promise<MirrorlessError[]> {
  if (searches.length === 0) return [];
  const requests = searches.map(({ partition, mapStart }) => ({ partition, offsets: [mapStart] }));
  const answers = await state.translate(requests, 'downstream');
  const failures: MirrorlessError[] = [];
  for (const [index, answer] of answers.entries()) {
    const { early, low } = searches[index]!;
    if (!answer.ok) {
      failures.push(answer.error);
      continue;
    }
    const [atTheStart] = answer.value.translations;
    // The map may have been pruned since; its new start is looked at the next time.
    if (atTheStart?.status !== 'exact') continue;
    for (const position of early.slice(low)) position.downstream = atTheStart;
  }
  return failures;
}
