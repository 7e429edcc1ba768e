/** What a configuration means to the local host; pure. */
import { writeEnvironment } from '../config/environment.ts';
import { flowSettings } from '../config/flow-settings.ts';
import type { Configuration, Flow } from '../config/model.ts';
import { consumerGroupId } from '../discovery/consumer-group.ts';
import type { FunctionSettings } from './function/environment.ts';
import type { EventSourceMappingSettings } from './mapping/event-source-mapping.ts';

const watchIntervalMs = 5000;
/** With one batch in flight nothing would be encoded while the target writes. */
const defaultPollers = 2;

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

/** The mapping of one topic, in the shape of a self-managed cluster or of MSK. */
export function mappingSettings(
  { configuration, flow }: { configuration: Configuration; flow: Flow },
  topic: string,
): EventSourceMappingSettings {
  const { bootstrapServers, mskClusterArn } = configuration.clusters.get(flow.source)!;
  const { mapping } = flow;
  const origin = { bootstrapServers, topic };
  return {
    origin:
      mskClusterArn === undefined
        ? { ...origin, eventSource: 'SelfManagedKafka' }
        : { ...origin, eventSource: 'aws:kafka', eventSourceArn: mskClusterArn },
    consumerGroupId: consumerGroupId(flow, topic),
    batchSize: mapping.batchSize,
    maximumBatchingWindowMs: mapping.maximumBatchingWindowSeconds * 1000,
    startingPosition: mapping.startingPosition,
    pollers: mapping.pollers?.maximum ?? defaultPollers,
    watchIntervalMs,
    retry: {
      maximumRetryAttempts: -1,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: mapping.pollers !== undefined,
    },
  };
}
