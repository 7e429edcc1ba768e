/**
 * The topics that MirrorMaker 2 keeps its own records in: compacted, most of one partition, so that the
 * newest record of each key is what counts.
 */
import type { Deadline } from '../deadline.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type {
  KafkaDataPlane,
  ProduceAnswer,
  ProduceBatch,
  TopicPartition,
} from '../kafka/ports.ts';
import { answeredFor, readLog } from '../kafka/read-log.ts';
import { readRecords } from '../kafka/record-batch.ts';
import type { TopicCreation } from '../kafka/topic-creation.ts';
import type { EventRecord } from '../source/event.ts';
import { Arena } from '../target/arena.ts';
import { encodeBatches, sealBatch } from '../target/encode.ts';
import type { StoredRecord } from './formats.ts';

export interface NewRecord extends StoredRecord {
  /** Epoch milliseconds. */
  timestampMs: number;
}

export interface ReadRecord extends StoredRecord {
  offset: bigint;
  timestampMs: number;
}

/**
 * Creates the topic where it is missing; one that exists is left as it is. A replication factor of
 * -1 is the broker's default. Like MM2 it goes on where the cluster does not permit this, because
 * somebody else may have created the topic.
 *
 * @returns the cluster's refusal, where it did not permit to look or to create
 */
export async function ensureCompactedTopic(
  admin: TopicCreation,
  {
    topic,
    replicationFactor,
    partitionCount = 1,
  }: { topic: string; replicationFactor: number; partitionCount?: number },
): Promise<MirrorlessError | undefined> {
  try {
    if ((await admin.partitionCount(topic)) !== undefined) return undefined;
    const configs = { 'cleanup.policy': 'compact' };
    await admin.createTopics([{ topic, partitionCount, replicationFactor, configs }]);
    return undefined;
  } catch (thrown) {
    const error = toMirrorlessError(thrown);
    if (error.code === 'UNAUTHORIZED') return error;
    throw error;
  }
}

/** So many records are held at a time. */
const sliceRecords = 10_000;
/** Of a producer that is not idempotent; its sequences are -1 as well. */
const nobody = { producerId: -1n, producerEpoch: -1 };

/** Appends to partition 0, where MM2's own topics have no other. */
export function appendRecords(
  plane: AppendingPlane,
  topic: string,
  records: Iterable<NewRecord>,
): Promise<void> {
  return appendTo(plane, { topic, partition: 0 }, records);
}

/**
 * Appends in order, in batches as large as the topic takes; records that are made one by one are
 * never in memory all together. Once it returns, all replicas in sync have all of them. It throws a
 * MirrorlessError at the first batch that is refused: then those before it are in the topic, and it
 * may be there too.
 */
export async function appendTo(
  plane: AppendingPlane,
  partition: TopicPartition,
  records: Iterable<NewRecord>,
): Promise<void> {
  const arena = new Arena();
  let slice: EventRecord[] = [];
  for (const record of records) {
    slice.push(eventRecord(partition, record));
    if (slice.length < sliceRecords) continue;
    await appendSlice(plane, partition, { records: slice, arena });
    slice = [];
  }
  if (slice.length > 0) await appendSlice(plane, partition, { records: slice, arena });
}

type AppendingPlane = Pick<KafkaDataPlane, 'maxMessageBytes' | 'produce'>;

async function appendSlice(
  plane: AppendingPlane,
  partition: TopicPartition,
  { records, arena }: { records: readonly EventRecord[]; arena: Arena },
): Promise<void> {
  const maxBatchBytes = await plane.maxMessageBytes(partition.topic);
  const options = { from: 0, maxBatchBytes, compressionType: 'none', arena } as const;
  const { batches } = encodeBatches(records, options);
  for (const batch of batches) {
    const bytes = sealBatch(batch, nobody, -1);
    const answer = await produced(plane, { ...partition, bytes });
    if (!answer.ok) throw answer.error;
  }
  arena.reset();
}

/**
 * The records of partition 0 from the start of the log to its end as it is now, in log order. The
 * key and the value are views of what was fetched: whoever keeps one, keeps up to 4 MiB.
 *
 * Throws TOPIC_MISSING, UNAUTHORIZED, TIME_EXHAUSTED and what else a broker may say.
 */
export function readToEnd(
  plane: KafkaDataPlane,
  topic: string,
  deadline: Deadline,
): AsyncGenerator<ReadRecord> {
  return readOn(plane, { topic, offset: 0n }, deadline);
}

/** The same, of the records that are not below an offset, and of another partition. */
export async function* readOn(
  plane: KafkaDataPlane,
  {
    topic,
    partition: number = 0,
    offset: first,
  }: { topic: string; partition?: number; offset: bigint },
  deadline: Deadline,
): AsyncGenerator<ReadRecord> {
  const partition = { topic, partition: number };
  const bounds = Promise.all([
    plane.listOffsets([partition], 'earliest'),
    plane.listOffsets([partition], 'latest'),
  ]);
  const [earliest, latest] = await deadline.within(bounds, `the ends of ${topic}`);
  const start = answeredFor(earliest[0]);
  const range = { from: start > first ? start : first, to: answeredFor(latest[0]) };
  for await (const batch of readLog(plane, partition, range, deadline)) {
    if (batch.isControl) continue;
    for (const { offset, timestamp, key, value } of readRecords(batch)) {
      if (offset < range.from || offset >= range.to) continue;
      yield { offset, timestampMs: timestamp, key, value };
    }
  }
}

/** What the encoder takes: the flow's own records are base64 from the start. */
function eventRecord(
  partition: TopicPartition,
  { key, value, timestampMs }: NewRecord,
): EventRecord {
  return {
    ...partition,
    offset: 0,
    timestamp: timestampMs,
    timestampType: 'CREATE_TIME',
    key: key?.toString('base64') ?? null,
    value: value?.toString('base64') ?? null,
  };
}

/** Kafka's codes with which a broker says that it did not even begin to write, because it may not. */
const notWritten = new Set([3, 5, 6, 19]);

/**
 * Once more where another broker leads by now; the first attempt has made it be asked for. Where the
 * outcome is not known nothing is sent twice: offset syncs that go back make readers forget others.
 */
async function produced(plane: AppendingPlane, batch: ProduceBatch): Promise<ProduceAnswer> {
  const [answer] = (await plane.produce([batch])) as [ProduceAnswer];
  if (answer.ok || !notWritten.has(answer.kafkaCode)) return answer;
  const [again] = (await plane.produce([batch])) as [ProduceAnswer];
  return again;
}
