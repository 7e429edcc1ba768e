/** A data plane on real brokers, with topics and batches to send through it. */
import { randomBytes } from 'node:crypto';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import type {
  KafkaDataPlane,
  ProduceAnswer,
  ProduceBatch,
  ProducerIdentity,
} from '../../lib/kafka/ports.ts';
import { Arena } from '../../lib/target/arena.ts';
import { encodeBatches, sealBatch } from '../../lib/target/encode.ts';
import { openTopics } from './topics.ts';

export interface TestCluster {
  /** A data plane with connections of its own, closed with the cluster. */
  connect(requestTimeoutMs?: number): KafkaDataPlane;
  createTopic(settings?: {
    partitionCount?: number;
    replicationFactor?: number;
    configs?: Record<string, string>;
  }): Promise<string>;
  close(): Promise<void>;
}

export function useCluster(bootstrapServers: string): TestCluster {
  const cluster = { alias: 'backup', bootstrapServers: bootstrapServers.split(',') };
  const topics = openTopics(bootstrapServers);
  const opened: KafkaDataPlane[] = [];
  return {
    connect(requestTimeoutMs = 20_000) {
      const dataPlane = openDataPlane({ cluster, side: 'target', requestTimeoutMs });
      opened.push(dataPlane);
      return dataPlane;
    },
    async createTopic({ partitionCount = 1, replicationFactor = 1, configs = {} } = {}) {
      const topic = `data-plane-${randomBytes(4).toString('hex')}`;
      await topics.createTopics([{ topic, partitionCount, replicationFactor, configs }]);
      return topic;
    },
    async close() {
      await Promise.all([topics.close(), ...opened.map((dataPlane) => dataPlane.close())]);
    },
  };
}

export interface Range {
  topic: string;
  partition?: number;
  /** Sequences of the first record and after the last one. */
  from: number;
  to: number;
  timestamp?: number;
  valueBytes?: number;
}

/** One batch whose records are numbered by their sequences. */
export function batchOf(identity: ProducerIdentity, range: Range): ProduceBatch {
  const { topic, partition = 0, from, to, timestamp = Date.now(), valueBytes = 0 } = range;
  const records = Array.from({ length: to - from }, (_, index) => ({
    topic,
    partition,
    offset: from + index,
    timestamp,
    timestampType: 'CREATE_TIME',
    value: Buffer.from(`${from + index}`.padEnd(valueBytes)).toString('base64'),
    headers: [],
  }));
  const { batches } = encodeBatches(records, {
    from: 0,
    maxBatchBytes: 2 ** 30,
    compressionType: 'none',
    arena: new Arena(),
  });
  return { topic, partition, bytes: sealBatch(batches[0]!, identity, from) };
}

/** What a broker said, for a test to compare: the base offset, or Kafka's error code. */
export function said(answer: ProduceAnswer | undefined): string {
  if (!answer) return 'nothing';
  return answer.ok ? `offset ${answer.baseOffset}` : `error ${answer.kafkaCode}`;
}

export async function send(
  dataPlane: KafkaDataPlane,
  identity: ProducerIdentity,
  range: Range,
): Promise<string> {
  const [answer] = await dataPlane.produce([batchOf(identity, range)]);
  return said(answer);
}
