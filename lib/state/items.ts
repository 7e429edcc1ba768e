/**
 * The items of the state table: keys, and value ↔ item both ways. These kinds share it:
 *
 * | partition            | position                                | what                             |
 * | -------------------- | --------------------------------------- | -------------------------------- |
 * | `<flow>/<topic>/<n>` | `newest`                                | progress and the newest segment  |
 * | `<flow>/<topic>/<n>` | `closed/<generation>/<upstream start>`  | an older segment                 |
 * | `<flow>/<topic>/<n>` | `sampled`                               | sampled-syncs.ts                 |
 * | `<flow>`             | `producer`                              | the flow's producer identity     |
 * | `<flow>`             | `checkpoint/<group>`                    | checkpoint-items.ts              |
 * | `<flow>`             | `checkpoint-of-long/<digest of group>`  | the same where that is too long  |
 * | `<flow>`             | `sync/<topic>`                          | the newest offset syncs emitted  |
 * | `<flow>`             | `topic/<topic>`                         | topic-items.ts                   |
 * | `<flow>`             | `cluster-ids`                           | cluster-ids.ts                   |
 *
 * A topic's name has no slash, so a key, read from its end, is that of one partition of one flow,
 * whatever the aliases are. Numbers in keys are padded, so that keys are in the order of offsets.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type ErrorPlace, MirrorlessError } from '../errors.ts';
import type { ProducerIdentity } from '../kafka/ports.ts';
import { checkSegment } from './offset-map.ts';
import type { PartitionState, Segment, SourcePartition } from './ports.ts';

/**
 * The table's definition, for the stack and for a local table alike; all keys are strings. Paid by
 * request, since a flow at rest must cost nothing.
 *
 * The index finds a closed segment by a downstream offset (failback, pruning) in one read. It holds
 * the keys of closed segments only, so it costs one small write when a segment is closed and nothing
 * at an advance; a search in the table's own order would cost a read for every halving. Being local,
 * it is as consistent as the table itself.
 */
export const stateTable = {
  billingMode: 'PAY_PER_REQUEST',
  partitionKey: 'partition',
  sortKey: 'position',
  index: { name: 'by-downstream', sortKey: 'downstreamPosition', projection: 'KEYS_ONLY' },
} as const;

export type Item = Record<string, AttributeValue>;

export type Key = { partition: { S: string }; position: { S: string } };

export function newestKey(flow: string, { topic, partition }: SourcePartition): Key {
  return { partition: { S: `${flow}/${topic}/${partition}` }, position: { S: 'newest' } };
}

export function producerKey(flow: string): Key {
  return { partition: { S: flow }, position: { S: 'producer' } };
}

/** The key of a closed segment in the table's own order. */
export function closedPosition(generation: number, upstreamStart: bigint): string {
  return `closed/${padded(generation, 10)}/${padded(upstreamStart, 19)}`;
}

/** Its key in the index. */
export function downstreamPosition(generation: number, downstreamStart: bigint): string {
  return `${padded(generation, 10)}/${padded(downstreamStart, 19)}`;
}

function padded(value: number | bigint, digitCount: number): string {
  return String(value).padStart(digitCount, '0');
}

export function newestItem(key: Key, state: PartitionState): Item {
  return {
    ...producerItem(key, state),
    generation: { N: String(state.generation) },
    nextSequence: { N: String(state.nextSequence) },
    ...segmentAttributes(state.segment),
    ...(state.begun && {
      upstreamBegun: { N: String(state.begun.upstream) },
      downstreamBegun: { N: String(state.begun.downstream) },
    }),
  };
}

export function producerItem(key: Key, { producerId, producerEpoch }: ProducerIdentity): Item {
  return {
    ...key,
    producerId: { N: String(producerId) },
    producerEpoch: { N: String(producerEpoch) },
  };
}

/** The index is made of the items with a `downstreamPosition`: of closed segments only. */
export function closedItem(key: Key, generation: number, segment: Segment): Item {
  const { upstreamStart, downstreamStart } = segment;
  return {
    ...key,
    position: { S: closedPosition(generation, upstreamStart) },
    downstreamPosition: { S: downstreamPosition(generation, downstreamStart) },
    ...segmentAttributes(segment),
  };
}

function segmentAttributes(segment: Segment): Item {
  return {
    upstreamStart: { N: String(segment.upstreamStart) },
    downstreamStart: { N: String(segment.downstreamStart) },
    upstreamEnd: { N: String(segment.upstreamEnd) },
    downstreamEnd: { N: String(segment.downstreamEnd) },
    packed: { B: segment.packed },
  };
}

/** Throws STATE_CORRUPT, as all readers here, where an item is not what was written. */
export function readNewest(item: Item): PartitionState {
  return reading(item, () => ({
    ...identityOf(item),
    generation: count(item, 'generation'),
    nextSequence: count(item, 'nextSequence'),
    segment: segmentOf(item),
    ...begunOf(item),
  }));
}

/** A later generation leaves it in the item, but there it says nothing. */
function begunOf(item: Item): Pick<PartitionState, 'begun'> {
  if (item['upstreamBegun'] === undefined || count(item, 'generation') > 0) return {};
  const begun = {
    upstream: offset(item, 'upstreamBegun'),
    downstream: offset(item, 'downstreamBegun'),
  };
  return { begun };
}

export function readClosed(item: Item): Segment {
  return reading(item, () => segmentOf(item));
}

export function readProducer(item: Item): ProducerIdentity {
  return reading(item, () => identityOf(item));
}

/** What the index holds of a closed segment. */
export function readIndexed(item: Item): { key: Key; downstreamStart: bigint } {
  return reading(item, () => ({
    key: { partition: { S: text(item, 'partition') }, position: { S: text(item, 'position') } },
    downstreamStart: whole('downstreamPosition', text(item, 'downstreamPosition').slice(-19)),
  }));
}

/** What `read` returns; where it throws, STATE_CORRUPT naming the item. */
export function reading<T>(item: Item, read: () => T, place?: ErrorPlace): T {
  try {
    return read();
  } catch (cause) {
    const where = `${item['partition']?.S} ${item['position']?.S}`;
    const what = `Item ${where} does not decode: ${(cause as Error).message}`;
    throw new MirrorlessError('STATE_CORRUPT', what, { cause, ...(place && { place }) });
  }
}

function identityOf(item: Item): ProducerIdentity {
  return { producerId: offset(item, 'producerId'), producerEpoch: count(item, 'producerEpoch') };
}

function segmentOf(item: Item): Segment {
  const packed = item['packed']?.B;
  if (packed === undefined) throw new TypeError('packed is missing.');
  const segment = {
    upstreamStart: offset(item, 'upstreamStart'),
    downstreamStart: offset(item, 'downstreamStart'),
    upstreamEnd: offset(item, 'upstreamEnd'),
    downstreamEnd: offset(item, 'downstreamEnd'),
    packed,
  };
  checkSegment(segment);
  return segment;
}

/** Generations, epochs and sequences: of 31 bits at most. */
function count(item: Item, name: string): number {
  const value = offset(item, name);
  if (value >= 2n ** 31n) throw new TypeError(`${name} is too large.`);
  return Number(value);
}

export function offset(item: Item, name: string): bigint {
  return whole(name, item[name]?.N);
}

export function text(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new TypeError(`${name} is missing.`);
  return value;
}

export function whole(name: string, digits: unknown): bigint {
  if (typeof digits !== 'string' || !/^\d+$/.test(digits)) {
    throw new TypeError(`${name} is no whole number.`);
  }
  return BigInt(digits);
}
