import type { KafkaDataPlane } from '../../kafka/ports.ts';
import {
  type Appended,
  EventBuilder,
  type EventOrigin,
  type KafkaEventText,
  lambdaPayloadBytes,
} from './event-builder.ts';
import type { PartitionFeed } from './partition-feed.ts';
import { Signal } from './signal.ts';
import { haltOnFault, SourceReader } from './source-reader.ts';

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

/**
 * From one invocation to the next while records come one by one: a few together cost less than each
 * alone, and who waits for the machine waits longer than this.
 */
const shortestIntervalMs = 5;

/** As many bytes of records fill an event once they are base64 and JSON. */
const recordsPerEventByte = 2 / 3;

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
  readonly #reader: SourceReader;
  readonly #stopping = new AbortController();
  /** For the deliverer: records, a full event, the end. */
  readonly #filled = new Signal();
  /** For the readers: an empty event, the end. */
  readonly #room = new Signal();
  #building: EventBuilder;
  #spare: EventBuilder;
  /** What the event in flight holds, by partition: the offset after it. */
  #inFlight = new Map<number, number>();
  #isFull = false;
  #firstRecordAt = 0;
  #invokedAt = 0;
  #deliveredAt = 0;

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
    this.#reader = new SourceReader({
      source: dependencies.source,
      topic: settings.origin.topic,
      fetchBytes: Math.ceil(settings.eventBytes * recordsPerEventByte),
      take: (feeds) => this.#build(feeds),
      relocate: (feed) => this.#relocate(feed),
    });
  }

  /** Takes one more partition, also while it runs. */
  add(feed: PartitionFeed): void {
    this.#feeds.set(feed.partition, feed);
    this.#reader.add(feed);
  }

  /** Runs until `stop` and until what was in flight then has ended. */
  async run(): Promise<void> {
    try {
      await Promise.all([this.#reader.run(), this.#deliver()]);
    } finally {
      this.stop();
    }
  }

  stop(): void {
    this.#stopping.abort();
    this.#reader.stop();
    this.#filled.close();
    this.#room.close();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
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
  async #relocate(feed: PartitionFeed): Promise<void> {
    if (!this.#isPending(feed)) await this.#dependencies.relocate(feed);
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
      this.#invokedAt = Date.now();
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
      const dueAt = Math.max(
        windowStart + maximumBatchingWindowMs,
        this.#invokedAt + shortestIntervalMs,
      );
      const waitMs = dueAt - Date.now();
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

function moveInto(feed: PartitionFeed, event: EventBuilder): Appended {
  return haltOnFault(feed, () => feed.moveInto(event)) ?? 'added';
}
