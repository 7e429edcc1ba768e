import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { percentile } from '../statistics.ts';
import type { PulsePlan, SourceRecords } from './source-records.ts';

export interface LatencyPlan extends PulsePlan {
  /** At the beginning, not counted. */
  warmUpRecords: number;
}

const patienceMs = 30_000;

/**
 * From the producer's timestamp to the moment at which a consumer on the target sees the record,
 * in milliseconds. The clock is the same, because both are this process.
 */
export async function measureLatency(
  { target, remoteTopic, topic, records }: Route,
  plan: LatencyPlan,
) {
  const arrivals = new Arrivals(plan.recordCount);
  const consumer = target.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 500 });
  try {
    await consume(consumer, remoteTopic, arrivals);
    await records.pulse(topic, plan);
    await arrivals.complete();
  } finally {
    await consumer.disconnect();
  }
  const latencies = arrivals.latenciesMs.slice(plan.warmUpRecords);
  return { latencyP50Ms: percentile(latencies, 50), latencyP99Ms: percentile(latencies, 99) };
}

export interface Route {
  target: Kafka;
  topic: string;
  remoteTopic: string;
  records: SourceRecords;
}

/**
 * Returns when the consumer has its partitions. It commits nothing: kafkajs would after every batch,
 * a write to the target for each that is measured.
 */
async function consume(consumer: Consumer, topic: string, arrivals: Arrivals): Promise<void> {
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: async (payload) => arrivals.add(payload) });
  await joined;
}

class Arrivals {
  /** By the record's number; NaN until it is seen. A second copy does not count. */
  readonly latenciesMs: number[];
  readonly #complete = Promise.withResolvers<void>();
  #missing: number;

  constructor(recordCount: number) {
    this.latenciesMs = new Array<number>(recordCount).fill(Number.NaN);
    this.#missing = recordCount;
  }

  add({ batch }: EachBatchPayload): void {
    const nowMs = Date.now();
    for (const { key, timestamp } of batch.messages) {
      const number = Number(key);
      if (!Number.isNaN(this.latenciesMs[number])) continue;
      this.latenciesMs[number] = nowMs - Number(timestamp);
      this.#missing -= 1;
    }
    if (this.#missing === 0) this.#complete.resolve();
  }

  async complete(): Promise<void> {
    const { promise, reject } = this.#complete;
    const missing = () => reject(new Error(`${this.#missing} records did not arrive`));
    const timer = setTimeout(missing, patienceMs);
    await promise.finally(() => clearTimeout(timer));
  }
}
