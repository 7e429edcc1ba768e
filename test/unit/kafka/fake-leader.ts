/** A leader that keeps to Kafka's rules of what a fetch returns (KIP-74), over logs made up here. */
import { refusedByBroker } from '../../../lib/kafka/kafka-errors.ts';
import type {
  FetchedRecords,
  FetchOptions,
  FetchPosition,
  Settled,
  TopicPartition,
} from '../../../lib/kafka/ports.ts';
import { batchLayout } from '../../../lib/kafka/record-batch.ts';
import { Arena } from '../../../lib/target/arena.ts';
import { encodeBatches, sealBatch } from '../../../lib/target/encode.ts';

export interface FakeBatch {
  baseOffset: number;
  recordCount: number;
  valueBytes: number;
  isControl: boolean;
}

/** Of one partition; batches in order, with holes between them as compaction leaves them. */
export interface FakeLog {
  start: number;
  end: number;
  batches: readonly FakeBatch[];
}

export class FakeLeader {
  readonly requests: { count: number; options: FetchOptions }[] = [];
  readonly #logs: readonly FakeLog[];

  /** The partitions of topic `orders`. */
  constructor(logs: readonly FakeLog[]) {
    this.#logs = logs;
  }

  async fetch(
    positions: readonly FetchPosition[],
    options: FetchOptions,
  ): Promise<Settled<FetchedRecords>[]> {
    this.requests.push({ count: positions.length, options });
    let leftBytes = options.maxBytes;
    let mayExceed = true;
    return positions.map((position) => {
      const log = this.#logs[position.partition]!;
      if (position.offset < log.start || position.offset > log.end) return refused(position);
      const batches = storedFrom(log, position.offset);
      const limit = Math.min(options.maxPartitionBytes, leftBytes);
      const firstBytes = batches[0]?.length ?? 0;
      const returned = firstBytes <= limit ? limit : mayExceed ? firstBytes : 0;
      const bytes = Buffer.concat(batches, Math.min(returned, lengthOf(batches)));
      if (bytes.length > 0) mayExceed = false;
      leftBytes = Math.max(0, leftBytes - bytes.length);
      const ends = { highWatermark: BigInt(log.end), logStartOffset: BigInt(log.start) };
      return { ok: true, value: { ...position, ...ends, bytes } };
    });
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    which: 'latest' | 'earliest' | { timestampMs: number },
  ): Promise<Settled<bigint>[]> {
    return partitions.map(({ partition }) => {
      const { start, end } = this.#logs[partition]!;
      return { ok: true, value: BigInt(which === 'latest' ? end : start) };
    });
  }
}

function lengthOf(batches: readonly Buffer[]): number {
  return batches.reduce((sum, { length }) => sum + length, 0);
}

export function timestampAt(offset: number): number {
  return 1_700_000_000_000 + offset;
}

function refused({ topic, partition }: FetchPosition): Settled<FetchedRecords> {
  const peer = { alias: 'primary', side: 'source' } as const;
  const outOfRange = { api: 'Fetch', code: 1, topic, partition };
  return { ok: false, error: refusedByBroker(peer, outOfRange) };
}

const stored = new WeakMap<FakeBatch, Buffer>();

/** Whole batches from the one that holds, or follows, the offset. */
function storedFrom({ batches }: FakeLog, offset: bigint): Buffer[] {
  const wanted = batches.filter(({ baseOffset, recordCount }) => baseOffset + recordCount > offset);
  return wanted.map((batch) => {
    const bytes = stored.get(batch) ?? storedBatch(batch);
    stored.set(batch, bytes);
    return bytes;
  });
}

export function storedBatch({ baseOffset, recordCount, valueBytes, isControl }: FakeBatch): Buffer {
  const records = Array.from({ length: recordCount }, (_, index) => ({
    topic: 'orders',
    partition: 0,
    offset: baseOffset + index,
    timestamp: timestampAt(baseOffset + index),
    timestampType: 'CREATE_TIME',
    value: Buffer.alloc(index === 0 ? valueBytes : 0).toString('base64'),
  }));
  const options = { from: 0, maxBatchBytes: 2 ** 30, compressionType: 'none' } as const;
  const { batches } = encodeBatches(records, { ...options, arena: new Arena() });
  const batch = batches[0]!;
  batch.bytes.writeBigInt64BE(BigInt(baseOffset), batchLayout.baseOffset);
  batch.bytes.writeInt16BE(isControl ? controlBit : 0, batchLayout.attributes);
  return sealBatch(batch, { producerId: -1n, producerEpoch: -1 }, -1);
}

const controlBit = 0x20;
