/**
 * The state of a flow in DynamoDB: one strongly consistent read of all partitions of an event, one
 * conditional write for each that advanced. Every method fails with a STATE_ code, or with
 * PROGRESS_CONFLICT where another invocation wrote first.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mapBounded } from '../bounded.ts';
import { MirrorlessError } from '../errors.ts';
import type { ProducerIdentity, Settled } from '../kafka/ports.ts';
import { TableCalls } from './calls.ts';
import { closedSegments } from './closed-segments.ts';
import {
  type Item,
  type Key,
  newestItem,
  newestKey,
  producerItem,
  producerKey,
  readClosed,
  readIndexed,
  readNewest,
  readProducer,
} from './items.ts';
import { type Direction, emptySegment } from './offset-map.ts';
import type {
  Advance,
  PartitionState,
  Segment,
  SourcePartition,
  StateStore,
  TranslatedPartition,
  TranslationRequest,
} from './ports.ts';
import { closedBetween, closedUpTo, putNew, replaceAndClose, replaceNewest } from './requests.ts';
import { readSampled, sampledPosition, translateSampled } from './sampled-syncs.ts';
import { settle } from './settle.ts';
import { generationStep, isSameState, prunableKeys, type Step, stepsOf } from './steps.ts';
import { translateOffsets } from './translate.ts';

/** Of those whose closed segments are read at the same time; each then has 64 of them in hand. */
const partitionsAtOnce = 16;

interface DynamoStateOptions {
  client: DynamoDBClient;
  table: string;
  /** `source->target`: the aliases of the flow. */
  flow: string;
  /** Bounds each call with all its retries; one that takes longer fails with STATE_UNAVAILABLE. */
  timeoutMs?: number;
}

export function dynamoStateStore(options: DynamoStateOptions): StateStore {
  return new DynamoStateStore(options);
}

class DynamoStateStore implements StateStore {
  readonly #calls: TableCalls;
  readonly #table: string;
  readonly #flow: string;

  constructor({ client, table, flow, timeoutMs = 5000 }: DynamoStateOptions) {
    this.#calls = new TableCalls({ client, table, timeoutMs });
    this.#table = table;
    this.#flow = flow;
  }

