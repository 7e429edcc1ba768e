import { toMirrorlessError } from '../../errors.ts';
import type { FetchedRecords, KafkaDataPlane, Settled } from '../../kafka/ports.ts';
import {
  type Appended,
  EventBuilder,
  type EventOrigin,
  type KafkaEventText,
  lambdaPayloadBytes,
} from './event-builder.ts';
import { type PartitionFeed, troublePauseMs } from './partition-feed.ts';
import { Signal } from './signal.ts';

export interface PollerSettings {
  origin: EventOrigin;
  batchSize: number;
  maximumBatchingWindowMs: number;
  /** Where an event is full; a record that is larger by itself still makes one. */
  eventBytes: number;
}

export interface PollerDependencies {
  /** Its own: a long poll keeps a connection busy. */
  source: KafkaDataPlane;
  /** True when the event is dealt with for good, false where `stopping` came first. */
  deliver(event: KafkaEventText, stopping: AbortSignal): Promise<boolean>;
  /** There may be something to commit. */
  onProcessed(): void;
  /** Puts aside a record that no event can hold, or halts the partition. */
  putAside(feed: PartitionFeed): Promise<void>;
  /** Finds the place to go on where the broker's log does not hold the offset any more. */
  relocate(feed: PartitionFeed): Promise<void>;
}

interface Fetch {
  /** What was asked for, and at which offset. */
  asked: readonly { feed: PartitionFeed; offset: number }[];
  response: Promise<Settled<FetchedRecords>[]>;
}

const longPollMs = 1000;
/** As many bytes of records fill an event once they are base64 and JSON. */
const recordsPerEventByte = 2 / 3;
const smallestPartitionBytes = 256 * 1024;
/** How long a moved partition may be asked for through the broker that led it before. */
const leadersMaxAgeMs = 5000;

/**
 * Reads its partitions and invokes with one event at a time, so that at most one batch of a
 * partition is in flight. Three things go on at once: the function handles an event, the text of
 * the next is built, and the fetch after that is on its way; each waits when the one before it is
 * full.
 */
export class Poller {
  readonly #settings: PollerSettings;
  readonly #dependencies: PollerDependencies;
  readonly #feeds = new Map<number, PartitionFeed>();
  /** The leaders that are read from now. */
  readonly #readers = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  /** For the deliverer: records, a full event, the end. */
  readonly #filled = new Signal();
  /** For the readers: an empty event, the end. */
  readonly #room = new Signal();
  /** For whoever starts readers: one more partition, the end. */
  readonly #assigned = new Signal();
  #building: EventBuilder;
  #spare: EventBuilder;
  /** What the event in flight holds, by partition: the offset after it. */
  #inFlight = new Map<number, number>();
  #isFull = false;
  #firstRecordAt = 0;
  #deliveredAt = 0;
  #fetchCount = 0;

  constructor(settings: PollerSettings, dependencies: PollerDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    const limits = {
      maxRecords: settings.batchSize,
      maxBytes: lambdaPayloadBytes,
      targetBytes: settings.eventBytes,
    };
    this.#building = new EventBuilder(settings.origin, limits);
    this.#spare = new EventBuilder(settings.origin, limits);
  }

  /** Takes one more partition, also while it runs. */
  add(feed: PartitionFeed): void {
    this.#feeds.set(feed.partition, feed);
    this.#assigned.notify();
  }

