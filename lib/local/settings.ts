/** What a configuration means to the local host; pure. */
import { writeEnvironment } from '../config/environment.ts';
import { flowSettings } from '../config/flow-settings.ts';
import type { Configuration, Flow } from '../config/model.ts';
import { consumerGroupId } from '../discovery/consumer-group.ts';
import type { FunctionSettings } from './function/environment.ts';
import { lambdaPayloadBytes } from './mapping/event-builder.ts';
import type { EventSourceMappingSettings } from './mapping/event-source-mapping.ts';

const watchIntervalMs = 5000;
/** With one batch in flight nothing would be encoded while the target writes. */
const defaultPollers = 2;
/** A topic has its own pollers: from so many topics on, one batch of each in flight is plenty. */
const manyTopics = 8;
/** What all pollers may hold of records, each two events and two fetches for them. */
const bufferBytes = 512 * 1024 * 1024;
const buffersPerPoller = 4;
const smallestEventBytes = 256 * 1024;

export function replicateSettings(
  { configuration, flow }: { configuration: Configuration; flow: Flow },
  /** The bundle, and what the function needs to reach DynamoDB. */
  deployed: { entry: string; awsEnvironment: Readonly<Record<string, string>> },
): FunctionSettings {
  const own = writeEnvironment(flowSettings(configuration, flow));
  return {
    name: `mirrorless-${flow.source}-${flow.target}-replicate`,
    entry: deployed.entry,
    handler: 'replicate.handler',
    memorySizeMb: flow.function.memorySizeMb,
    timeoutMs: flow.function.timeoutSeconds * 1000,
    environment: { ...deployed.awsEnvironment, ...own },
  };
}

/** The mapping of one of `topicCount` topics, in the shape of a self-managed cluster or of MSK. */
export function mappingSettings(
  { configuration, flow }: { configuration: Configuration; flow: Flow },
  topic: string,
  topicCount: number,
): EventSourceMappingSettings {
  const { bootstrapServers, mskClusterArn } = configuration.clusters.get(flow.source)!;
  const { mapping } = flow;
  const origin = { bootstrapServers, topic };
  const pollers = mapping.pollers?.maximum ?? (topicCount < manyTopics ? defaultPollers : 1);
  const share = Math.floor(bufferBytes / topicCount / pollers / buffersPerPoller);
  return {
    origin:
      mskClusterArn === undefined
        ? { ...origin, eventSource: 'SelfManagedKafka' }
        : { ...origin, eventSource: 'aws:kafka', eventSourceArn: mskClusterArn },
    consumerGroupId: consumerGroupId(flow, topic),
    batchSize: mapping.batchSize,
    maximumBatchingWindowMs: mapping.maximumBatchingWindowSeconds * 1000,
    startingPosition: mapping.startingPosition,
    eventBytes: Math.min(lambdaPayloadBytes, Math.max(smallestEventBytes, share)),
    pollers,
    watchIntervalMs,
    retry: {
      maximumRetryAttempts: -1,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: mapping.pollers !== undefined,
    },
  };
}
