/** What a mapping that exists has other than the one that is wanted. */
import type { ExistingMapping, MappingParameters, MappingUpdate } from '../aws/mappings.ts';

export interface MappingDifferences {
  /** What only another mapping can have; names of parameters. */
  fixed: string[];
  /** What UpdateEventSourceMapping changes: the parameters of that call. */
  update: MappingUpdate;
}

type Either = MappingParameters | ExistingMapping;

/**
 * Where to start is not compared: from its first commit on the group's position counts, and it is
 * the same group for ever. Tags are not a part of what Lambda describes.
 */
export function mappingDifferences(
  wanted: MappingParameters,
  existing: ExistingMapping,
): MappingDifferences {
  const fixed = Object.entries(fixedParts).filter(([, of]) => of(wanted) !== of(existing));
  const update: MappingUpdate = {};
  for (const part of changeableParts) {
    if (part.canonical(wanted) !== part.canonical(existing)) {
      Object.assign(update, part.change(wanted, existing));
    }
  }
  return { fixed: fixed.map(([name]) => name), update };
}

const fixedParts: Readonly<Record<string, (mapping: Either) => string | undefined>> = {
  EventSourceArn: ({ EventSourceArn }) => EventSourceArn,
  SelfManagedEventSource: ({ SelfManagedEventSource }) =>
    SelfManagedEventSource?.Endpoints.KAFKA_BOOTSTRAP_SERVERS.toSorted().join(','),
  ConsumerGroupId: groupOf,
};

/** The consumer group that the mapping was given; without one it has its own for itself. */
export function groupOf(mapping: Either): string | undefined {
  const { AmazonManagedKafkaEventSourceConfig, SelfManagedKafkaEventSourceConfig } = mapping;
  return (AmazonManagedKafkaEventSourceConfig ?? SelfManagedKafkaEventSourceConfig)
    ?.ConsumerGroupId;
}

interface Part {
  /** Alike for what means the same, absent or said. */
  canonical(mapping: Either): string;
  change(wanted: MappingParameters, existing: ExistingMapping): MappingUpdate;
}

const changeableParts: readonly Part[] = [
  {
    canonical: ({ BatchSize }) => String(BatchSize),
    change: ({ BatchSize }) => ({ BatchSize }),
  },
  {
    canonical: (mapping) => String(mapping.MaximumBatchingWindowInSeconds ?? 0),
    change: ({ MaximumBatchingWindowInSeconds }) => ({ MaximumBatchingWindowInSeconds }),
  },
  {
    canonical: ({ SourceAccessConfigurations = [] }) =>
      SourceAccessConfigurations.map(({ Type, URI = '' }) => `${Type} ${bareIdentifier(URI)}`)
        .sort()
        .join(),
    change: ({ SourceAccessConfigurations = [] }) => ({ SourceAccessConfigurations }),
  },
  { canonical: (mapping) => pollersOf(mapping).join(), change: pollersChange },
  {
    canonical: ({ DestinationConfig }) => DestinationConfig?.OnFailure?.Destination ?? '',
    change: ({ DestinationConfig }) => ({
      DestinationConfig: DestinationConfig ?? { OnFailure: { Destination: '' } },
    }),
  },
  {
    canonical: ({ MaximumRetryAttempts = -1 }) => String(MaximumRetryAttempts),
    change: ({ MaximumRetryAttempts = -1 }) => ({ MaximumRetryAttempts }),
  },
  {
    canonical: ({ FunctionResponseTypes = [] }) => FunctionResponseTypes.join(),
    change: ({ FunctionResponseTypes = [] }) => ({ FunctionResponseTypes }),
  },
];

/** Subnets and security groups are told with and without the word for what they are. */
function bareIdentifier(uri: string): string {
  return uri.replace(/^(subnet|security_group):/, '');
}

function pollersOf({ ProvisionedPollerConfig = {} }: Either) {
  const { MinimumPollers, MaximumPollers, PollerGroupName = '' } = ProvisionedPollerConfig;
  return [MinimumPollers, MaximumPollers, PollerGroupName];
}

function pollersChange(wanted: MappingParameters, existing: ExistingMapping): MappingUpdate {
  const pollers = wanted.ProvisionedPollerConfig;
  if (pollers === undefined) return { ProvisionedPollerConfig: {} };
  const leaves = existing.ProvisionedPollerConfig?.PollerGroupName && !pollers.PollerGroupName;
  return { ProvisionedPollerConfig: leaves ? { ...pollers, PollerGroupName: '' } : pollers };
}
