import type { ProducerIdentity } from '../kafka/ports.ts';
import { type BatchHeader, readRecords } from '../kafka/record-batch.ts';
import { addSequence, type LandedRecord } from './landed.ts';

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
