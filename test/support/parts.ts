/** Real clusters and an AWS emulator for tests: shared where a test leaves them whole. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Notify } from '../../lib/local/parts/cache.ts';
import { installParts } from '../../lib/local/parts/install.ts';
import {
  type KafkaCluster,
  type KafkaClusterOptions,
  startKafkaCluster,
} from '../../lib/local/parts/kafka-cluster.ts';
import { startMinistack } from '../../lib/local/parts/ministack.ts';

export interface SharedParts {
  /** Apache Kafka 3.9, what people migrate from. */
  sourceBootstrapServers: string;
  /** Apache Kafka 4.3. */
  targetBootstrapServers: string;
  dynamoEndpoint: string;
  /** What an AWS SDK needs to reach the emulator. */
  awsEnvironment: Record<string, string>;
}

const variable = 'MIRRORLESS_TEST_PARTS';

/**
 * To be awaited at the top of a test file. Within `npm test` all files share what the runner has
 * started; a file run alone starts its own and stops it at its end. So topics and tables have
 * random names, and a test that kills a broker starts a cluster of its own.
 */
export function sharedParts(): Promise<SharedParts> {
  shared ??= openSharedParts();
  return shared;
}

let shared: Promise<SharedParts> | undefined;

async function openSharedParts(): Promise<SharedParts> {
  const started = process.env[variable];
  if (started) return JSON.parse(started);
  const parts = await startSharedParts((text) => console.error(text));
  after(parts.stop);
  return parts;
}

/** Before any test runs, so that none of them waits for a download. */
export async function installTestParts(notify: Notify): Promise<void> {
  await installParts({ kafka: ['3.9.2', '4.3.1'], ministack: true, notify });
}

/** Started once by the runner; `environment` tells the files of tests where the parts are. */
export async function startSharedParts(notify: Notify) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const started = await Promise.allSettled([
    startKafkaCluster({ version: '3.9.2', directory: join(directory, 'source'), notify }),
    startKafkaCluster({ version: '4.3.1', directory: join(directory, 'target'), notify }),
    startMinistack({ directory: join(directory, 'aws'), notify }),
  ]);
  const stop = async () => {
    await Promise.all(started.map((part) => part.status === 'fulfilled' && part.value.kill()));
    await rm(directory, { recursive: true, force: true });
  };
  const [source, target, aws] = started;
  if (source.status === 'rejected' || target.status === 'rejected' || aws.status === 'rejected') {
    await stop();
    throw started.find((part) => part.status === 'rejected')?.reason;
  }
  const parts: SharedParts = {
    sourceBootstrapServers: source.value.bootstrapServers,
    targetBootstrapServers: target.value.bootstrapServers,
    dynamoEndpoint: aws.value.endpoint,
    awsEnvironment: aws.value.environment,
  };
  return { ...parts, environment: { [variable]: JSON.stringify(parts) }, stop };
}

/** A cluster that the test may break; it and its directory are gone after the test. */
export async function ownCluster(
  context: { after: (stop: () => Promise<void>) => void },
  options: Omit<KafkaClusterOptions, 'directory' | 'notify'>,
): Promise<KafkaCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  try {
    const cluster = await startKafkaCluster({ ...options, directory, notify: () => {} });
    context.after(async () => {
      await cluster.kill();
      await removeDirectory();
    });
    return cluster;
  } catch (error) {
    await removeDirectory();
    throw error;
  }
}
