import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { writeEnvironment } from '../../../lib/config/environment.ts';
import { startKafkaCluster } from '../../../lib/local/parts/kafka-cluster.ts';
import { startMinistack } from '../../../lib/local/parts/ministack.ts';
import { createStateTable } from '../../../lib/state/table.ts';
import { kafkaClient, TopicAdmin, temporaryDirectory } from '../parts.ts';

const sourceAlias = 'source';
const stateTable = 'mirrorless-bench';

/** The real target and the emulated state that the paths write to. */
export interface ReplicateParts extends AsyncDisposable {
  bootstrapServers: string[];
  /** Of the replicate function: its flow, and how to reach the emulated DynamoDB. */
  environment: Record<string, string>;
  topics: TopicAdmin;
}

export async function startParts(notify: (text: string) => void): Promise<ReplicateParts> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory()).path;
  const kafka = await startKafkaCluster({
    version: '4.3.1',
    directory: join(directory, 'target'),
    tuning: 'throughput',
    // Deleted topics free the disk before the next size needs it.
    properties: { 'log.segment.delete.delay.ms': '1000' },
    notify,
  });
  stack.defer(() => kafka.stop());
  const ministack = await startMinistack({ directory: join(directory, 'aws'), notify });
  stack.defer(() => ministack.stop());
  const { endpoint, region } = ministack;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  await createStateTable(new DynamoDBClient({ endpoint, region, credentials }), stateTable);
  const topics = stack.use(await TopicAdmin.connect(kafkaClient(kafka.bootstrapServers)));
  const bootstrapServers = kafka.bootstrapServers.split(',');
  const running = stack.move();
  return {
    bootstrapServers,
    environment: { ...ministack.environment, ...flowEnvironment(bootstrapServers) },
    topics,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The remote topic of a path; that of the function is named by its policy, with the source alias. */
export function remoteTopicOf(path: string, topic: string): string {
  return `${path === 'mirrorless' ? sourceAlias : path}.${topic}`;
}

function flowEnvironment(bootstrapServers: string[]): Record<string, string> {
  return writeEnvironment({
    source: { alias: sourceAlias, bootstrapServers: ['source:9092'] },
    target: { alias: 'target', bootstrapServers },
    replicationPolicy: {
      class: 'DefaultReplicationPolicy',
      separator: '.',
      internalTopicSeparatorEnabled: true,
      separatorConfigured: false,
    },
    producer: { compressionType: 'none', requestTimeoutMs: 30_000 },
    stateTable,
    reportBatchItemFailures: false,
  });
}
