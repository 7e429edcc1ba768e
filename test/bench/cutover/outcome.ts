import { tagOf } from '../../support/oracle/alignment.ts';
import type { DumpedRecord, PartitionDump } from '../../support/oracle/records.ts';

export interface Outcome {
  /** Records that the group had read on the source and reads again on the target. */
  redelivered: number;
  /** Records that it had not read on the source and never reads on the target. */
  skipped: number;
}

/**
 * What a group meets that stops on the source and goes on, on the target, at `position`; without a
 * position at the beginning, as a consumer with `auto.offset.reset=earliest` does.
 */
export function cutoverOutcome(
  source: PartitionDump,
  target: PartitionDump,
  { committed, position }: { committed: bigint; position: bigint | undefined },
): Outcome {
  const from = position ?? target.start;
  const onTarget = new Map(target.records.map((record) => [identityOf(record), record.offset]));
  const outcome = { redelivered: 0, skipped: 0 };
  for (const record of source.records) {
    const copy = onTarget.get(identityOf(record));
    const isRead = record.offset < committed;
    const isReadOnTarget = copy !== undefined && copy >= from;
    if (isRead && isReadOnTarget) outcome.redelivered += 1;
    if (!isRead && !isReadOnTarget) outcome.skipped += 1;
  }
  return outcome;
}

/** All are tagged but the one that closes the segment of a compacted topic, whose key is its own. */
function identityOf(record: DumpedRecord): string {
  return tagOf(record) ?? Buffer.from(record.key ?? []).toString('hex');
}
