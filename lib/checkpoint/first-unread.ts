/**
 * The first record of data that a reader would get from an offset on. What was once asked is kept:
 * up to the record that was found there is none, so the same answer serves every offset up to it.
 */
import type { MirrorlessError } from '../errors.ts';
import { type FirstRecord, firstRecords } from '../kafka/first-records.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { PartitionView } from './partitions.ts';

/** The answer to a reader at `from`. */
export interface KnownStretch {
  from: bigint;
  first: FirstRecord;
}

export interface Question {
  partition: PartitionView;
  offset: bigint;
}

/**
 * One batched look at the source, at most one place a partition. Answers are kept in the partitions;
 * where there is none, its failure is returned.
 */
export async function lookAt(
  source: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>,
  questions: readonly Question[],
): Promise<MirrorlessError[]> {
  if (questions.length === 0) return [];
  const positions = questions.map(({ partition: { topic, partition }, offset }) => {
    return { topic, partition, offset };
  });
  const answers = await firstRecords(source, positions);
  const failures: MirrorlessError[] = [];
  for (const [index, answer] of answers.entries()) {
    const { partition, offset } = questions[index]!;
    if (answer.ok) partition.known.push({ from: offset, first: answer.value });
    else failures.push(answer.error);
  }
  return failures;
}

/** Undefined where nobody has looked. */
export function firstUnread(
  { known }: Pick<PartitionView, 'known'>,
  offset: bigint,
): FirstRecord | undefined {
  const serves = ({ from, first }: KnownStretch): boolean =>
    offset === from || (offset > from && offset <= upTo(first));
  return known.find(serves)?.first;
}

/** True where it is known that the source holds no data from `from` up to `to`, exclusive. */
export function isEmptyBetween(
  partition: Pick<PartitionView, 'known' | 'sourceEnd'>,
  from: bigint,
  to: bigint,
): boolean {
  const { sourceEnd } = partition;
  if (from >= to || (sourceEnd !== undefined && from >= sourceEnd)) return true;
  const first = firstUnread(partition, from);
  return first !== undefined && ('end' in first || first.offset >= to);
}

function upTo(first: FirstRecord): bigint {
  return 'end' in first ? first.end : first.offset;
}
