/**
 * A source cluster in memory that keeps the contract of the data plane: batches are whole and may
 * begin before the offset asked for, a fetch waits for data, what is not in the log is refused.
 */
import { refusedByBroker } from '../../../../lib/kafka/kafka-errors.ts';
import type {
  CommittedOffset,
  FetchedRecords,
  FetchOptions,
  FetchPosition,
  KafkaDataPlane,
  KafkaGroups,
  ListedTopic,
  Settled,
  TopicPartition,
} from '../../../../lib/kafka/ports.ts';
import { batchLayout } from '../../../../lib/kafka/record-batch.ts';

import { Arena } from '../../../../lib/target/arena.ts';
import { encodeBatches, sealBatch } from '../../../../lib/target/encode.ts';

interface StoredBatch {
  timestamp: number;
  first: number;
  next: number;
  bytes: Buffer;
}

interface Log {
  start: number;
  end: number;
  batches: StoredBatch[];
}

const noProducer = { producerId: -1n, producerEpoch: -1 };
const controlBit = 0x20;
const offsetOutOfRange = 1;

export class SimulatedSource implements KafkaDataPlane {
  readonly #topic: string;
  readonly #logs: Log[] = [];
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(topic: string, partitionCount: number) {
    this.#topic = topic;
    for (let partition = 0; partition < partitionCount; partition += 1) this.addPartition();
  }

  addPartition(): void {
    this.#logs.push({ start: 0, end: 0, batches: [] });
  }

  /** Appends one batch with these values. */
  append(
    partition: number,
    values: readonly string[],
    options: { isControl?: boolean; timestamp?: number } = {},
  ): void {
    const log = this.#logs[partition]!;
    const { timestamp = log.end } = options;
    const records = values.map((value, index) => ({
      topic: this.#topic,
      partition,
      offset: log.end + index,
      timestamp,
      timestampType: 'CREATE_TIME',
      value: Buffer.from(value).toString('base64'),
    }));
    const { batches } = encodeBatches(records, {
      from: 0,
      maxBatchBytes: 64 * 1024 * 1024,
      compressionType: 'none',
      arena: new Arena(),
    });
    const batch = batches[0]!;
    if (options.isControl) batch.bytes.writeInt16BE(controlBit, batchLayout.attributes);
    const bytes = sealBatch(batch, noProducer, -1);
    bytes.writeBigInt64BE(BigInt(log.end), batchLayout.baseOffset);
    const next = log.end + values.length;
    log.batches.push({ timestamp, first: log.end, next, bytes });
    log.end = next;
    for (const wake of this.#waiting) wake();
  }

  /** As retention does: whole batches from the front. */
  truncateTo(partition: number, start: number): void {
    const log = this.#logs[partition]!;
    log.start = start;
    log.batches = log.batches.filter((batch) => batch.next > start);
  }

  async fetch(
    positions: readonly FetchPosition[],
    { maxWaitMs }: FetchOptions,
  ): Promise<Settled<FetchedRecords>[]> {
    if (!positions.some((position) => this.#isReady(position))) await this.#arrival(maxWaitMs);
    return positions.map((position) => this.#answer(position));
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    which: 'latest' | 'earliest' | { timestampMs: number },
  ): Promise<Settled<bigint>[]> {
    return partitions.map(({ partition }) => {
      const { start, end } = this.#logs[partition]!;
      if (which === 'latest') return { ok: true, value: BigInt(end) };
      return { ok: true, value: BigInt(which === 'earliest' ? start : this.#at(partition, which)) };
    });
  }

  /** Two brokers. */
  async leaders(partitions: readonly TopicPartition[]): Promise<string[]> {
    return partitions.map(({ partition }) => `broker-${partition % 2}`);
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    return topic === this.#topic ? this.#logs.length : undefined;
  }

  async listTopics(): Promise<ListedTopic[]> {
    return [{ topic: this.#topic, partitionCount: this.#logs.length }];
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting) wake();
  }

  refresh(): void {}

  produce(): never {
    throw new Error('a source is not written');
  }

  maxMessageBytes(): never {
    throw new Error('a source is not written');
  }

  allocateProducer(): never {
    throw new Error('a source is not written');
  }

  #at(partition: number, { timestampMs }: { timestampMs: number }): number {
    const { batches } = this.#logs[partition]!;
    const { first } = batches.find((batch) => batch.timestamp >= timestampMs) ?? { first: -1 };
    return first;
  }

  #isReady({ partition, offset }: FetchPosition): boolean {
    const { start, end } = this.#logs[partition]!;
    return Number(offset) !== end || Number(offset) < start;
  }

  async #arrival(maxWaitMs: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, maxWaitMs);
      this.#waiting.add(done);
    });
  }

  #answer({ topic, partition, offset }: FetchPosition): Settled<FetchedRecords> {
    const { start, end, batches } = this.#logs[partition]!;
    if (Number(offset) < start || Number(offset) > end) {
      const peer = { alias: 'simulated', side: 'source' as const };
      const code = offsetOutOfRange;
      return { ok: false, error: refusedByBroker(peer, { api: 'Fetch', code, topic, partition }) };
    }
    const wanted = batches.filter((batch) => batch.next > Number(offset));
    const bytes = Buffer.concat(wanted.map((batch) => batch.bytes));
    const highWatermark = BigInt(end);
    return {
      ok: true,
      value: { topic, partition, bytes, highWatermark, logStartOffset: BigInt(start) },
    };
  }
}

/** The offsets of consumer groups, in memory. */
export class SimulatedGroups implements Pick<KafkaGroups, 'committedOffsets' | 'commitOffsets'> {
  readonly commits: FetchPosition[][] = [];
  readonly #offsets = new Map<string, Map<string, CommittedOffset>>();

  async committedOffsets(groups: readonly string[]): Promise<Settled<CommittedOffset[]>[]> {
    return groups.map((group) => ({ ok: true, value: [...this.#offsetsOf(group).values()] }));
  }

  async commitOffsets(
    group: string,
    positions: readonly CommittedOffset[],
  ): Promise<Settled<undefined>[]> {
    this.commits.push(
      positions.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    );
    return positions.map((position) => {
      this.#offsetsOf(group).set(`${position.topic}-${position.partition}`, position);
      return { ok: true, value: undefined };
    });
  }

  /** By partition, of a group that reads one topic. */
  standOf(group: string): bigint[] {
    const offsets: bigint[] = [];
    for (const { partition, offset } of this.#offsetsOf(group).values())
      offsets[partition] = offset;
    return offsets;
  }

  #offsetsOf(group: string): Map<string, CommittedOffset> {
    const offsets = this.#offsets.get(group) ?? new Map<string, CommittedOffset>();
    this.#offsets.set(group, offsets);
    return offsets;
  }
}
