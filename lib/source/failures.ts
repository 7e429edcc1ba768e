import type { MirrorlessError } from '../errors.ts';
import type { BatchResponse, PartitionRecords } from './event.ts';

/** What became of one partition of an event. */
export interface PartitionOutcome {
  source: PartitionRecords;
  /** Offsets of what the event brings beside the records of `source`. */
  leftOut: readonly number[];
  /** The first record that is not replicated and recorded. */
  position: { nextIndex: number };
  failure?: MirrorlessError;
}

/**
 * The function's answer to its event source mapping.
 *
 * With partial batch responses, Lambda retries "just those items": the first failed record *and
 * every later one of its partition* are named, because naming only the first would put it behind
 * the records that follow it. For Kafka the identifier is an object and its partition is
 * `<topic>-<number>`; an identifier that is not in the batch makes Lambda retry everything.
 *
 * Without them any failure fails the invocation and the whole batch comes again, which is safe:
 * what is on the target already is recognised and dropped. A failure that only a person can end is
 * preferred as the one to be thrown.
 */
export function answer(
  outcomes: readonly PartitionOutcome[],
  reportBatchItemFailures: boolean,
): BatchResponse {
  const failed = outcomes.filter(({ failure }) => failure);
  const worst = failed.find(({ failure }) => !failure?.retriable) ?? failed[0];
  if (worst && !reportBatchItemFailures) throw worst.failure;
  const batchItemFailures = failed.flatMap((outcome) => {
    const partition = `${outcome.source.topic}-${outcome.source.partition}`;
    return failedOffsets(outcome).map((offset) => ({ itemIdentifier: { partition, offset } }));
  });
  return { batchItemFailures };
}

/** All after the last record that is replicated and recorded; what is left out stands among them. */
function failedOffsets({ source, leftOut, position }: PartitionOutcome): number[] {
  const { records } = source;
  const done = records[position.nextIndex - 1]?.offset ?? -1;
  const offsets = records.slice(position.nextIndex).map(({ offset }) => offset);
  if (leftOut.length === 0) return offsets;
  const between = leftOut.filter((offset) => offset > done);
  return [...offsets, ...between].sort((one, other) => one - other);
}
