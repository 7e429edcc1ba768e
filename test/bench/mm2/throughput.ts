import { setTimeout as delay } from 'node:timers/promises';
import type { TopicAdmin } from '../parts.ts';
import { treeCpuMs } from './process-tree.ts';

export interface ThroughputPlan {
  /** Records on the source topic before the system starts. */
  recordCount: number;
  /** Of these, how many pass before the measurement begins. */
  warmUpRecords: number;
}

export interface Watched {
  topics: TopicAdmin;
  topic: string;
  pid: number;
}

const pollMs = 50;
/** For the start and for every further step: a system that stands still this long has failed. */
const patienceMs = 60_000;

/** Watches the end offsets of the remote topic while a running system fills it. */
export async function measureThroughput(
  watched: Watched,
  { recordCount, warmUpRecords }: ThroughputPlan,
) {
  const start = await sampleAt(watched, warmUpRecords);
  const end = await sampleAt(watched, recordCount);
  const copied = end.recordCount - start.recordCount;
  return {
    recordsPerSecond: (copied / (end.atMs - start.atMs)) * 1000,
    cpuUsPerRecord: ((end.cpuMs - start.cpuMs) * 1000) / copied,
  };
}

async function sampleAt({ topics, topic, pid }: Watched, wanted: number) {
  let recordCount = 0;
  let movedAtMs = performance.now();
  for (;;) {
    const found = await topics.countRecords(topic);
    const atMs = performance.now();
    if (found >= wanted) return { atMs, recordCount: found, cpuMs: treeCpuMs(pid) };
    if (found > recordCount) movedAtMs = atMs;
    if (atMs - movedAtMs > patienceMs) throw new Error(`${topic} stands still at ${found} records`);
    recordCount = found;
    await delay(pollMs);
  }
}
