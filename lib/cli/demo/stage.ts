import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataPlane } from '../../kafka/data-plane.ts';
import type { KafkaDataPlane } from '../../kafka/ports.ts';
import { type TopicCreation, topicCreation } from '../../kafka/topic-creation.ts';
import { emulatedAws, type LocalAws } from '../../local/aws.ts';
import { installParts } from '../../local/parts/install.ts';
import { startKafkaCluster } from '../../local/parts/kafka-cluster.ts';
import type { KafkaVersion } from '../../local/parts/kafka-distribution.ts';
import { type DemoTopic, demoTopics, firstTopics, invoices } from './records.ts';

export const sourceAlias = 'onprem';
export const targetAlias = 'cloud';
const sourceVersion: KafkaVersion = '3.9.2';
const targetVersion: KafkaVersion = '4.3.1';
const requestTimeoutMs = 30_000;

/** Everything that the demo plays on. */
export interface Stage {
  /** Gone at the end. */
  directory: string;
  configurationFile: string;
  source: KafkaDataPlane;
  target: KafkaDataPlane;
  sourceServers: string[];
  targetServers: string[];
  aws: LocalAws;
  /** The topic that is not there at the beginning. */
  createInvoices(): Promise<void>;
}

/** Starts two clusters and the emulator, and registers with `stack` what must be ended. */
export async function setStage(
  stack: AsyncDisposableStack,
  notify: (text: string) => void,
): Promise<Stage> {
  await installParts({ kafka: [sourceVersion, targetVersion], ministack: true, notify });
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-demo-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  notify(`starting Apache Kafka ${sourceVersion} (source), ${targetVersion} (target), DynamoDB`);
  const startCluster = async (name: string, version: KafkaVersion): Promise<string[]> => {
    const cluster = startKafkaCluster({ version, directory: join(directory, name), notify });
    stack.defer(async () => (await cluster).stop());
    return (await cluster).bootstrapServers.split(',');
  };
  const emulator = emulatedAws(directory, notify);
  stack.defer(async () => (await emulator)[Symbol.asyncDispose]());
  const [sourceServers, targetServers, aws] = await Promise.all([
    startCluster('source', sourceVersion),
    startCluster('target', targetVersion),
    emulator,
  ]);
  const source = openSide('source', sourceServers, stack);
  const target = openSide('target', targetServers, stack);
  const creation = topicsOf(source, sourceServers);
  await creation.createTopics(firstTopics.map(asCreated));
  const configurationFile = join(directory, 'mm2.properties');
  await writeFile(configurationFile, configurationText(sourceServers, targetServers));
  return {
    directory,
    configurationFile,
    source,
    target,
    sourceServers,
    targetServers,
    aws,
    createInvoices: () => creation.createTopics([asCreated(invoices)]),
  };
}

function openSide(
  side: 'source' | 'target',
  bootstrapServers: string[],
  stack: AsyncDisposableStack,
): KafkaDataPlane {
  const alias = side === 'source' ? sourceAlias : targetAlias;
  const dataPlane = openDataPlane({ cluster: { alias, bootstrapServers }, side, requestTimeoutMs });
  stack.defer(() => dataPlane.close());
  return dataPlane;
}

function topicsOf(source: KafkaDataPlane, bootstrapServers: string[]): TopicCreation {
  const cluster = { alias: sourceAlias, bootstrapServers };
  return topicCreation(source, { cluster, side: 'source', requestTimeoutMs });
}

const asCreated = (topic: DemoTopic) => ({ ...topic, replicationFactor: 1 });

/** What a user would give `mirrorless local`. */
function configurationText(sourceServers: string[], targetServers: string[]): string {
  return [
    `clusters = ${sourceAlias}, ${targetAlias}`,
    `${sourceAlias}.bootstrap.servers = ${sourceServers.join(',')}`,
    `${targetAlias}.bootstrap.servers = ${targetServers.join(',')}`,
    `${sourceAlias}->${targetAlias}.enabled = true`,
    `${sourceAlias}->${targetAlias}.topics = ${demoTopics.map(({ topic }) => topic).join(', ')}`,
    // One broker on each side.
    'replication.factor = 1',
    'checkpoints.topic.replication.factor = 1',
    'heartbeats.topic.replication.factor = 1',
    'offset-syncs.topic.replication.factor = 1',
    'emit.checkpoints.interval.seconds = 5',
    'refresh.topics.interval.seconds = 2',
    '',
  ].join('\n');
}
