import { toMirrorlessError } from '../../errors.ts';
import type { FetchedRecords, KafkaDataPlane, Settled } from '../../kafka/ports.ts';
import {
  type Appended,
  EventBuilder,
  type EventOrigin,
  type KafkaEventText,
} from './event-builder.ts';
import { type PartitionFeed, troublePauseMs } from './partition-feed.ts';
import { Signal } from './signal.ts';

export interface PollerSettings {
  origin: EventOrigin;
  batchSize: number;
  maximumBatchingWindowMs: number;
  maxEventBytes: number;
}

export interface PollerDependencies {
  /** Its own: a long poll keeps a connection busy. */
  source: KafkaDataPlane;
  /** True when the event is dealt with for good, false where `stopping` came first. */
  deliver(event: KafkaEventText, stopping: AbortSignal): Promise<boolean>;
  /** A record that no event can hold: true where it was put aside and the rest may go on. */
  putAside(feed: PartitionFeed): boolean;
}

interface Fetch {
  feeds: readonly PartitionFeed[];
  response: Promise<Settled<FetchedRecords>[]>;
}

const longPollMs = 500;
/** About as many bytes of records as one event holds once they are base64. */
const fetchBytes = 4 * 1024 * 1024;
const smallestPartitionBytes = 256 * 1024;

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
  readonly #stopping = new AbortController();
  /** For the deliverer: records, a full event, the end. */
  readonly #filled = new Signal();
  /** For the reader: an empty event, one more partition, the end. */
  readonly #room = new Signal();
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
    const limits = { maxRecords: settings.batchSize, maxBytes: settings.maxEventBytes };
    this.#building = new EventBuilder(settings.origin, limits);
    this.#spare = new EventBuilder(settings.origin, limits);
  }

  /** Takes one more partition, also while it runs. */
  add(feed: PartitionFeed): void {
    this.#feeds.set(feed.partition, feed);
    this.#room.notify();
  }

  /** Runs until `stop` and until what was in flight then has ended. */
  async run(): Promise<void> {
    await Promise.all([this.#read(), this.#deliver()]);
  }

  stop(): void {
    this.#stopping.abort();
    this.#filled.notify();
    this.#room.notify();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #read(): Promise<void> {
    let ahead: Fetch | undefined;
    while (!this.#stopped) {
      const fetch = ahead ?? this.#fetch();
      if (fetch === undefined) {
        await this.#room.wait(troublePauseMs);
        continue;
      }
      const fetched = await fetch.response;
      if (this.#stopped) return;
      const fresh = fetch.feeds.filter((feed, index) => accept(feed, fetched[index]!));
      // The broker works on the next answer while this one is turned into an event.
      ahead = this.#fetch();
      await this.#build(fresh);
    }
  }

  #fetch(): Fetch | undefined {
    const now = Date.now();
    const ready = [...this.#feeds.values()].filter((feed) => feed.isReadable(now));
    if (ready.length === 0) return undefined;
    // Brokers fill an answer in the order of the request: each partition is first in its turn.
    const first = this.#fetchCount++ % ready.length;
    const feeds = [...ready.slice(first), ...ready.slice(0, first)];
    const { topic } = this.#settings.origin;
    const positions = feeds.map(({ partition, fetchOffset }) => ({
      topic,
      partition,
      offset: BigInt(fetchOffset),
    }));
    const response = this.#dependencies.source.fetch(positions, {
      maxWaitMs: longPollMs,
      minBytes: 1,
      maxBytes: fetchBytes,
      maxPartitionBytes: Math.max(smallestPartitionBytes, Math.ceil(fetchBytes / feeds.length)),
    });
    return { feeds, response };
  }

  /** No step waits unless the event is full: what one fetch brought goes into one event. */
  async #build(feeds: readonly PartitionFeed[]): Promise<void> {
    for (const feed of feeds) {
      while (this.#move(feed) === 'full') {
        this.#isFull = true;
        this.#filled.notify();
        await this.#room.wait();
        if (this.#stopped) return;
      }
    }
    if (this.#building.recordCount > 0) this.#filled.notify();
  }

  #move(feed: PartitionFeed): 'moved' | 'full' {
    const wasEmpty = this.#building.recordCount === 0;
    const outcome = moveInto(feed, this.#building);
    if (wasEmpty && this.#building.recordCount > 0) this.#firstRecordAt = Date.now();
    this.#settle(feed);
    if (outcome !== 'oversized') return outcome === 'full' ? 'full' : 'moved';
    return this.#dependencies.putAside(feed) ? this.#move(feed) : 'moved';
  }

  /** Offsets without records of their own count as processed once nothing before them is pending. */
  #settle(feed: PartitionFeed): void {
    if (this.#inFlight.has(feed.partition) || this.#building.holds(feed.partition)) return;
    feed.processedOffset = feed.readOffset;
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
  }
}

/** Takes over what a fetch brought; what is wrong is kept with the partition, which waits. */
function accept(feed: PartitionFeed, fetched: Settled<FetchedRecords>): boolean {
  if (!fetched.ok) {
    feed.trouble(fetched.error);
    return false;
  }
  haltOnFault(feed, () => feed.take(fetched.value));
  return feed.halted === undefined;
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
