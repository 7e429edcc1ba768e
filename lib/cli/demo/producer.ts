import { setTimeout as delay } from 'node:timers/promises';
import { type CompressionType, compressionTypes } from '../../kafka/compression.ts';
import type { KafkaDataPlane } from '../../kafka/ports.ts';
import type { EventRecord } from '../../source/event.ts';
import { Arena } from '../../target/arena.ts';
import { encodeBatches, sealBatch } from '../../target/encode.ts';
import { initialRecords, invoiceRecords, order, orders } from './records.ts';

const notIdempotent = { producerId: -1n, producerEpoch: -1 };
const maxBatchBytes = 1_000_000;
const pauseMs = 50;

/** Writes the demo's records to its source cluster and counts them. */
export class DemoProducer {
  /** Records written so far, by topic. */
  readonly written = new Map<string, number>();
  readonly #source: KafkaDataPlane;
  readonly #arena = new Arena();

  constructor(source: KafkaDataPlane) {
    this.#source = source;
  }

  /** The topics that are written once. */
  async writeInitial(): Promise<void> {
    for (const { topic, partitions } of initialRecords()) {
      for (const [partition, records] of partitions.entries()) {
        const codec = topic.topic === 'codecs' ? compressionTypes[partition]! : 'none';
        await this.#write(records, codec);
      }
    }
  }

  /** The topic that appears later, which must be there. */
  async writeInvoices(): Promise<void> {
    for (const records of invoiceRecords().partitions) await this.#write(records, 'none');
  }

  /** Orders at a steady rate until `signal`, or until there are `countMax`. */
  async writeOrders(
    signal: AbortSignal,
    { perSecond, countMax }: { perSecond: number; countMax: number },
  ): Promise<void> {
    const startedAt = Date.now();
    for (let count = 0; count < countMax && !signal.aborted; ) {
      await delay(pauseMs, undefined, { signal }).catch(() => {});
      const due = Math.min(countMax, Math.floor(((Date.now() - startedAt) / 1000) * perSecond));
      const numbers = Array.from({ length: due - count }, (_, index) => count + index);
      count = due;
      for (let partition = 0; partition < orders.partitionCount; partition += 1) {
        const own = numbers.filter((number) => number % orders.partitionCount === partition);
        await this.#write(
          own.map((number) => order(partition, number)),
          'none',
        );
      }
    }
  }

  async #write(records: readonly EventRecord[], compressionType: CompressionType): Promise<void> {
    if (records.length === 0) return;
    const { topic, partition } = records[0]!;
    this.#arena.reset();
    const { batches } = encodeBatches(records, {
      from: 0,
      maxBatchBytes,
      compressionType,
      arena: this.#arena,
    });
    for (const batch of batches) {
      const bytes = sealBatch(batch, notIdempotent, -1);
      const [answer] = await this.#source.produce([{ topic, partition, bytes }]);
      if (!answer?.ok) throw answer?.error;
      this.written.set(topic, (this.written.get(topic) ?? 0) + batch.recordCount);
    }
  }
}
