import { type MirrorlessError, toMirrorlessError } from '../../errors.ts';
import { refusedByBroker } from '../kafka-errors.ts';
import type { ListedTopic, Settled, TopicPartition } from '../ports.ts';
import { type BrokerAddress, metadata } from '../protocol/cluster.ts';
import type { Connections } from './connections.ts';

/** Kafka's own `metadata.max.age.ms`: how long new partitions may stay unseen. */
const maxAgeMs = 300_000;

const unknownTopicOrPartition = 3;
const leaderNotAvailable = 5;

interface Topic {
  code: number;
  /** Of every partition; undefined where it has no leader that can be reached. */
  leaders: Map<number, BrokerAddress | undefined>;
  readAt: number;
}

/** Who leads which partition, as far as known. What does not exist is asked for every time. */
export class Metadata {
  readonly #connections: Pick<Connections, 'peer' | 'askAny'>;
  readonly #topics = new Map<string, Topic>();

  constructor(connections: Pick<Connections, 'peer' | 'askAny'>) {
    this.#connections = connections;
  }

  /** The leader where it is known without asking anybody. */
  knownLeader({ topic, partition }: TopicPartition): BrokerAddress | undefined {
    return this.#known(topic)?.leaders.get(partition);
  }

  /** The leader of each partition, asked for where it is not known. */
  async leaders(partitions: readonly TopicPartition[]): Promise<Settled<BrokerAddress>[]> {
    const unknown = partitions.filter((partition) => !this.knownLeader(partition));
    try {
      if (unknown.length > 0) await this.#read(new Set(unknown.map(({ topic }) => topic)));
    } catch (thrown) {
      const error = toMirrorlessError(thrown);
      return partitions.map((partition) => {
        const value = this.knownLeader(partition);
        return value ? { ok: true, value } : { ok: false, error };
      });
    }
    return partitions.map((partition) => this.#leader(partition));
  }

  /** Undefined where the topic does not exist. */
  async partitionCount(topic: string): Promise<number | undefined> {
    if (!this.#known(topic)) await this.#read(new Set([topic]));
    const { code, leaders } = this.#topics.get(topic) ?? missing;
    if (code === 0) return leaders.size;
    if (code === unknownTopicOrPartition) return undefined;
    throw this.#refusal(code, { topic });
  }

  /** Asks every time. */
  async listTopics(): Promise<ListedTopic[]> {
    const { topics } = await this.#connections.askAny(metadata, undefined);
    return topics
      .filter(({ code }) => code === 0)
      .map(({ topic, partitions }) => ({ topic, partitionCount: partitions.length }));
  }

  /** Forgets the leaders of a topic, or of all of them. */
  forget(topic?: string): void {
    if (topic === undefined) this.#topics.clear();
    else this.#topics.delete(topic);
  }

  #known(topic: string): Topic | undefined {
    const known = this.#topics.get(topic);
    return known?.code === 0 && Date.now() - known.readAt < maxAgeMs ? known : undefined;
  }

  async #read(names: ReadonlySet<string>): Promise<void> {
    const { brokers, topics } = await this.#connections.askAny(metadata, [...names]);
    for (const { topic, code, partitions } of topics) {
      const leaders = new Map(
        partitions.map(({ partition, leader }) => [partition, brokers.get(leader)]),
      );
      this.#topics.set(topic, { code, leaders, readAt: Date.now() });
    }
  }

  #leader({ topic, partition }: TopicPartition): Settled<BrokerAddress> {
    const { code, leaders } = this.#topics.get(topic) ?? missing;
    const value = leaders.get(partition);
    if (value) return { ok: true, value };
    const absent = leaders.has(partition) ? leaderNotAvailable : unknownTopicOrPartition;
    return { ok: false, error: this.#refusal(code === 0 ? absent : code, { topic, partition }) };
  }

  #refusal(code: number, place: Partial<TopicPartition>): MirrorlessError {
    return refusedByBroker(this.#connections.peer, { api: metadata.name, code, ...place });
  }
}

const missing: Topic = { code: unknownTopicOrPartition, leaders: new Map(), readAt: 0 };
