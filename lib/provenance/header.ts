/**
 * The header that tells of a copied record where it was before: one for each cluster on its way,
 * the first for the one where it was written. The value is the text
 * `<cluster id>/<topic>/<timestamp>`.
 *
 * Applications pass headers on: to derived records in other topics (Kafka Streams does), or to the
 * same topic when they write a record anew from a dead letter queue. Such a record is no copy, and
 * to leave it out would lose it; so topic and timestamp of a copy are in the value as well. Nothing
 * is ever taken away: headers that tell something else are as if they were not there.
 */
import type { EventRecord } from '../source/event.ts';

export const originHeader = 'mirrorless.origin';

export interface Origin {
  clusterId: string;
  /** False where a topic on the way has put its own time in place of the record's. */
  isCurrent: boolean;
}

/** Where a copied record was before, the first of them where it was written; no copy tells nothing. */
export function originsOf({ topic, timestamp, timestampType, headers }: EventRecord): Origin[] {
  if (!headers) return [];
  const origins: Origin[] = [];
  for (const header of headers) {
    const value = header[originHeader];
    if (!Array.isArray(value)) continue;
    const text = Buffer.from(value).toString('latin1');
    const timestampAt = text.lastIndexOf('/');
    const topicAt = text.lastIndexOf('/', timestampAt - 1);
    if (topicAt < 1 || text.slice(topicAt + 1, timestampAt) !== topic) continue;
    const isCurrent = text.slice(timestampAt + 1) === String(timestamp);
    if (!isCurrent && timestampType !== 'LOG_APPEND_TIME') continue;
    origins.push({ clusterId: text.slice(0, topicAt), isCurrent });
  }
  return origins;
}

/** The record with headers of these clusters behind all that it has. */
export function withOrigins(record: EventRecord, clusterIds: readonly string[]): EventRecord {
  const added = clusterIds.map((clusterId) => {
    const value = `${clusterId}/${record.topic}/${record.timestamp}`;
    return { [originHeader]: [...Buffer.from(value, 'latin1')] };
  });
  return { ...record, headers: [...(record.headers ?? []), ...added] };
}
