/** Records that tell where they were first written, seen from outside. */
import assert from 'node:assert/strict';
import { originHeader } from '../../lib/provenance/header.ts';
import type { DumpedRecord, Header, PartitionDump } from './oracle/records.ts';

/** The id of the cluster where a record says that it was written; undefined where it says nothing. */
export function originIdOf({ headers }: Pick<DumpedRecord, 'headers'>): string | undefined {
  const header = headers.find(([name]) => name === originHeader);
  return header && textOf(header).split('/')[0];
}

/** The header that a record with this timestamp has where it is a copy. */
export function headerOf(clusterId: string, topic: string, timestamp: number): Header {
  return [originHeader, Buffer.from(`${clusterId}/${topic}/${timestamp}`)];
}

/** Those records that were written on a cluster; on the cluster itself they tell nothing. */
export function writtenOn(
  dumps: readonly PartitionDump[],
  clusterId: string | undefined,
): PartitionDump[] {
  return withRecords(dumps, (record) => (originIdOf(record) === clusterId ? [record] : []));
}

/** As they were before they were copied. The headers are those of a copy, and behind all others. */
export function withoutOrigins(dumps: readonly PartitionDump[], topic: string): PartitionDump[] {
  return withRecords(dumps, (record) => {
    const first = record.headers.findIndex(([name]) => name === originHeader);
    assert.notEqual(first, -1);
    for (const header of record.headers.slice(first)) {
      const [name, toldTopic, timestamp] = partsOf(header);
      assert.deepEqual([name, toldTopic], [originHeader, topic]);
      if (record.timestampType === 'CreateTime') assert.equal(timestamp, `${record.timestamp}`);
    }
    return [{ ...record, headers: record.headers.slice(0, first) }];
  });
}

function withRecords(
  dumps: readonly PartitionDump[],
  become: (record: DumpedRecord) => readonly DumpedRecord[],
): PartitionDump[] {
  return dumps.map((dump) => ({ ...dump, records: dump.records.flatMap(become) }));
}

export function nullHeaderCount(dumps: readonly PartitionDump[]): number {
  const headers = dumps.flatMap(({ records }) => records).flatMap((record) => record.headers);
  return headers.filter(([, value]) => value === null).length;
}

function partsOf(header: Header): (string | undefined)[] {
  const [, topic, timestamp] = textOf(header).split('/');
  return [header[0], topic, timestamp];
}

function textOf([, value]: Header): string {
  return Buffer.from(value!).toString();
}
