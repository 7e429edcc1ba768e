/** Reads the heartbeats that a flow has copied to its target. */
import type { Deadline } from '../deadline.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { answeredFor, readLog } from '../kafka/read-log.ts';
import { type BatchHeader, readBatches, readRecords } from '../kafka/record-batch.ts';
import { decodeHeartbeat } from '../mm2/formats.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';

/**
 * The topics of the target that a flow from `sourceAlias` fills with heartbeats: `A.heartbeats`, and
 * in a chain `A.R.heartbeats`.
 */
export function remoteHeartbeatsTopics(
  topics: readonly string[],
  policy: ReplicationPolicy,
  sourceAlias: string,
): string[] {
  return topics.filter(
    (topic) => policy.isHeartbeatsTopic(topic) && policy.topicSource(topic) === sourceAlias,
  );
}

const fetchBytes = 1024 * 1024;
/** How far back the newest heartbeat is looked for first; each further look goes ten times as far. */
const firstLook = 100n;

/**
 * When the newest heartbeat was emitted that the topic holds, epoch milliseconds, undefined where it
 * holds none; and the offset after its last record. What lies between heartbeats, be it markers of
 * transactions, tombstones or other records, is read over.
 */
export async function newestHeartbeat(
  target: KafkaDataPlane,
  topic: string,
  deadline: Deadline,
): Promise<{ newestMs: number | undefined; end: bigint }> {
  const partition = { topic, partition: 0 };
  const ask = (which: 'earliest' | 'latest') => target.listOffsets([partition], which);
  const bounds = Promise.all([ask('earliest'), ask('latest')]);
  const [earliest, latest] = await deadline.within(bounds, `the ends of ${topic}`);
  const [start, end] = [answeredFor(earliest[0]), answeredFor(latest[0])];
  for (let look = firstLook; ; look *= 10n) {
    const from = look < end - start ? end - look : start;
    let newestMs: number | undefined;
    for await (const batch of readLog(target, partition, { from, to: end }, deadline)) {
      for (const atMs of timestampsOf(batch, from)) newestMs = Math.max(newestMs ?? atMs, atMs);
    }
    if (newestMs !== undefined || from === start) return { newestMs, end };
  }
}

/**
 * Waits at most so long for heartbeats at or after offset `from`: when each was emitted, in log
 * order, and the offset to go on from.
 */
export async function nextHeartbeats(
  target: KafkaDataPlane,
  { topic, from, maxWaitMs }: { topic: string; from: bigint; maxWaitMs: number },
  deadline: Deadline,
): Promise<{ timestampsMs: number[]; end: bigint }> {
  const fetching = target.fetch([{ topic, partition: 0, offset: from }], {
    maxWaitMs,
    minBytes: 1,
    maxBytes: fetchBytes,
    maxPartitionBytes: fetchBytes,
  });
  const [answer] = await deadline.within(fetching, `heartbeats of ${topic}`);
  const batches = readBatches(answeredFor(answer).bytes);
  const last = batches.at(-1);
  const end = last === undefined || last.lastOffset < from ? from : last.lastOffset + 1n;
  return { timestampsMs: batches.flatMap((batch) => timestampsOf(batch, from)), end };
}

function timestampsOf(batch: BatchHeader, from: bigint): number[] {
  if (batch.isControl) return [];
  return readRecords(batch)
    .filter(({ offset }) => offset >= from)
    .flatMap((record) => decodeHeartbeat(record)?.timestampMs ?? []);
}
