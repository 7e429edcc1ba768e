import type { ProducerIdentity } from '../kafka/ports.ts';
import { type BatchHeader, readRecords } from '../kafka/record-batch.ts';
import { addSequence, type LandedRecord } from './landed.ts';

/**
 * The records in a batch that this flow's producer wrote at or after `from`. A record's sequence is
 * its batch's base sequence plus its offset delta, also after compaction left holes in the batch.
 *
 * An older epoch is that of an older generation of the map: an invocation that had begun before the
 * new one was started wrote it late. Its records have no sequence in the new epoch.
 */
export function ownRecords(
  batch: BatchHeader,
  identity: ProducerIdentity,
  from: bigint,
): LandedRecord[] {
  const isOurs =
    !batch.isControl &&
    batch.producerId === identity.producerId &&
    batch.producerEpoch <= identity.producerEpoch;
  if (!isOurs) return [];
  const isOlder = batch.producerEpoch < identity.producerEpoch;
  return readRecords(batch)
    .filter((record) => record.offset >= from)
    .map((record) => ({
      record,
      ...(!isOlder && {
        sequence: addSequence(batch.baseSequence, Number(record.offset - batch.baseOffset)),
      }),
      logAppendTime: batch.timestampType === 'LogAppendTime',
    }));
}
