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

export type ScheduledFunctionName = 'checkpoint' | 'heartbeat';
export type FunctionName = 'replicate' | ScheduledFunctionName;

/**
 * Heartbeats end with their minute, so that the next invocation goes on at once. Checkpoints of many
 * groups may take longer than that: the next invocation waits.
 */
const scheduledLimits: Record<ScheduledFunctionName, FunctionLimits> = {
  checkpoint: { memorySizeMb: 256, timeoutMs: 120_000 },
  heartbeat: { memorySizeMb: 128, timeoutMs: 60_000 },
};

type FunctionLimits = Pick<FunctionSettings, 'memorySizeMb' | 'timeoutMs'>;

interface Deployment {
  configuration: Configuration;
  flow: Flow;
  /** What a function needs to reach DynamoDB. */
  aws: { environment: Readonly<Record<string, string>> };
  /** The bundle of a function. */
  entryOf(name: FunctionName): string;
}

/** A function of a flow as it is deployed. */
export function deployedFunction(
  name: FunctionName,
  { configuration, flow, aws, entryOf }: Deployment,
): FunctionSettings {
  const own = writeEnvironment(flowSettings(configuration, flow));
  return {
    name: `mirrorless-${flow.source}-${flow.target}-${name}`,
    entry: entryOf(name),
    handler: `${name}.handler`,
    ...(name === 'replicate' ? replicateLimits(flow) : scheduledLimits[name]),
    environment: { ...aws.environment, ...own },
  };
}

function replicateLimits({ function: { memorySizeMb, timeoutSeconds } }: Flow): FunctionLimits {
  return { memorySizeMb, timeoutMs: timeoutSeconds * 1000 };
}

/** Of a flow that is enabled, one that copies; and what runs on a schedule. */
export function functionsOf(flow: Flow): FunctionName[] {
  return [...(flow.enabled ? (['replicate'] as const) : []), ...scheduledFunctions(flow)];
}

/** What runs on a schedule; a flow that mirrors nothing has no lag and no groups to translate. */
export function scheduledFunctions(flow: Flow): ScheduledFunctionName[] {
  const { enabled, heartbeats } = flow;
  return [
    ...(enabled ? (['checkpoint'] as const) : []),
    ...(heartbeats.enabled ? (['heartbeat'] as const) : []),
  ];
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