  /** Runs until `stop` and until what was in flight then has ended. */
  async run(): Promise<void> {
    await Promise.all([this.#assign(), this.#deliver()]);
  }

  stop(): void {
    this.#stopping.abort();
    for (const signal of [this.#filled, this.#room, this.#assigned]) signal.close();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * One reader for each leader: a fetch waits for the slowest broker that it asks, and one without
   * records would hold up another's.
   */
  async #assign(): Promise<void> {
    const { topic } = this.#settings.origin;
    while (!this.#stopped) {
      const feeds = [...this.#feeds.values()];
      const partitions = feeds.map(({ partition }) => ({ topic, partition }));
      const leaders = await this.#dependencies.source.leaders(partitions);
      for (const [index, feed] of feeds.entries()) feed.leader = leaders[index] ?? '';
      for (const { leader } of feeds) {
        if (!this.#readers.has(leader)) this.#startReader(leader);
      }
      const isSettled = feeds.every(({ leader }) => leader !== '');
      await this.#assigned.wait(isSettled ? leadersMaxAgeMs : troublePauseMs);
    }
    await Promise.all(this.#readers.values());
  }

  #startReader(leader: string): void {
    const reader = this.#read(leader);
    this.#readers.set(leader, reader);
    // It ends with an error only by a defect; `run` then rejects with it.
    reader.catch(() => this.stop());
  }

  async #read(leader: string): Promise<void> {
    let ahead: Fetch | undefined;
    while (!this.#stopped) {
      const fetch = ahead ?? this.#fetch(leader);
      if (fetch === undefined) {
        await this.#room.wait(troublePauseMs);
        continue;
      }
      const fetched = await fetch.response;
      if (this.#stopped) return;
      const fresh = fetch.asked.filter((asked, index) => accept(asked, fetched[index]!));
      for (const { feed } of fetch.asked) await this.#relocateIfLost(feed);
      // The broker works on the next answer while this one is turned into an event.
      ahead = this.#fetch(leader);
      await this.#build(fresh.map(({ feed }) => feed));
    }
  }

  #fetch(leader: string): Fetch | undefined {
    const now = Date.now();
    const ready = [...this.#feeds.values()].filter(
      (feed) => feed.leader === leader && feed.isReadable(now),
    );
    if (ready.length === 0) return undefined;
    // Brokers fill an answer in the order of the request: each partition is first in its turn.
    const first = this.#fetchCount++ % ready.length;
    const asked = [...ready.slice(first), ...ready.slice(0, first)].map((feed) => ({
      feed,
      offset: feed.fetchOffset,
    }));
    const { origin, eventBytes } = this.#settings;
    const { topic } = origin;
    const fetchBytes = Math.ceil(eventBytes * recordsPerEventByte);
    const response = this.#dependencies.source.fetch(
      asked.map(({ feed: { partition }, offset }) => ({
        topic,
        partition,
        offset: BigInt(offset),
      })),
      {
        maxWaitMs: longPollMs,
        minBytes: 1,
        maxBytes: fetchBytes,
        maxPartitionBytes: Math.max(smallestPartitionBytes, Math.ceil(fetchBytes / asked.length)),
      },
    );
    return { asked, response };
  }

  /** No step waits unless the event is full: what one fetch brought goes into one event. */
  async #build(feeds: readonly PartitionFeed[]): Promise<void> {
    for (const feed of feeds) {
      for (let outcome = this.#move(feed); outcome !== 'added'; outcome = this.#move(feed)) {
        if (outcome === 'oversized') await this.#dependencies.putAside(feed);
        else await this.#waitForRoom();
        if (this.#stopped || feed.halted !== undefined) break;
      }
    }
    if (this.#building.recordCount > 0) this.#filled.notify();
  }

  #move(feed: PartitionFeed): Appended {
    const wasEmpty = this.#building.recordCount === 0;
    const outcome = moveInto(feed, this.#building);
    if (wasEmpty && this.#building.recordCount > 0) this.#firstRecordAt = Date.now();
    this.#settle(feed);
    return outcome;
  }

  async #waitForRoom(): Promise<void> {
    this.#isFull = true;
    this.#filled.notify();
    await this.#room.wait();
  }

  /** Not while records of it are pending: they would move its position back. */
  async #relocateIfLost(feed: PartitionFeed): Promise<void> {
    if (feed.isLost && !this.#isPending(feed)) await this.#dependencies.relocate(feed);
  }

  /** Offsets without records of their own count as processed once nothing before them is pending. */
  #settle(feed: PartitionFeed): void {
    if (this.#isPending(feed) || feed.processedOffset === feed.readOffset) return;
    feed.processedOffset = feed.readOffset;
    this.#dependencies.onProcessed();
  }

  #isPending({ partition }: PartitionFeed): boolean {
    return this.#inFlight.has(partition) || this.#building.holds(partition);
  }

  async #deliver(): Promise<void> {
    while (await this.#isDue()) {
      const builder = this.#building;
      this.#building = this.#spare;
      this.#isFull = false;
      const event = builder.seal();
      this.#inFlight = this.#endsOf(event);
      this.#room.notify();
      if (!(await this.#dependencies.deliver(event, this.#stopping.signal))) return;
      this.#deliveredAt = Date.now();
      this.#complete();
      builder.reset();
      this.#spare = builder;
    }
  }

  /** Resolves when an event is to be sent, false at the end. */
  async #isDue(): Promise<boolean> {
    const { batchSize, maximumBatchingWindowMs } = this.#settings;
    while (!this.#stopped) {
      const { recordCount } = this.#building;
      const windowStart = Math.max(this.#firstRecordAt, this.#deliveredAt);
      const waitMs = windowStart + maximumBatchingWindowMs - Date.now();
      const isComplete = this.#isFull || recordCount === batchSize || waitMs <= 0;
      if (recordCount > 0 && isComplete) return true;
      await this.#filled.wait(recordCount > 0 ? waitMs : undefined);
    }
    return false;
  }

  #endsOf(event: KafkaEventText): Map<number, number> {
    const ends = event.partitions.map(({ partition, lastOffset }): [number, number] => {
      const { readOffset } = this.#feeds.get(partition)!;
      return [partition, Math.max(readOffset, lastOffset + 1)];
    });
    return new Map(ends);
  }

  #complete(): void {
    const completed = this.#inFlight;
    this.#inFlight = new Map();
    for (const [partition, end] of completed) {
      const feed = this.#feeds.get(partition)!;
      feed.processedOffset = end;
      this.#settle(feed);
    }
    this.#dependencies.onProcessed();
  }
}

/**
 * Takes over what a fetch brought; what is wrong is kept with the partition, which waits. An answer
 * to an offset that was passed meanwhile, through another leader, is of no use.
 */
function accept(
  { feed, offset }: Fetch['asked'][number],
  fetched: Settled<FetchedRecords>,
): boolean {
  if (feed.fetchOffset !== offset) return false;
  if (fetched.ok) haltOnFault(feed, () => feed.take(fetched.value));
  else feed.trouble(fetched.error);
  return fetched.ok && feed.halted === undefined;
}

function moveInto(feed: PartitionFeed, event: EventBuilder): Appended {
  return haltOnFault(feed, () => feed.moveInto(event)) ?? 'added';
}

/** Records that cannot be read halt their partition: nothing after them may overtake them. */
function haltOnFault<T>(feed: PartitionFeed, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    feed.halt(toMirrorlessError(error));
    return undefined;
  }
}
