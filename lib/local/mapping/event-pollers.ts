import type { PartitionFeed } from './partition-feed.ts';
import type { Poller } from './poller.ts';

export interface PollerCounts {
  minimum: number;
  /** How many batches, of disjoint partitions, may be in flight. */
  maximum: number;
  /** After so long without a full event it goes back to the minimum. */
  calmMs: number;
}

/**
 * The event pollers of a mapping, and which of them reads which partition. As Lambda's: few while
 * the function keeps up, because events of a few records each cost most of all, and more as soon as
 * records wait for it. The order within a partition is kept, for a poller gives it up before another
 * begins.
 */
export class EventPollers {
  readonly #counts: PollerCounts;
  readonly #pollers: readonly Poller[];
  readonly #readers = new Map<PartitionFeed, Poller>();
  #inUse: number;
  #fullAt = Number.NEGATIVE_INFINITY;
  #moving: Promise<unknown> | undefined;

  /** @param create is called once for each that may be needed */
  constructor(
    counts: PollerCounts,
    create: (index: number, onDelivered: (wasFull: boolean) => void) => Poller,
  ) {
    this.#counts = counts;
    this.#inUse = counts.minimum;
    this.#pollers = Array.from({ length: counts.maximum }, (_, index) =>
      create(index, (wasFull) => this.#adapt(wasFull)),
    );
  }

  /** Takes one more partition, also while it runs. */
  add(feed: PartitionFeed): void {
    const reader = this.#readerOf(feed);
    this.#readers.set(feed, reader);
    reader.add(feed);
  }

  /** Runs until `stop` and until what was in flight then has ended. */
  async run(): Promise<void> {
    await Promise.all(this.#pollers.map((poller) => poller.run()));
    await this.#moving;
  }

  stop(): void {
    for (const poller of this.#pollers) poller.stop();
  }

  #readerOf(feed: PartitionFeed): Poller {
    return this.#pollers[feed.partition % this.#inUse]!;
  }

  #adapt(wasFull: boolean): void {
    const { minimum, maximum, calmMs } = this.#counts;
    const now = performance.now();
    if (wasFull) this.#fullAt = now;
    const wanted = now - this.#fullAt < calmMs ? maximum : minimum;
    if (this.#moving !== undefined || wanted === this.#inUse) return;
    this.#inUse = wanted;
    this.#moving = Promise.all([...this.#readers.keys()].map((feed) => this.#move(feed))).finally(
      () => {
        this.#moving = undefined;
      },
    );
  }

  async #move(feed: PartitionFeed): Promise<void> {
    const [from, to] = [this.#readers.get(feed)!, this.#readerOf(feed)];
    if (from === to || feed.halted !== undefined) return;
    await from.release(feed);
    this.#readers.set(feed, to);
    to.add(feed);
  }
}
