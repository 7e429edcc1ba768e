import { setTimeout as delay } from 'node:timers/promises';
import type { MirrorlessError } from '../../errors.ts';
import type { CommittedOffset, KafkaGroups } from '../../kafka/ports.ts';
import type { PartitionFeed } from './partition-feed.ts';
import { Signal } from './signal.ts';

/** Small events come hundreds a second; a commit for each would cost more than they do. */
const pauseMs = 100;
const retryMs = 1000;

type Write = (positions: CommittedOffset[]) => ReturnType<KafkaGroups['commitOffsets']>;

/**
 * Writes how far the partitions are to the consumer group: one request at a time, only what has
 * changed. A position that was not written costs a redelivery, which the function recognises.
 */
export class Committer {
  readonly #topic: string;
  readonly #write: Write;
  readonly #committed = new Map<number, number>();
  readonly #changed = new Signal();
  /** What is known at the start is written at once: a new group must not start anew. */
  #isWanted = true;
  #isStopped = false;
  #failure: MirrorlessError | undefined;

  constructor(topic: string, write: Write) {
    this.#topic = topic;
    this.#write = write;
  }

  /** Why the last commit failed, until one succeeds. */
  get failure(): MirrorlessError | undefined {
    return this.#failure;
  }

  /** Says that there may be something to write. */
  request(): void {
    this.#isWanted = true;
    this.#changed.notify();
  }

  /** Runs until `stop`, and then writes what is left. */
  async run(feeds: readonly PartitionFeed[]): Promise<void> {
    for (;;) {
      if (!this.#isWanted && !this.#isStopped) await this.#changed.wait(this.#retryMs());
      const isLast = this.#isStopped;
      this.#isWanted = false;
      await this.#commit(feeds);
      if (isLast) return;
      await delay(pauseMs);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#changed.notify();
  }

  #retryMs(): number | undefined {
    return this.#failure === undefined ? undefined : retryMs;
  }

  async #commit(feeds: readonly PartitionFeed[]): Promise<void> {
    const positions = feeds
      .filter((feed) => this.#committed.get(feed.partition) !== feed.processedOffset)
      .map(({ partition, processedOffset }) => ({
        topic: this.#topic,
        partition,
        offset: BigInt(processedOffset),
        metadata: '',
      }));
    if (positions.length === 0) return;
    const outcomes = await this.#write(positions);
    this.#failure = undefined;
    for (const [index, { partition, offset }] of positions.entries()) {
      const outcome = outcomes[index]!;
      if (outcome.ok) this.#committed.set(partition, Number(offset));
      else this.#failure = outcome.error;
    }
  }
}
