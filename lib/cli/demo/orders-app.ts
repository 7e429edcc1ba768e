import { setTimeout as delay } from 'node:timers/promises';
import { type Consumer, Kafka, logLevel } from 'kafkajs';

export interface OrdersAppOptions {
  bootstrapServers: string[];
  topic: string;
  group: string;
}

const handledWithinMs = 60_000;
const pauseMs = 20;
/** On a busy machine a member may not be heard of for a while; the default is 30 s. */
const sessionTimeoutMs = 120_000;

/** One order, told apart from all others by where it was written. */
const orderOf = (partition: number, number: number): string => `${partition}/${number}`;

/**
 * A consumer group as users have them: Kafka's own protocol through kafkajs, one member, which
 * commits what it has handled and nothing else.
 */
export class OrdersApp {
  /** Every order it has handled, as often as it has. */
  readonly handled: string[] = [];
  readonly #options: OrdersAppOptions;
  readonly #consumer: Consumer;
  readonly #positions = new Map<number, bigint>();
  #isStopping = false;

  constructor(options: OrdersAppOptions) {
    const { bootstrapServers, group } = options;
    const kafka = new Kafka({ brokers: bootstrapServers, logLevel: logLevel.NOTHING });
    this.#options = options;
    this.#consumer = kafka.consumer({ groupId: group, sessionTimeout: sessionTimeoutMs });
  }

  /** Handles an order when `mayHandle` lets it; orders that wait for that are not committed. */
  async start(mayHandle: () => boolean = () => true): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#options.topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        while (!this.#isStopping && !mayHandle()) await delay(pauseMs);
        if (this.#isStopping) return;
        const { number } = JSON.parse(String(message.value)) as { number: number };
        this.handled.push(orderOf(partition, number));
        this.#positions.set(partition, BigInt(message.offset) + 1n);
      },
    });
  }

  /** Or until it takes too long; who asks for more than there is learns that from `handled`. */
  async untilHandled(count: number): Promise<void> {
    const deadline = Date.now() + handledWithinMs;
    while (this.handled.length < count && Date.now() < deadline) await delay(pauseMs);
  }

  /** Commits where it stands, as a member of the group still, and leaves it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { topic } = this.#options;
    const positions = [...this.#positions].map(([partition, offset]) => {
      return { topic, partition, offset: String(offset) };
    });
    try {
      if (positions.length > 0) await this.#consumer.commitOffsets(positions);
    } finally {
      await this.#consumer.disconnect(); // What stays connected would keep the process from ending.
    }
  }
}
