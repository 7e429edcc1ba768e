/** The groups that are moved: what is in their topic, and what they have read of it. */
import { tagHeader } from '../../support/oracle/awkward.ts';
import type { OracleCluster } from '../../support/oracle/oracle.ts';
import type { OracleRecord, PartitionDump } from '../../support/oracle/records.ts';

export interface CutoverCase {
  name: string;
  /** Written while the system runs, a part at a time; each topic has one partition. */
  parts: readonly Write[];
  /** Written, and compacted, before the system is started. */
  before?: Write;
  /** True where the system is started anew between the first half of the parts and the second. */
  restarts?: true;
  /** What the group has committed, given all that the source holds. */
  committed(source: PartitionDump): bigint;
}

export type Write = (source: OracleCluster, topic: string) => Promise<void>;

const partCount = 40;
const recordsPerPart = 500;

/** As records come in day after day: 20,000 of them in small parts. */
const steady: readonly Write[] = Array.from(
  { length: partCount },
  (_, part) => (source, topic) =>
    source.load(topic, {
      producer: topic,
      count: recordsPerPart,
      valueBytes: 100,
      firstSequence: part * recordsPerPart,
    }),
);

/** Each part ends in a marker, which takes an offset; every fifth transaction is aborted. */
const transactions: readonly Write[] = Array.from(
  { length: partCount },
  (_, part) => async (source, topic) => {
    const outcome = part % 5 === 4 ? 'abort' : 'commit';
    const records = numbered(part * 50, 50);
    await source.produce(topic, records, { transaction: { id: topic, outcome } });
  },
);

const compacted: Write = async (source, topic) => {
  // Of every hundred records the first ninety have one key: all but the last of those go.
  const records = numbered(0, 5000).map((record, index) => {
    const hundred = Math.floor(index / 100);
    const key = index % 100 < 90 ? `busy ${hundred}` : `rare ${index}`;
    return { ...record, key: Buffer.from(key) };
  });
  await source.produce(topic, records);
  await source.compact(topic);
};

export const cases: readonly CutoverCase[] = [
  { name: 'near-tip', parts: steady, committed: ({ end }) => end - 3n },
  { name: 'half-way', parts: steady, committed: ({ end }) => end / 2n + 37n },
  { name: 'offset-0', parts: steady, committed: () => 0n },
  { name: 'compaction-gap', parts: [], before: compacted, committed: insideGap },
  { name: 'transactional', parts: transactions, committed: afterMarker },
  { name: 'transactional-end', parts: transactions, committed: ({ end }) => end },
  {
    name: 'quiet',
    parts: [(source, topic) => source.produce(topic, numbered(0, 50)).then(() => {})],
    committed: () => 37n,
  },
  {
    name: 'restart',
    parts: steady,
    restarts: true,
    committed: ({ end }) => (end * 3n) / 10n + 11n,
  },
];

function numbered(first: number, count: number): OracleRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition: 0,
    timestamp: Date.now(),
    key: null,
    value: Buffer.alloc(100, 'x'),
    headers: [[tagHeader, Buffer.from(`record ${first + index}`)]],
  }));
}

/** In the middle of the longest stretch that compaction has emptied, half way through the topic. */
function insideGap({ records, end }: PartitionDump): bigint {
  const from = records.findIndex(({ offset }) => offset >= end / 2n);
  const at = records.findIndex(
    ({ offset }, index) => index > from && offset - records[index - 1]!.offset > 50n,
  );
  return records[at]!.offset - 20n;
}

/** After the marker that follows a record three quarters through the topic. */
function afterMarker({ records, end }: PartitionDump): bigint {
  const at = records.findIndex(
    ({ offset }, index) =>
      offset >= (end * 3n) / 4n && offset - (records[index - 1]?.offset ?? offset) > 1n,
  );
  return records[at]!.offset;
}
