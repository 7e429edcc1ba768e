/**
 * The header that tells where a copied record was first written. Its value is the text
 * `<cluster id>/<topic>/<timestamp>`.
 *
 * Applications pass headers on: to derived records in other topics (Kafka Streams does), or to the
 * same topic when they write a record anew from a dead letter queue. Such a record is no copy, and
 * to leave it out would lose it; so topic and timestamp of a copy are in the value as well. Nothing
 * is ever taken away: of several headers with this name the last counts.
 */
import type { EventRecord } from '../source/event.ts';

export const originHeader = 'mirrorless.origin';

export interface Origin {
  clusterId: string;
  /** False where a topic on the way has put its own time in place of the record's. */
  isCurrent: boolean;
}

/** Where a record was first written; undefined where it was written where it is. */
export function originOf(record: EventRecord): Origin | undefined {
  const value = lastValue(record.headers);
  if (value === undefined) return undefined;
  const text = Buffer.from(value as number[]).toString('latin1');
  const timestampAt = text.lastIndexOf('/');
  const topicAt = text.lastIndexOf('/', timestampAt - 1);
  if (topicAt < 1 || text.slice(topicAt + 1, timestampAt) !== record.topic) return undefined;
  const isCurrent = text.slice(timestampAt + 1) === String(record.timestamp);
  if (!isCurrent && record.timestampType !== 'LOG_APPEND_TIME') return undefined;
  return { clusterId: text.slice(0, topicAt), isCurrent };
}

/** The record with the header behind all that it has. */
export function withOrigin(record: EventRecord, clusterId: string): EventRecord {
  const value = `${clusterId}/${record.topic}/${record.timestamp}`;
  const header = { [originHeader]: [...Buffer.from(value, 'latin1')] };
  return { ...record, headers: [...(record.headers ?? []), header] };
}

function lastValue(headers: EventRecord['headers']): readonly number[] | undefined {
  if (!headers) return undefined;
  for (let index = headers.length - 1; index >= 0; index -= 1) {
    const value = headers[index]?.[originHeader];
    if (value !== undefined) return Array.isArray(value) ? value : undefined;
  }
  return undefined;
}
