/** The data of a partition in log order, each record with what became of its transaction. */
import type { Deadline } from '../deadline.ts';
import type { KafkaDataPlane, TopicPartition } from '../kafka/ports.ts';
import { readLog } from '../kafka/read-log.ts';
import { type BatchHeader, type LogRecord, readRecords } from '../kafka/record-batch.ts';

export interface DataRecord {
  record: LogRecord;
  batch: BatchHeader;
  /** `committed` also where there was no transaction; `open` where its marker lies beyond the end. */
  outcome: 'committed' | 'aborted' | 'open';
}

interface Reading {
  plane: KafkaDataPlane;
  partition: TopicPartition;
  /** Offsets, without `to`. */
  from: bigint;
  to: bigint;
  deadline: Deadline;
}

/** Holds back what follows an undecided transaction until its marker, as a reader of committed data. */
export async function* dataRecords(reading: Reading): AsyncGenerator<DataRecord> {
  const { plane, partition, from, to, deadline } = reading;
  const waiting: { batch: BatchHeader; outcome: DataRecord['outcome'] }[] = [];
  for await (const batch of readLog(plane, partition, { from, to }, deadline)) {
    if (batch.isControl) decide(waiting, batch);
    else waiting.push({ batch, outcome: batch.isTransactional ? 'open' : 'committed' });
    while (waiting[0] !== undefined && waiting[0].outcome !== 'open') {
      yield* recordsOf(waiting.shift()!, reading);
    }
  }
  for (const rest of waiting) yield* recordsOf(rest, reading);
}

/** Kafka's control records have a key of a version and a type, two bytes each; 1 is a commit. */
function decide(waiting: { batch: BatchHeader; outcome: string }[], marker: BatchHeader): void {
  const isCommit = readRecords(marker)[0]?.key?.readInt16BE(2) === 1;
  for (const each of waiting) {
    const isMeant = each.outcome === 'open' && each.batch.producerId === marker.producerId;
    if (isMeant) each.outcome = isCommit ? 'committed' : 'aborted';
  }
}

function* recordsOf(
  { batch, outcome }: Pick<DataRecord, 'batch' | 'outcome'>,
  { from, to }: Reading,
): Generator<DataRecord> {
  for (const record of readRecords(batch)) {
    if (record.offset >= from && record.offset < to) yield { record, batch, outcome };
  }
}
