import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import type {
  FetchedRecords,
  FetchPosition,
  KafkaDataPlane,
  ProducerIdentity,
  Settled,
  TopicPartition,
} from '../kafka/ports.ts';
import { type BatchHeader, readBatches, readRecords } from '../kafka/record-batch.ts';
import { addSequence, type LandedRecord } from './landed.ts';

/** Bytes of the target's log asked for at once when it is read back. */
const readBackBytes = 4 * 1024 * 1024;
const readBackWaitMs = 250;

/** Reads whole batches of one partition from offset `from` until `to` (exclusive), in log order. */
export async function* readLog(
  target: KafkaDataPlane,
  partition: TopicPartition,
  range: { from: bigint; to: bigint },
  deadline: Deadline,
): AsyncGenerator<BatchHeader> {
  let offset = range.from;
  while (offset < range.to) {
    const { bytes } = await fetchOne(target, { ...partition, offset }, deadline);
    for (const batch of readBatches(bytes)) {
      if (batch.baseOffset >= range.to) return;
      if (batch.lastOffset < offset) continue;
      yield batch;
      offset = batch.lastOffset + 1n;
    }
  }
}

/**
 * The records in a batch that this flow's producer wrote at or after `from`. A record's sequence is
 * its batch's base sequence plus its offset delta, also after compaction left holes in the batch.
 */
export function ownRecords(
  batch: BatchHeader,
  identity: ProducerIdentity,
  from: bigint,
): LandedRecord[] {
  const isOurs =
    !batch.isControl &&
    batch.producerId === identity.producerId &&
    batch.producerEpoch === identity.producerEpoch;
  if (!isOurs) return [];
  return readRecords(batch)
    .filter((record) => record.offset >= from)
    .map((record) => ({
      record,
      sequence: addSequence(batch.baseSequence, Number(record.offset - batch.baseOffset)),
      logAppendTime: batch.timestampType === 'LogAppendTime',
    }));
}

/** The value of the one answer to a question about one partition; throws its error. */
export function answeredFor<T>(answer: Settled<T> | undefined): T {
  if (answer?.ok) return answer.value;
  throw answer?.error ?? new MirrorlessError('INTERNAL', 'A partition was not answered for.');
}

async function fetchOne(
  target: KafkaDataPlane,
  position: FetchPosition,
  deadline: Deadline,
): Promise<FetchedRecords> {
  const fetched = target.fetch([position], {
    maxWaitMs: readBackWaitMs,
    minBytes: 1,
    maxBytes: readBackBytes,
    maxPartitionBytes: readBackBytes,
  });
  const [answer] = await deadline.within(fetched, 'reading the target’s log back');
  return answeredFor(answer);
}
