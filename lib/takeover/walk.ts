/**
 * How far a copy really goes. Whoever stops between writing records and storing where it stands
 * leaves records on the target that its stored position does not know; whoever then goes on from
 * there copies them again. So both logs are read side by side, from a place that is known to the
 * target's end, and compared byte for byte.
 */
import { larger } from '../bigint.ts';
import type { Deadline } from '../deadline.ts';
import type { KafkaDataPlane, TopicPartition } from '../kafka/ports.ts';
import type { BatchHeader, LogRecord } from '../kafka/record-batch.ts';
import { type DataRecord, dataRecords } from './data-records.ts';

export interface Logs {
  source: LogView;
  target: LogView;
  deadline: Deadline;
}

export interface LogView {
  plane: KafkaDataPlane;
  partition: TopicPartition;
  /** The first record that is left, and the next one to come. */
  start: bigint;
  end: bigint;
}

/**
 * | status             | meaning                                                                       |
 * | ------------------ | ----------------------------------------------------------------------------- |
 * | `proven`           | every record of the target from there on is the copy of the next one of the source; `upstream` is the first that is not copied |
 * | `differs`          | at `downstream` the target holds another record than the next of the source    |
 * | `expired`          | records of the target that would have to be compared are gone                  |
 * | `open-transaction` | the target's writer has neither committed nor aborted what it wrote last       |
 */
export type Walked =
  | { status: 'proven'; upstream: bigint; comparedCount: number }
  | { status: 'differs'; downstream: bigint }
  | { status: 'expired' | 'open-transaction' };

/**
 * @param from the next records on either side: what lies before is known to be copied
 * @param isOurs which batches of the target count; all, where the copy has no identity
 */
export async function walkCopies(
  logs: Logs,
  from: { upstream: bigint; downstream: bigint },
  isOurs: (batch: BatchHeader) => boolean = () => true,
): Promise<Walked> {
  const { source, target, deadline } = logs;
  let { upstream } = from;
  if (from.downstream >= target.end) return { status: 'proven', upstream, comparedCount: 0 };
  if (from.downstream < target.start) return { status: 'expired' };
  const originals = dataRecords({
    ...source,
    from: larger(upstream, source.start),
    to: source.end,
    deadline,
  });
  let comparedCount = 0;
  try {
    const copies = dataRecords({ ...target, from: from.downstream, to: target.end, deadline });
    for await (const copy of copies) {
      if (!isOurs(copy.batch) || copy.outcome === 'aborted') continue;
      if (copy.outcome === 'open') return { status: 'open-transaction' };
      const original = await originalOf(copy, originals);
      if (original === undefined) return { status: 'differs', downstream: copy.record.offset };
      upstream = original.offset + 1n;
      comparedCount += 1;
    }
  } finally {
    await originals.return(undefined);
  }
  return { status: 'proven', upstream, comparedCount };
}

/** What a transaction of the source did not commit may be copied or not: as the reader was set. */
async function originalOf(
  copy: DataRecord,
  originals: AsyncGenerator<DataRecord>,
): Promise<LogRecord | undefined> {
  for (;;) {
    const { value: original, done } = await originals.next();
    if (done) return undefined;
    if (isSameRecord(original.record, copy)) return original.record;
    if (original.outcome === 'committed') return undefined;
  }
}

/** How many records at the end of both logs are compared where no place is known. */
const tailCount = 100n;

/**
 * Where nothing tells which record lies where: whether the target ends with the records that the
 * source has before `upstream`, and with nothing more. Proves an orderly end, and no other.
 */
export async function endsBefore(logs: Logs, upstream: bigint): Promise<Walked> {
  const { source, target, deadline } = logs;
  const copies = await lastRecords(target, target.end, deadline);
  if (copies.some(({ outcome }) => outcome === 'open')) return { status: 'open-transaction' };
  const committed = copies.filter(({ outcome }) => outcome === 'committed');
  const originals = await lastRecords(source, upstream, deadline);
  const count = Math.min(committed.length, originals.length);
  if (count === 0) return { status: 'expired' };
  for (let back = 1; back <= count; back += 1) {
    const copy = committed.at(-back)!;
    if (isSameRecord(originals.at(-back)!.record, copy)) continue;
    return { status: 'differs', downstream: copy.record.offset };
  }
  return { status: 'proven', upstream, comparedCount: count };
}

async function lastRecords(log: LogView, to: bigint, deadline: Deadline): Promise<DataRecord[]> {
  const from = larger(log.start, to - tailCount);
  const records: DataRecord[] = [];
  for await (const each of dataRecords({ ...log, from, to, deadline })) records.push(each);
  return records;
}

/** A target of `LogAppendTime` has a time of its own, and a record without one gets the writer's. */
function isSameRecord(original: LogRecord, { record: copy, batch }: DataRecord): boolean {
  return (
    (original.timestamp === copy.timestamp ||
      original.timestamp < 0 ||
      batch.timestampType === 'LogAppendTime') &&
    isSame(original.key, copy.key) &&
    isSame(original.value, copy.value) &&
    (areSameHeaders(original.headers, copy.headers) ||
      areSameHeaders(original.headers.filter(hasValue), copy.headers))
  );
}

/** Those without one may be missing: an event source mapping does not carry their names. */
function hasValue([, value]: LogRecord['headers'][number]): boolean {
  return value !== null;
}

function areSameHeaders(originals: LogRecord['headers'], copies: LogRecord['headers']): boolean {
  return (
    originals.length === copies.length &&
    originals.every(([name, value], index) => {
      const [copyName, copyValue] = copies[index]!;
      return name === copyName && isSame(value, copyValue);
    })
  );
}

function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}
