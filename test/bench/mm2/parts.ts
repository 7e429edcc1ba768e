import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import {
  type KafkaClusterOptions,
  startKafkaCluster,
} from '../../../lib/local/parts/kafka-cluster.ts';
import { kafkaClient, TopicAdmin, temporaryDirectory } from '../parts.ts';
import { recordShape } from '../record-pool.ts';
import { SourceRecords } from './source-records.ts';

export const loadTopic = 'load';

/** One side of the flow: a real broker, and what the benchmark itself does with it. */
export interface Side {
  bootstrapServers: string;
  client: Kafka;
  topics: TopicAdmin;
}

export interface Mm2Parts extends AsyncDisposable {
  source: Side;
  target: Side;
  records: SourceRecords;
  /** A folder for one run, with a name of its own. */
  directory(name: string): Promise<string>;
}

export async function startParts(
  valueBytes: number,
  notify: (text: string) => void,
): Promise<Mm2Parts> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const startSide = async (
    name: string,
    version: KafkaClusterOptions['version'],
  ): Promise<Side> => {
    const directory = join(path, name);
    const cluster = await startKafkaCluster({
      version,
      directory,
      tuning: 'throughput',
      // Deleted topics free the disk before the next run needs it.
      properties: { 'log.segment.delete.delay.ms': '1000' },
      notify,
    });
    stack.defer(() => cluster.stop());
    const { bootstrapServers } = cluster;
    const client = kafkaClient(bootstrapServers);
    return { bootstrapServers, client, topics: stack.use(await TopicAdmin.connect(client)) };
  };
  const source = await startSide('source', '3.9.2');
  const target = await startSide('target', '4.3.1');
  const producer = source.client.producer();
  await producer.connect();
  stack.defer(() => producer.disconnect());
  const running = stack.move();
  return {
    source,
    target,
    records: new SourceRecords(producer, valueBytes),
    async directory(name) {
      const directory = join(path, name);
      await mkdir(directory);
      return directory;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The topic that every run replicates from its beginning. */
export async function preload(
  { source, records }: Mm2Parts,
  { recordCount }: { recordCount: number },
): Promise<void> {
  await source.topics.create(loadTopic, recordShape.partitionCount);
  await records.preload(loadTopic, recordCount);
}
