/** What a configuration means to the local host; pure. */
import type { MappingParameters } from '../aws/mappings.ts';
import { writeLocalEnvironment } from '../config/environment.ts';
import type { Configuration, Flow, StartingPosition } from '../config/model.ts';
import {
  type FunctionName,
  functionEnvironment,
  functionLimits,
  functionName,
} from '../deployment.ts';
import { groupOf } from '../discovery/mapping-differences.ts';
import type { FunctionSettings } from './function/environment.ts';
import { lambdaPayloadBytes } from './mapping/event-builder.ts';
import type { EventSourceMappingSettings } from './mapping/event-source-mapping.ts';

const watchIntervalMs = 5000;
/** While records wait: with one batch in flight nothing would be encoded while the target writes. */
const defaultPollers = 2;
/** Lambda itself takes minutes to see that a backlog is gone. */
const calmMs = 5000;
/** A topic has its own pollers: from so many topics on, one batch of each in flight is plenty. */
const manyTopics = 8;
/** What all pollers may hold of records, each two events and two fetches for them. */
const bufferBytes = 512 * 1024 * 1024;
const buffersPerPoller = 4;
const smallestEventBytes = 256 * 1024;

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
  const own = functionEnvironment(configuration, flow, name, undefined, writeLocalEnvironment);
  return {
    name: functionName(flow, name),
    entry: entryOf(name),
    handler: `${name}.handler`,
    ...functionLimits(flow, name),
    environment: { ...aws.environment, ...own },
  };
}

/**
 * What the pollers of a mapping do here, one of `topicCount` mappings on this machine. An MSK
 * cluster is named by its ARN alone: where it is reached must be told.
 */
export function pollerSettings(
  parameters: MappingParameters,
  bootstrapServers: readonly string[],
  topicCount: number,
): EventSourceMappingSettings {
  const { EventSourceArn, FunctionResponseTypes = [], ProvisionedPollerConfig = {} } = parameters;
  const topic = parameters.Topics[0]!;
  const origin = { bootstrapServers, topic };
  const ownPollers = topicCount < manyTopics ? defaultPollers : 1;
  const { MinimumPollers: minimum = 1, MaximumPollers: maximum = Math.max(minimum, ownPollers) } =
    ProvisionedPollerConfig;
  const share = Math.floor(bufferBytes / topicCount / maximum / buffersPerPoller);
  return {
    origin:
      EventSourceArn === undefined
        ? { ...origin, eventSource: 'SelfManagedKafka' }
        : { ...origin, eventSource: 'aws:kafka', eventSourceArn: EventSourceArn },
    consumerGroupId: groupOf(parameters) ?? topic,
    batchSize: parameters.BatchSize,
    maximumBatchingWindowMs: parameters.MaximumBatchingWindowInSeconds * 1000,
    startingPosition: startingPosition(parameters),
    eventBytes: Math.min(lambdaPayloadBytes, Math.max(smallestEventBytes, share)),
    pollers: { minimum, maximum, calmMs },
    watchIntervalMs,
    retry: {
      maximumRetryAttempts: parameters.MaximumRetryAttempts ?? -1,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
    },
  };
}

function startingPosition(parameters: MappingParameters): StartingPosition {
  const { StartingPosition, StartingPositionTimestamp } = parameters;
  if (StartingPosition === 'TRIM_HORIZON') return { at: 'earliest' };
  if (StartingPosition === 'LATEST') return { at: 'latest' };
  return { at: 'timestamp', timestampMs: StartingPositionTimestamp!.getTime() };
}
