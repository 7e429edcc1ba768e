import type { DumpedRecord, PartitionDump, RecordContent } from './records.ts';

/** A dump of partition 0 as no broker made it: at the given offsets, or without gaps from 0. */
export function handMadeDump(
  records: readonly RecordContent[],
  offsets?: readonly bigint[],
  end?: bigint,
): PartitionDump {
  const dumped = records.map((record, index): DumpedRecord => {
    const { timestamp, key, value, headers } = record;
    const offset = offsets?.[index] ?? BigInt(index);
    return { offset, timestampType: 'CreateTime', timestamp, key, value, headers };
  });
  const next = (dumped.at(-1)?.offset ?? -1n) + 1n;
  return { partition: 0, start: 0n, end: end ?? next, records: dumped };
}
