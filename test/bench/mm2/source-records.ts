import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Producer } from 'kafkajs';
import { RecordPool, recordShape } from '../record-pool.ts';

/** As producers write that are neither idle nor tuned: batches of some 100 kB. */
const recordsPerBatch = 100;

/** Writes records of that value size to a topic of the source, evenly over its partitions. */
export class SourceRecords {
  readonly #producer: Producer;
  readonly #pool: RecordPool;
  readonly #headers: Message['headers'];

  constructor(producer: Producer, valueBytes: number) {
    this.#producer = producer;
    this.#pool = new RecordPool(valueBytes);
    const { bytes } = this.#pool;
    const headers = this.#pool
      .fields(0)
      .headers.map(({ nameStart, nameEnd, ...value }) => [
        bytes.toString('latin1', nameStart, nameEnd),
        bytes.subarray(value.valueStart, value.valueEnd),
      ]);
    this.#headers = Object.fromEntries(headers);
  }

  async preload(topic: string, recordCount: number): Promise<void> {
    const { partitionCount } = recordShape;
    for (let first = 0; first < recordCount; first += recordsPerBatch * partitionCount) {
      const length = Math.min(recordsPerBatch * partitionCount, recordCount - first);
      const messages = Array.from({ length }, (_, index) => this.#message(first + index));
      await this.#producer.send({ topic, messages, acks: -1 });
    }
  }

  /** One record at a time, the key of each its number; nothing of a record is kept. */
  async pulse(topic: string, { recordCount, perSecond }: PulsePlan): Promise<void> {
    const startedAtMs = performance.now();
    const sending = new Set<Promise<unknown>>();
    let failure: unknown;
    for (let number = 0; number < recordCount && failure === undefined; number += 1) {
      const waitMs = startedAtMs + (number / perSecond) * 1000 - performance.now();
      if (waitMs > 0) await delay(waitMs);
      const message = { ...this.#message(number), key: String(number) };
      const messages = [{ ...message, timestamp: String(Date.now()) }];
      const sent = this.#producer.send({ topic, messages, acks: -1 });
      sending.add(sent);
      sent
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => sending.delete(sent));
    }
    await Promise.all(sending);
    if (failure !== undefined) throw failure;
  }

  #message(index: number): Message {
    const { keyStart, keyEnd, valueStart, valueEnd } = this.#pool.fields(index);
    return {
      partition: index % recordShape.partitionCount,
      key: this.#pool.bytes.subarray(keyStart, keyEnd),
      value: this.#pool.bytes.subarray(valueStart, valueEnd),
      headers: this.#headers ?? {},
    };
  }
}

export interface PulsePlan {
  recordCount: number;
  perSecond: number;
}
