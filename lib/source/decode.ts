import { MirrorlessError } from '../errors.ts';
import type { EventRecord, PartitionRecords } from './event.ts';

/**
 * Groups the records of one event by source partition without copying them. The keys of the
 * `records` map are never parsed: topic names may contain `-`, so only the records are believed.
 *
 * Throws EVENT_MALFORMED with the path of the first thing that is not as an event source mapping
 * sends it; values are never quoted, because they may be payload.
 */
export function decodeEvent(event: unknown): PartitionRecords[] {
  if (!isObject(event)) throw malformed('the event', 'an object');
  if (event['eventSource'] !== 'aws:kafka' && event['eventSource'] !== 'SelfManagedKafka') {
    throw malformed('eventSource', '"aws:kafka" or "SelfManagedKafka"');
  }
  const groups = event['records'];
  if (!isObject(groups)) throw malformed('records', 'an object');
  const partitions: PartitionRecords[] = [];
  for (const [key, records] of Object.entries(groups)) {
    const path = `records[${JSON.stringify(key)}]`;
    if (!Array.isArray(records)) throw malformed(path, 'an array');
    if (records.length === 0) continue;
    const partition = decodePartition(records, path);
    if (partitions.some((other) => isSamePartition(other, partition))) {
      throw malformed(path, 'a partition that no other key of the map holds');
    }
    partitions.push(partition);
  }
  return partitions;
}

/** One pass over the records of a partition; every check is a comparison, nothing is allocated. */
function decodePartition(records: readonly unknown[], path: string): PartitionRecords {
  const first = records[0] as Partial<EventRecord> | null;
  const topic = first?.topic;
  const partition = first?.partition;
  if (typeof topic !== 'string' || topic === '') throw malformed(`${path}[0].topic`, 'a name');
  if (!Number.isInteger(partition) || (partition as number) < 0) {
    throw malformed(`${path}[0].partition`, 'a number of 0 or more');
  }
  let previous = -1;
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as EventRecord;
    const fault = faultOf(record, topic, partition as number, previous);
    if (fault !== undefined) throw malformed(`${path}[${index}]${fault.path}`, fault.expected);
    previous = record.offset;
  }
  return { topic, partition: partition as number, records: records as readonly EventRecord[] };
}

function faultOf(
  record: EventRecord | null,
  topic: string,
  partition: number,
  previousOffset: number,
): { path: string; expected: string } | undefined {
  if (typeof record !== 'object' || record === null) return { path: '', expected: 'an object' };
  if (record.topic !== topic) return { path: '.topic', expected: 'the topic of its neighbours' };
  if (record.partition !== partition) {
    return { path: '.partition', expected: 'the partition of its neighbours' };
  }
  if (!Number.isSafeInteger(record.offset) || record.offset <= previousOffset) {
    return { path: '.offset', expected: 'an offset above the one before it' };
  }
  if (!Number.isSafeInteger(record.timestamp)) {
    return { path: '.timestamp', expected: 'epoch milliseconds' };
  }
  if (!isBytes(record.key)) return { path: '.key', expected: 'base64, null or absent' };
  if (!isBytes(record.value)) return { path: '.value', expected: 'base64, null or absent' };
  if (record.headers != null && !Array.isArray(record.headers)) {
    return { path: '.headers', expected: 'an array, null or absent' };
  }
  return undefined;
}

function isBytes(field: unknown): boolean {
  return typeof field === 'string' || field === undefined || field === null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSamePartition(a: PartitionRecords, b: PartitionRecords): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}

function malformed(path: string, expected: string): MirrorlessError {
  return new MirrorlessError('EVENT_MALFORMED', `${path} is not ${expected}.`, { place: { path } });
}
