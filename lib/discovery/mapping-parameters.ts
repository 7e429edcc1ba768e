/** From the configuration of a flow to its event source mappings: for discovery, stack and laptop. */
import type { ChangeableParameters, MappingParameters, SourceAccess } from '../aws/mappings.ts';
import type { Configuration, Flow, MappingSettings } from '../config/model.ts';
import { consumerGroupId } from './consumer-group.ts';
import { sourceAccess } from './source-access.ts';

/** What of a flow its mappings are made of: JSON, and no secret in it. */
export interface MappedFlow {
  /** Cluster aliases. */
  source: string;
  target: string;
  /** Present where the source is an MSK cluster. */
  sourceArn?: string;
  bootstrapServers: readonly string[];
  access: readonly SourceAccess[];
  mapping: MappingSettings;
}

export function mappedFlow(configuration: Configuration, flow: Flow): MappedFlow {
  const { source, target, mapping } = flow;
  const cluster = configuration.clusters.get(source)!;
  const { mskClusterArn, bootstrapServers } = cluster;
  return {
    source,
    target,
    ...(mskClusterArn !== undefined && { sourceArn: mskClusterArn }),
    bootstrapServers,
    access: sourceAccess(cluster),
    mapping,
  };
}

const startingPositions = {
  earliest: 'TRIM_HORIZON',
  latest: 'LATEST',
  timestamp: 'AT_TIMESTAMP',
} as const;

/** What Lambda takes as a limit that is as good as none; see `changeable`. */
const mostRetries = 10_000;

/** The parameters of CreateEventSourceMapping for a topic that `functionName` replicates. */
export function mappingParameters(
  flow: MappedFlow,
  topic: string,
  functionName: string,
): MappingParameters {
  const { topicStartingPositions: positions, tags } = flow.mapping;
  const isOwn = Object.hasOwn(positions, topic);
  const startingPosition = isOwn ? positions[topic]! : flow.mapping.startingPosition;
  const group = { ConsumerGroupId: consumerGroupId(flow, topic) };
  return {
    FunctionName: functionName,
    ...(flow.sourceArn === undefined
      ? {
          SelfManagedEventSource: {
            Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [...flow.bootstrapServers] },
          },
          SelfManagedKafkaEventSourceConfig: group,
        }
      : { EventSourceArn: flow.sourceArn, AmazonManagedKafkaEventSourceConfig: group }),
    Topics: [topic],
    StartingPosition: startingPositions[startingPosition.at],
    ...(startingPosition.at === 'timestamp' && {
      StartingPositionTimestamp: new Date(startingPosition.timestampMs),
    }),
    ...changeable(flow),
    ...(Object.keys(tags).length > 0 && { Tags: { ...tags } }),
  };
}

/**
 * With a failure destination and no limit, Lambda gives a batch up after ten retries: the highest
 * limit it takes stands there instead. Without a destination nothing is ever given up.
 */
function changeable({ access, mapping }: MappedFlow): Pick<MappingParameters, Changeable> {
  const { batchSize, maximumBatchingWindowSeconds, pollers, failureDestinationArn } = mapping;
  return {
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: maximumBatchingWindowSeconds,
    ...(access.length > 0 && { SourceAccessConfigurations: access.map((one) => ({ ...one })) }),
    ...(pollers !== undefined && {
      ProvisionedPollerConfig: {
        MinimumPollers: pollers.minimum,
        MaximumPollers: pollers.maximum,
        ...(pollers.group !== undefined && { PollerGroupName: pollers.group }),
      },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
    ...(failureDestinationArn !== undefined && {
      DestinationConfig: { OnFailure: { Destination: failureDestinationArn } },
      MaximumRetryAttempts: mostRetries,
    }),
  };
}

type Changeable = Exclude<keyof ChangeableParameters, 'Enabled'>;
