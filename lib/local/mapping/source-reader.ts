import { toMirrorlessError } from '../../errors.ts';
import type { FetchedRecords, KafkaDataPlane, Settled } from '../../kafka/ports.ts';
import { type PartitionFeed, troublePauseMs } from './partition-feed.ts';
import { Signal } from './signal.ts';

export interface SourceReaderOptions {
  /** Its own: a long poll keeps a connection busy. */
  source: KafkaDataPlane;
  topic: string;
  /** Of one fetch. */
  fetchBytes: number;
  /** Takes what partitions have got; the next records of their leader are handed over after that. */
  take(feeds: readonly PartitionFeed[]): Promise<void>;
  /** Finds the place to go on where the broker's log does not hold the offset any more. */
  relocate(feed: PartitionFeed): Promise<void>;
}

interface Fetch {
  /** What was asked for, and at which offset. */
  asked: readonly { feed: PartitionFeed; offset: number }[];
  response: Promise<Settled<FetchedRecords>[]>;
}

const longPollMs = 1000;
const smallestPartitionBytes = 256 * 1024;
/** How long a moved partition may be asked for through the broker that led it before. */
const leadersMaxAgeMs = 5000;

/**
 * Reads partitions of one topic, each from its leader: one loop for each leader, because a fetch
 * waits for the slowest broker that it asks, and one without records would hold up another's.
 */
export class SourceReader {
  readonly #options: SourceReaderOptions;
  readonly #feeds = new Map<number, PartitionFeed>();
  /** The leaders that are read from now. */
  readonly #loops = new Map<string, Promise<void>>();
  /** One more partition, the end. */
  readonly #changed = new Signal();
  #isStopped = false;
  #fetchCount = 0;

  constructor(options: SourceReaderOptions) {
    this.#options = options;
  }

  /** Takes one more partition, also while it runs. */
  add(feed: PartitionFeed): void {
    feed.leader = ''; // Another reader may have known it: here nothing is read from it yet.
    this.#feeds.set(feed.partition, feed);
    this.#changed.notify();
  }

  /** What is on its way of it is dropped when it arrives. */
  remove(feed: PartitionFeed): void {
    this.#feeds.delete(feed.partition);
  }

  /** False where it was removed, also while something is on its way of it. */
  reads({ partition }: PartitionFeed): boolean {
    return this.#feeds.has(partition);
  }

  stop(): void {
    this.#isStopped = true;
    this.#changed.close();
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { source, topic } = this.#options;
    while (!this.#isStopped) {
      const feeds = [...this.#feeds.values()];
      const partitions = feeds.map(({ partition }) => ({ topic, partition }));
      const leaders = await source.leaders(partitions);
      const found = feeds.map((feed, index) => ({ feed, leader: leaders[index] ?? '' }));
      const moved = found.filter(({ feed, leader }) => feed.leader !== leader && this.reads(feed));
      for (const { feed, leader } of moved) feed.leader = leader;
      for (const { leader } of found) if (!this.#loops.has(leader)) this.#start(leader);
      if (moved.length > 0) this.#changed.notify(); // A loop may wait for the first of its leader.
      // Also of those that were added meanwhile.
      const isSettled = [...this.#feeds.values()].every(({ leader }) => leader !== '');
      await this.#changed.wait(isSettled ? leadersMaxAgeMs : troublePauseMs);
    }
    await Promise.all(this.#loops.values());
  }

  #start(leader: string): void {
    const loop = this.#read(leader);
    this.#loops.set(leader, loop);
    // It ends with an error only by a defect; `run` then rejects with it.
    loop.catch(() => this.stop());
  }

  async #read(leader: string): Promise<void> {
    let ahead: Fetch | undefined;
    while (!this.#isStopped) {
      const fetch = ahead ?? this.#fetch(leader);
      if (fetch === undefined) {
        await this.#changed.wait(troublePauseMs);
        continue;
      }
      const fetched = await fetch.response;
      if (this.#isStopped) return;
      const fresh = fetch.asked.filter(
        (asked, index) => this.reads(asked.feed) && accept(asked, fetched[index]!),
      );
      for (const { feed } of fetch.asked) {
        if (feed.isLost && this.reads(feed)) await this.#options.relocate(feed);
      }
      // The broker works on the next answer while this one is turned into an event.
      ahead = this.#fetch(leader);
      await this.#options.take(fresh.map(({ feed }) => feed));
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
    const { source, topic, fetchBytes } = this.#options;
    const response = source.fetch(
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

/** Records that cannot be read halt their partition: nothing after them may overtake them. */
export function haltOnFault<T>(feed: PartitionFeed, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    feed.halt(toMirrorlessError(error));
    return undefined;
  }
}
