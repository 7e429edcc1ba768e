import { setTimeout as delay } from 'node:timers/promises';
import type { StartingPosition } from '../../config/model.ts';
import type { KafkaDataPlane, KafkaGroups } from '../../kafka/ports.ts';
import type { InvocationFailure, InvocationOutcome } from '../function/environment.ts';
import type { RetrySettings } from './batch-outcome.ts';
import { Committer } from './committer.ts';
import { deliver } from './deliver.ts';
import type { EventOrigin, KafkaEventText } from './event-builder.ts';
import { EventPollers, type PollerCounts } from './event-pollers.ts';
import type { FailureDestination } from './failure-destination.ts';
import { putAside } from './oversized.ts';
import { PartitionFeed } from './partition-feed.ts';
import { Poller } from './poller.ts';
import { startOffsets } from './starting-position.ts';

export interface EventSourceMappingSettings {
  origin: EventOrigin;
  consumerGroupId: string;
  /** 1..10000 */
  batchSize: number;
  /** 0 invokes as soon as records are there. */
  maximumBatchingWindowMs: number;
  startingPosition: StartingPosition;
  /** Where an event is full: at most Lambda's limit, less where memory is short. */
  eventBytes: number;
  pollers: PollerCounts;
  /** How often it looks for new partitions, and for the ends of those that it does not read. */
  watchIntervalMs: number;
  retry: Omit<RetrySettings, 'hasFailureDestination'>;
}

export interface EventSourceMappingDependencies {
  /** Connections of their own for a poller: a long poll keeps a connection busy. */
  openSource(): KafkaDataPlane;
  /** For what must not wait behind a long poll. */
  source: KafkaDataPlane;
  groups: Pick<KafkaGroups, 'committedOffsets' | 'commitOffsets'>;
  /** `poller` names the one that has the event, for as long as it reads. */
  invoke(event: KafkaEventText, poller: string): Promise<InvocationOutcome>;
  failureDestination?: FailureDestination;
  /** What happened, for a person. */
  notify(text: string): void;
}

export interface MappingStatus {
  topic: string;
  partitionCount: number;
  /** Records that the function took since the start, and events. */
  recordCount: number;
  eventCount: number;
  /** Records in the source that the function has not yet taken. */
  lagRecords: number;
  /** What the last invocation failed with, and how often in a row; absent when one succeeded. */
  failing?: { failure: InvocationFailure; attempts: number };
  /** What keeps partitions from being read. */
  problems: readonly { partition: number; message: string; isHalted: boolean }[];
}

/**
 * A Kafka event source mapping: reads one topic from where its consumer group stands, invokes the
 * function with batches in order, and commits what the function took.
 */
export class EventSourceMapping {
  readonly #settings: EventSourceMappingSettings;
  readonly #dependencies: EventSourceMappingDependencies;
  readonly #feeds: PartitionFeed[];
  readonly #pollers: EventPollers;
  readonly #sources: KafkaDataPlane[] = [];
  readonly #committer: Committer;
  readonly #stopping = new AbortController();
  #recordCount = 0;
  #eventCount = 0;
  #failing: MappingStatus['failing'];

  /** Finds the partitions and where to begin. Throws what the source cluster answers. */
  static async open(
    settings: EventSourceMappingSettings,
    dependencies: EventSourceMappingDependencies,
  ): Promise<EventSourceMapping> {
    const starts = await startOffsets(settings, dependencies);
    return new EventSourceMapping(settings, dependencies, starts);
  }