  async read(partitions: readonly SourcePartition[]): Promise<(PartitionState | undefined)[]> {
    const items = await this.#readItems(partitions);
    return partitions.map((partition) => {
      const item = items.get(newestKey(this.#flow, partition).partition.S);
      return item && readNewest(item);
    });
  }

  /** The newest items that are there, by the partition attribute of their keys. */
  async #readItems(partitions: readonly SourcePartition[]): Promise<Map<string, Item>> {
    const keys = partitions.map((partition) => newestKey(this.#flow, partition));
    const distinct = new Map(keys.map((key) => [key.partition.S, key]));
    const items = await this.#calls.read([...distinct.values()]);
    return new Map(items.map((item) => [item['partition']?.S as string, item]));
  }

  async create(partition: SourcePartition, initial: PartitionState): Promise<PartitionState> {
    const item = newestItem(newestKey(this.#flow, partition), initial);
    const winner = await this.#putNew(item);
    return winner === undefined ? initial : readNewest(winner);
  }

  async producer(allocate: () => Promise<ProducerIdentity>): Promise<ProducerIdentity> {
    const key = producerKey(this.#flow);
    const [stored] = await this.#calls.read([key]);
    if (stored !== undefined) return readProducer(stored);
    const identity = await allocate();
    const winner = await this.#putNew(producerItem(key, identity));
    return winner === undefined ? identity : readProducer(winner);
  }

  /** @returns what another invocation put before */
  async #putNew(item: Item): Promise<Item | undefined> {
    const conflict = await this.#calls.put(putNew(this.#table, item));
    if (conflict === undefined) return undefined;
    if (conflict.stored === undefined) throw held(item);
    return conflict.stored;
  }

  async advance(
    partition: SourcePartition,
    from: PartitionState,
    advance: Advance,
  ): Promise<PartitionState> {
    const steps = stepsOf(from, advance);
    const isRolled = steps.some((step) => step.closed.length > 0);
    const key = newestKey(this.#flow, partition);
    let pruned = isRolled ? await this.#prunable(key, from, advance.logStartOffset) : [];
    let state = from;
    for (const step of steps) {
      state = await this.#take(partition, step, pruned);
      pruned = [];
    }
    return state;
  }

  async startGeneration(
    partition: SourcePartition,
    from: PartitionState,
    start: { upstream: bigint; downstream: bigint },
  ): Promise<PartitionState> {
    const step = generationStep(from, emptySegment(start.upstream, start.downstream));
    return this.#take(partition, step, []);
  }

  /** Closed segments whose records the target has deleted, oldest first. */
  async #prunable(key: Key, from: PartitionState, logStartOffset = 0n): Promise<Key[]> {
    if (logStartOffset <= 0n) return [];
    const upTo = { generation: from.generation, downstream: logStartOffset };
    const closed = await this.#calls.query(closedUpTo(this.#table, key, upTo));
    return prunableKeys(closed.map(readIndexed), logStartOffset);
  }

  /** One atomic write. That it was applied before, and only its answer lost, is as good. */
  async #take(
    partition: SourcePartition,
    step: Step,
    pruned: readonly Key[],
  ): Promise<PartitionState> {
    const key = newestKey(this.#flow, partition);
    const conflict =
      step.closed.length === 0
        ? await this.#calls.replace(replaceNewest(this.#table, key, step))
        : await this.#calls.transact(replaceAndClose(this.#table, key, step, pruned));
    if (conflict === undefined) return step.to;
    const stored = conflict.stored === undefined ? undefined : readNewest(conflict.stored);
    if (stored !== undefined && isSameState(stored, step.to)) return stored;
    throw conflictError(partition, step.from, stored);
  }

  /**
   * Closed segments are read after the newest: one that is closed between the two reads is then in
   * both instead of in none, and is taken as it was first.
   */
  async segments(partition: SourcePartition, first: bigint, last: bigint): Promise<Segment[]> {
    const [state] = await this.read([partition]);
    if (state === undefined || first > last) return [];
    const { generation, segment: newest } = state;
    const segments = [newest];
    if (first < newest.upstreamStart) {
      const key = newestKey(this.#flow, partition);
      const older = closedSegments(this.#calls, { key, generation, side: 'upstream' });
      const covering = await older.covering(first);
      const beforeNewest = newest.upstreamStart - 1n;
      const closed = await this.#calls.query(
        closedBetween(this.#table, key, {
          generation,
          first: covering?.upstreamStart ?? first,
          last: last < beforeNewest ? last : beforeNewest,
        }),
      );
      segments.unshift(...closed.map(readClosed));
    }
    return segments.filter(
      ({ upstreamStart, upstreamEnd }) => upstreamStart <= last && upstreamEnd > first,
    );
  }

  async translate(
    requests: readonly TranslationRequest[],
    direction: Direction,
  ): Promise<Settled<TranslatedPartition>[]> {
    const newest = await this.#readItems(requests.map(({ partition }) => partition));
    return mapBounded(requests, partitionsAtOnce, ({ partition, offsets }) => {
      const key = newestKey(this.#flow, partition);
      const item = newest.get(key.partition.S);
      return settle(() => this.#translate(item, { key, offsets, direction }));
    });
  }

  async #translate(
    item: Item | undefined,
    asked: { key: Key; offsets: readonly bigint[]; direction: Direction },
  ): Promise<TranslatedPartition> {
    const { key, offsets, direction } = asked;
    if (item === undefined) return { translations: offsets.map(() => ({ status: 'no-map' })) };
    const { generation, segment: newest, begun } = readNewest(item);
    const side = direction === 'downstream' ? 'upstream' : 'downstream';
    const closed = closedSegments(this.#calls, { key, generation, side });
    const translated = await translateOffsets({ newest, closed, direction }, offsets);
    const found = { ...translated, ...(begun && { begun }) };
    const isEarly = found.translations.some(({ status }) => status === 'before-map');
    if (direction === 'upstream' || generation > 0 || !isEarly) return found;
    const [sampled] = await this.#calls.read([{ ...key, position: sampledPosition }]);
    if (sampled === undefined) return found;
    const translations = translateSampled(readSampled(sampled), offsets, found.translations);
    return { ...found, translations };
  }

  close(): void {
    this.#calls.close();
  }
}

/** `stored` is what the table holds instead; the caller reads it again and goes on from there. */
function conflictError(
  { topic, partition }: SourcePartition,
  from: PartitionState,
  stored: PartitionState | undefined,
): MirrorlessError {
  const found = stored === undefined ? 'held by another write, or gone' : `at ${progress(stored)}`;
  return new MirrorlessError(
    'PROGRESS_CONFLICT',
    `The state of ${topic}-${partition} is not at ${progress(from)} any more, but ${found}.`,
    { place: { topic, partition, ...(stored && { offset: `${stored.segment.upstreamEnd}` }) } },
  );
}

function progress({ generation, segment, nextSequence }: PartitionState): string {
  const { upstreamEnd, downstreamEnd } = segment;
  return `${upstreamEnd} → ${downstreamEnd} (sequence ${nextSequence}, generation ${generation})`;
}

function held(item: Item): MirrorlessError {
  const what = `Item ${item['partition']?.S} is held by another write.`;
  return new MirrorlessError('PROGRESS_CONFLICT', what);
}
