import type { KafkaDataPlane, TopicPartition } from '../../kafka/ports.ts';
import { type LogRecord, readBatches, readRecords } from '../../kafka/record-batch.ts';

export interface Side {
  cluster: KafkaDataPlane;
  partition: TopicPartition;
}

export interface Comparison {
  /** Records that are the same on both sides. */
  equal: number;
  /** What is wrong first, if anything; the rest is not looked at. */
  difference?: string;
  /** Where some of them lie. */
  samples: { upstream: bigint; downstream: bigint }[];
}

const sampleEvery = 97;
const fetchOptions = {
  maxWaitMs: 100,
  minBytes: 1,
  maxBytes: 4 * 1024 * 1024,
  maxPartitionBytes: 4 * 1024 * 1024,
};

/** Reads a partition on both sides from its beginning to its end, and compares record by record. */
export async function comparePartition(source: Side, target: Side): Promise<Comparison> {
  const copies = recordsOf(target);
  const comparison: Comparison = { equal: 0, samples: [] };
  for await (const record of recordsOf(source)) {
    const { value: copy } = await copies.next();
    const at = `offset ${record.offset}`;
    if (copy === undefined) return { ...comparison, difference: `${at} is missing` };
    if (!isSame(record, copy)) return { ...comparison, difference: `${at} is another record` };
    if (comparison.equal % sampleEvery === 0) {
      comparison.samples.push({ upstream: record.offset, downstream: copy.offset });
    }
    comparison.equal += 1;
  }
  const { value: surplus } = await copies.next();
  if (surplus === undefined) return comparison;
  return { ...comparison, difference: `the target has one more, at its offset ${surplus.offset}` };
}

async function* recordsOf({ cluster, partition }: Side): AsyncGenerator<LogRecord, undefined> {
  const [start, end] = await Promise.all(
    (['earliest', 'latest'] as const).map(async (which) => {
      const [listed] = await cluster.listOffsets([partition], which);
      if (!listed?.ok) throw listed?.error;
      return listed.value;
    }),
  );
  for (let offset = start!; offset < end!; ) {
    const [fetched] = await cluster.fetch([{ ...partition, offset }], fetchOptions);
    if (!fetched?.ok) throw fetched?.error;
    for (const batch of readBatches(fetched.value.bytes)) {
      const from = offset;
      offset = batch.lastOffset + 1n;
      if (batch.isControl) continue;
      yield* readRecords(batch).filter((record) => record.offset >= from);
    }
  }
  return undefined;
}

function isSame(a: LogRecord, b: LogRecord): boolean {
  return (
    a.timestamp === b.timestamp &&
    isSameBytes(a.key, b.key) &&
    isSameBytes(a.value, b.value) &&
    a.headers.length === b.headers.length &&
    a.headers.every(([name, value], index) => {
      const [otherName, otherValue] = b.headers[index]!;
      return name === otherName && isSameBytes(value, otherValue);
    })
  );
}

function isSameBytes(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
