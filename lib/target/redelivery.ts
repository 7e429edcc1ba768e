import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane, TopicPartition } from '../kafka/ports.ts';
import { readLog } from '../kafka/read-log.ts';
import { readRecords } from '../kafka/record-batch.ts';
import type { EventRecord } from '../source/event.ts';
import { runsOf } from '../state/offset-map.ts';
import type { Segment } from '../state/ports.ts';
import { isCopy } from './same-record.ts';

/**
 * Proves that records which came again below progress are the ones already copied, by comparing
 * each with its copy at the mapped position of the target. Only then may they be dropped: a source
 * topic that was deleted and re-created counts from 0 again, and an event carries no topic id.
 *
 * Throws SOURCE_RECREATED where one differs or was never copied, REDELIVERY_UNVERIFIABLE where the
 * target holds none of the copies any more.
 */
export async function proveRedelivered(options: {
  records: readonly EventRecord[];
  segments: readonly Segment[];
  target: KafkaDataPlane;
  remote: TopicPartition;
  deadline: Deadline;
}): Promise<void> {
  const { records, segments, remote } = options;
  const expected = expectedCopies(records, segments, remote);
  const [first, last] = [expected.keys().next().value, [...expected.keys()].at(-1)];
  let provenCount = 0;
  if (first !== undefined && last !== undefined) {
    const range = { from: first, to: last + 1n };
    for await (const batch of readLog(options.target, remote, range, options.deadline)) {
      for (const copy of readRecords(batch)) {
        const record = expected.get(copy.offset);
        if (record === undefined) continue;
        if (!isCopy(record, copy, batch.timestampType === 'LogAppendTime')) {
          throw recreated(record, remote);
        }
        provenCount += 1;
      }
    }
  }
  if (provenCount === 0) throw unverifiable(records, remote);
}

/** Downstream offset → the redelivered record whose copy must be there, ascending. */
function expectedCopies(
  records: readonly EventRecord[],
  segments: readonly Segment[],
  remote: TopicPartition,
): Map<bigint, EventRecord> {
  const expected = new Map<bigint, EventRecord>();
  const mapStart = segments[0]?.upstreamStart;
  let index = records.findIndex((record) => mapStart !== undefined && record.offset >= mapStart);
  if (index === -1) return expected;
  for (const segment of segments) {
    for (const run of runsOf(segment)) {
      const end = run.upstream + BigInt(run.length);
      for (let record = records[index]; record !== undefined && record.offset < end; ) {
        const upstream = BigInt(record.offset);
        if (upstream < run.upstream) throw recreated(record, remote);
        expected.set(run.downstream + upstream - run.upstream, record);
        index += 1;
        record = records[index];
      }
    }
  }
  const uncopied = records[index];
  if (uncopied !== undefined) throw recreated(uncopied, remote);
  return expected;
}

function recreated(record: EventRecord, remote: TopicPartition): MirrorlessError {
  return new MirrorlessError(
    'SOURCE_RECREATED',
    `Offset ${record.offset} of ${record.topic}-${record.partition} came again, but is not what was copied from it to ${remote.topic}-${remote.partition}.`,
    { place: { topic: record.topic, partition: record.partition, offset: String(record.offset) } },
  );
}

function unverifiable(records: readonly EventRecord[], remote: TopicPartition): MirrorlessError {
  const [first, last] = [records[0], records.at(-1)] as [EventRecord, EventRecord];
  return new MirrorlessError(
    'REDELIVERY_UNVERIFIABLE',
    `Offsets ${first.offset} to ${last.offset} of ${first.topic}-${first.partition} came again, and ${remote.topic}-${remote.partition} holds no copy of them to compare with.`,
    { place: { topic: first.topic, partition: first.partition, offset: String(first.offset) } },
  );
}
