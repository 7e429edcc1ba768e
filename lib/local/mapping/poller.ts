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
  /** An event was dealt with; a full one had more records waiting behind it. */
  onDelivered(wasFull: boolean): void;
  /** Puts aside a record that no event can hold, or halts the partition. */
  putAside(feed: PartitionFeed): Promise<void>;
  /** Finds the place to go on where the broker's log does not hold the offset any more. */
  relocate(feed: PartitionFeed): Promise<void>;
}

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
  /** For who wants a partition: one that has nothing on its way any more, the end. */
  readonly #settled = new Signal();
  #building: EventBuilder;
  #spare: EventBuilder;
  /** What the event in flight holds, by partition: the offset after it. */
  #inFlight = new Map<number, number>();
  /** Those of which something is just read or put right, by partition. */
  #inHand = new Set<number>();
  #isFull = false;
  #firstRecordAt = 0;
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

  /**
   * Gives a partition up: resolves when nothing of it is on its way any more, or at the end. What was
   * read ahead is forgotten, for who takes it over reads on from what is processed.
   */
  async release(feed: PartitionFeed): Promise<void> {
    this.#reader.remove(feed);
    while (this.#isBusy(feed) && !this.#stopped) await this.#settled.wait();
    if (this.#stopped) return;
    this.#feeds.delete(feed.partition);
    if (feed.halted === undefined) feed.seek(feed.processedOffset);
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
    this.#settled.close();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** No step waits unless the event is full: what one fetch brought goes into one event. */
  async #build(feeds: readonly PartitionFeed[]): Promise<void> {
    for (const feed of feeds) await this.#handling(feed, () => this.#read(feed));
    if (this.#building.recordCount > 0) this.#filled.notify();
  }

  async #read(feed: PartitionFeed): Promise<void> {
    while (this.#reads(feed)) {
      const outcome = this.#move(feed);
      if (outcome === 'added') return;
      if (outcome === 'oversized') await this.#dependencies.putAside(feed);
      else await this.#waitForRoom();
    }
  }

  /** False at the end, where the partition is given up, and where nothing more may be read of it. */
  #reads(feed: PartitionFeed): boolean {
    return this.#reader.reads(feed) && !this.#stopped && feed.halted === undefined;
  }

  /** Keeps the partition from being given up while something is done with it. */
  async #handling(feed: PartitionFeed, step: () => Promise<void>): Promise<void> {
    this.#inHand.add(feed.partition);
    await step();
    this.#inHand.delete(feed.partition);
    this.#settled.notify();
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
    if (this.#isPending(feed) || !this.#reads(feed)) return;
    await this.#handling(feed, () => this.#dependencies.relocate(feed));
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

  #isBusy(feed: PartitionFeed): boolean {
    return this.#inHand.has(feed.partition) || this.#isPending(feed);
  }

  async #deliver(): Promise<void> {
    while (await this.#isDue()) {
      const builder = this.#building;
      const wasFull = this.#isComplete;
      this.#building = this.#spare;
      this.#isFull = false;
      const event = builder.seal();
      this.#inFlight = this.#endsOf(event);
      this.#room.notify();
      if (!(await this.#dependencies.deliver(event, this.#stopping.signal))) return;
      this.#deliveredAt = Date.now();
      this.#complete();
      this.#dependencies.onDelivered(wasFull);
      builder.reset();
      this.#spare = builder;
    }
  }

  /** Resolves when an event is to be sent, false at the end. */
  async #isDue(): Promise<boolean> {
    const { maximumBatchingWindowMs } = this.#settings;
    while (!this.#stopped) {
      const { recordCount } = this.#building;
      const windowStart = Math.max(this.#firstRecordAt, this.#deliveredAt);
      const waitMs = windowStart + maximumBatchingWindowMs - Date.now();
      if (recordCount > 0 && (this.#isComplete || waitMs <= 0)) return true;
      await this.#filled.wait(recordCount > 0 ? waitMs : undefined);
    }
    return false;
  }

  /** No record goes into the event any more. */
  get #isComplete(): boolean {
    return this.#isFull || this.#building.recordCount === this.#settings.batchSize;
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
    this.#settled.notify();
  }
}

function moveInto(feed: PartitionFeed, event: EventBuilder): Appended {
  return haltOnFault(feed, () => feed.moveInto(event)) ?? 'added';
}