  private constructor(
    settings: EventSourceMappingSettings,
    dependencies: EventSourceMappingDependencies,
    starts: readonly number[],
  ) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#feeds = starts.map((start, partition) => new PartitionFeed(partition, start));
    const { minimum, maximum, calmMs } = settings.pollers;
    const counts = {
      minimum: Math.min(minimum, starts.length),
      maximum: Math.min(maximum, starts.length),
      calmMs,
    };
    this.#pollers = new EventPollers(counts, (index, onDelivered) =>
      this.#newPoller(`${settings.consumerGroupId} ${index}`, onDelivered),
    );
    for (const feed of this.#feeds) this.#pollers.add(feed);
    const { topic } = settings.origin;
    this.#committer = new Committer(topic, (positions) =>
      dependencies.groups.commitOffsets(settings.consumerGroupId, positions),
    );
  }

  /** Runs until `stop`, and until what was in flight then has ended and is committed. */
  async run(): Promise<void> {
    const committing = this.#committer.run(this.#feeds);
    const watching = this.#watch();
    try {
      await this.#pollers.run();
    } finally {
      this.#stopping.abort();
      this.#committer.stop();
      await Promise.all([committing, watching]);
    }
  }

  stop(): void {
    this.#pollers.stop();
    for (const source of this.#sources) void source.close();
  }

  /** True when everything below the given end of each partition is processed. */
  hasProcessed(ends: readonly bigint[]): boolean {
    return ends.every((end, partition) => (this.#feeds[partition]?.processedOffset ?? 0) >= end);
  }

  status(): MappingStatus {
    const lags = this.#feeds.map((feed) => Math.max(0, feed.endOffset - feed.processedOffset));
    return {
      topic: this.#settings.origin.topic,
      partitionCount: this.#feeds.length,
      recordCount: this.#recordCount,
      eventCount: this.#eventCount,
      lagRecords: lags.reduce((sum, lag) => sum + lag, 0),
      ...(this.#failing === undefined ? {} : { failing: this.#failing }),
      problems: this.#feeds.flatMap(({ partition, halted, failing }) => {
        const error = halted ?? failing;
        if (error === undefined) return [];
        return [{ partition, message: error.message, isHalted: halted !== undefined }];
      }),
    };
  }

  #newPoller(name: string, onDelivered: (wasFull: boolean) => void): Poller {
    const { origin } = this.#settings;
    const { failureDestination, openSource } = this.#dependencies;
    const source = openSource();
    this.#sources.push(source);
    return new Poller(this.#settings, {
      source,
      deliver: (event, stopping) => this.#deliver(event, name, stopping),
      onProcessed: () => this.#committer.request(),
      onDelivered,
      putAside: (feed) => putAside(feed, origin, failureDestination),
      relocate: (feed) => this.#relocate(feed),
    });
  }

  async #deliver(event: KafkaEventText, poller: string, stopping: AbortSignal): Promise<boolean> {
    const { topic } = this.#settings.origin;
    const { invoke, failureDestination, notify } = this.#dependencies;
    const isDone = await deliver(
      event,
      {
        invoke: (part) => invoke(part, poller),
        retry: this.#settings.retry,
        failureDestination,
        onFailure: (failure, attempts) => {
          this.#failing = { failure, attempts };
        },
        onGivenUp: (_, { recordCount }) => {
          const where = failureDestination ? 'they are in the failure destination' : 'discarded';
          notify(`${topic}: gave up ${recordCount} records; ${where}`);
        },
      },
      stopping,
    );
    if (!isDone) return false;
    this.#failing = undefined;
    this.#recordCount += event.recordCount;
    this.#eventCount += 1;
    return true;
  }

  /** What is gone cannot be read: what is still there can. Never silently, and never to the end. */
  async #relocate(feed: PartitionFeed): Promise<void> {
    const { topic } = this.#settings.origin;
    const { source, notify } = this.#dependencies;
    const [earliest] = await source.listOffsets([{ topic, partition: feed.partition }], 'earliest');
    if (!earliest?.ok) return;
    notify(
      `${topic}-${feed.partition}: offset ${feed.fetchOffset} is not in the source's log any more; ` +
        `going on at ${earliest.value}, the oldest that it holds`,
    );
    feed.seek(Number(earliest.value));
  }

  /** Keeps the ends current where nothing is fetched, and takes up new partitions. */
  async #watch(): Promise<void> {
    const { topic } = this.#settings.origin;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await delay(this.#settings.watchIntervalMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await this.#takeUpNewPartitions();
      const ends = await this.#dependencies.source.listOffsets(
        this.#feeds.map(({ partition }) => ({ topic, partition })),
        'latest',
      );
      for (const [partition, end] of ends.entries()) {
        if (end.ok) this.#feeds[partition]!.endOffset = Number(end.value);
      }
    }
  }

  /** From their first record, wherever the mapping itself was told to start. */
  async #takeUpNewPartitions(): Promise<void> {
    const { topic } = this.#settings.origin;
    const { source, notify } = this.#dependencies;
    source.refresh();
    const count = await source.partitionCount(topic).catch(() => undefined);
    while (count !== undefined && this.#feeds.length < count) {
      const partition = this.#feeds.length;
      const [earliest] = await source.listOffsets([{ topic, partition }], 'earliest');
      if (!earliest?.ok) return;
      const feed = new PartitionFeed(partition, Number(earliest.value));
      this.#feeds.push(feed);
      this.#pollers.add(feed);
      notify(`${topic}: partition ${partition} is new and read from its beginning`);
    }
  }
}
