/**
 * The items of the scheduled functions: what was published of a group, and the offset syncs that
 * were emitted for a topic.
 *
 * Of a group, `checkpoints` is JSON, compressed, since DynamoDB asks for a write unit for each KB:
 *
 *     [["orders", [[0, "1200", "-20", "7", "exact", "metadata"], …]], …]
 *
 * by topic, then a row for each partition: number, upstream offset, what is to be added to it for
 * the downstream one, lag in records or null, exactness, metadata. Of a topic, each partition has an
 * attribute of its own, named by its number: `<upstream>/<downstream>/<position>`, so that two
 * writers never undo each other.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MirrorlessError } from '../errors.ts';
import { type Item, type Key, offset, reading, text, whole } from './items.ts';
import type { EmittedSync, GroupCheckpoints, StoredCheckpoint } from './ports.ts';

export const checkpointPrefix = 'checkpoint';
export const syncPrefix = 'sync/';

/** What DynamoDB takes as a sort key; a group of Kafka may have 32 KB. */
const positionBytesMax = 1024;

function checkpointKey(flow: string, group: string): Key {
  const named = `${checkpointPrefix}/${group}`;
  const isLong = Buffer.byteLength(named) > positionBytesMax;
  const digest = () => createHash('sha256').update(group).digest('hex');
  const position = isLong ? `${checkpointPrefix}-of-long/${digest()}` : named;
  return { partition: { S: flow }, position: { S: position } };
}

export function syncKey(flow: string, topic: string): Key {
  return { partition: { S: flow }, position: { S: syncPrefix + topic } };
}

/** What DynamoDB takes as an item is 400 KB; the rest is for names, numbers and the key. */
const groupBytesMax = 400 * 1024 - 2 * 1024;

/** Throws CHECKPOINTS_TOO_LARGE. */
export function checkpointItem(flow: string, stored: GroupCheckpoints): Item {
  const { group, publishedAtMs, goneSinceMs, checkpoints } = stored;
  const compressed = gzipSync(JSON.stringify(rowsByTopic(checkpoints)));
  const sizeBytes = compressed.length + Buffer.byteLength(group);
  if (sizeBytes > groupBytesMax) throw tooLarge(stored, sizeBytes);
  return {
    ...checkpointKey(flow, group),
    group: { S: group },
    publishedAtMs: { N: String(publishedAtMs) },
    ...(goneSinceMs !== undefined && { goneSinceMs: { N: String(goneSinceMs) } }),
    checkpoints: { B: compressed },
  };
}

function rowsByTopic(checkpoints: readonly StoredCheckpoint[]): [string, unknown[]][] {
  const byTopic = new Map<string, unknown[]>();
  for (const { topic, ...each } of checkpoints) {
    const { partition, upstreamOffset, downstreamOffset, lagRecords, exactness, metadata } = each;
    const rows = byTopic.get(topic) ?? [];
    const shift = downstreamOffset - upstreamOffset;
    const lag = lagRecords === undefined ? null : `${lagRecords}`;
    rows.push([partition, `${upstreamOffset}`, `${shift}`, lag, exactness, metadata]);
    byTopic.set(topic, rows);
  }
  return [...byTopic];
}

function tooLarge({ group, checkpoints }: GroupCheckpoints, sizeBytes: number): MirrorlessError {
  const what = `The ${checkpoints.length} checkpoints of group ${group} take ${sizeBytes} bytes`;
  return new MirrorlessError('CHECKPOINTS_TOO_LARGE', `${what} of at most ${groupBytesMax}.`);
}

/** By topic; throws STATE_CORRUPT, as `readSyncs` does, where the item is not what was written. */
export function readCheckpoints(item: Item): GroupCheckpoints {
  return reading(item, () => ({
    group: text(item, 'group'),
    publishedAtMs: Number(offset(item, 'publishedAtMs')),
    ...(item['goneSinceMs'] && { goneSinceMs: Number(offset(item, 'goneSinceMs')) }),
    checkpoints: checkpointsOf(item['checkpoints']?.B),
  }));
}

/** Far beyond what compresses into an item of real offsets; bounds the memory of a broken one. */
const jsonBytesMax = 64 * 1024 * 1024;

function checkpointsOf(compressed: Uint8Array | undefined): StoredCheckpoint[] {
  if (compressed === undefined) throw new TypeError('checkpoints is missing.');
  const json = gunzipSync(compressed, { maxOutputLength: jsonBytesMax }).toString();
  return list(JSON.parse(json)).flatMap((entry) => {
    const [topic, rows] = list(entry);
    if (typeof topic !== 'string') throw new TypeError('a topic is no text.');
    return list(rows).map((row) => checkpointOf(topic, list(row)));
  });
}

function checkpointOf(topic: string, row: readonly unknown[]): StoredCheckpoint {
  const [partition, upstream, shift, lag, exactness, metadata] = row;
  if (typeof partition !== 'number' || typeof metadata !== 'string') {
    throw new TypeError('a checkpoint is incomplete.');
  }
  if (exactness !== 'exact' && exactness !== 'ahead' && exactness !== 'sampled') {
    throw new TypeError('exactness is unknown.');
  }
  const upstreamOffset = whole('upstream', upstream);
  return {
    topic,
    partition,
    upstreamOffset,
    downstreamOffset: whole('downstream', `${upstreamOffset + signed(shift)}`),
    metadata,
    exactness,
    ...(lag !== null && { lagRecords: whole('lag', lag) }),
  };
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list is missing.');
  return value;
}

function signed(digits: unknown): bigint {
  if (typeof digits !== 'string' || !/^-?\d+$/.test(digits)) throw new TypeError('no number.');
  return BigInt(digits);
}

/** The attributes of partitions of one topic. */
export function syncAttributes(syncs: readonly EmittedSync[]): Item {
  const attributes = syncs.map(({ partition, upstreamOffset, downstreamOffset, position }) => [
    String(partition),
    { S: `${upstreamOffset}/${downstreamOffset}/${position}` },
  ]);
  return Object.fromEntries(attributes);
}

export function readSyncs(item: Item): EmittedSync[] {
  const topic = item['position']?.S?.slice(syncPrefix.length) ?? '';
  const read = () => {
    const names = Object.keys(item).filter((name) => name !== 'partition' && name !== 'position');
    return names.map((name) => {
      const [upstream, downstream, position] = text(item, name).split('/');
      return {
        topic,
        partition: Number(whole('a partition', name)),
        upstreamOffset: whole('upstream', upstream),
        downstreamOffset: whole('downstream', downstream),
        position: whole('position', position),
      };
    });
  };
  return reading(item, read, { topic });
}
