import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bundleFunction } from '../../../lib/bundle.ts';
import { startKafkaCluster } from '../../../lib/local/parts/kafka-cluster.ts';
import { startMinistack } from '../../../lib/local/parts/ministack.ts';
import { createStateTable } from '../../../lib/state/table.ts';
import { flowEnvironment, replicateFunction, sourceAlias, stateTable } from '../flow.ts';
import { kafkaClient, TopicAdmin, temporaryDirectory } from '../parts.ts';

/** The real target and the emulated state that the paths write to. */
export interface ReplicateParts extends AsyncDisposable {
  bootstrapServers: string[];
  /** Of the replicate function: its flow, and how to reach the emulated DynamoDB. */
  environment: Record<string, string>;
  topics: TopicAdmin;
  /** The replicate function's bundle. */
  functionFile: string;
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
  const functionFile = join(directory, 'replicate.mjs');
  await bundleFunction({ entry: replicateFunction, outfile: functionFile, minify: true });
  const running = stack.move();
  return {
    bootstrapServers,
    environment: { ...ministack.environment, ...flowEnvironment(bootstrapServers) },
    topics,
    functionFile,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The remote topic of a path; that of the function is named by its policy, with the source alias. */
export function remoteTopicOf(path: string, topic: string): string {
  return `${path === 'mirrorless' ? sourceAlias : path}.${topic}`;
}
