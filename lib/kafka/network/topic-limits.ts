import { refusedByBroker } from '../kafka-errors.ts';
import { describeConfigs } from '../protocol/topics.ts';
import type { Connections } from './connections.ts';

/** As leaders are: a limit that was raised is found by itself before long. */
const maxAgeMs = 300_000;
/** Kafka's default of `message.max.bytes`: 1 MiB and the overhead of a batch. */
const defaultMaxMessageBytes = 1_048_588;

/** Where the cluster's operator does not let us read the configuration of topics. */
const notPermitted = new Set([29, 31]);

/** `max.message.bytes` of topics, remembered for a while. */
export class TopicLimits {
  readonly #connections: Pick<Connections, 'peer' | 'askAny'>;
  readonly #known = new Map<string, { maxMessageBytes: number; readAt: number }>();

  constructor(connections: Pick<Connections, 'peer' | 'askAny'>) {
    this.#connections = connections;
  }

  async maxMessageBytes(topic: string): Promise<number> {
    const known = this.#known.get(topic);
    if (known && Date.now() - known.readAt < maxAgeMs) return known.maxMessageBytes;
    const maxMessageBytes = await this.#read(topic);
    this.#known.set(topic, { maxMessageBytes, readAt: Date.now() });
    return maxMessageBytes;
  }

  /** Reads the limit of a topic, or of all, again when it is asked for. */
  forget(topic?: string): void {
    if (topic === undefined) this.#known.clear();
    else this.#known.delete(topic);
  }

  async #read(topic: string): Promise<number> {
    const asked = { topics: [topic], names: ['max.message.bytes'] };
    const [answer = nothing] = await this.#connections.askAny(describeConfigs, asked);
    const { code, detail, configs } = answer;
    if (code === 0) return Number(configs[0]?.value ?? defaultMaxMessageBytes);
    if (notPermitted.has(code)) return defaultMaxMessageBytes;
    const refusal = { api: describeConfigs.name, code, topic, detail };
    throw refusedByBroker(this.#connections.peer, refusal);
  }
}

const nothing = { code: -1, detail: 'the answer is empty', configs: [] };
