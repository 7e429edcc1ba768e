import type { CfnEventSourceMappingProps } from 'aws-cdk-lib/aws-lambda';
import type { MappingParameters } from '../aws/mappings.ts';

/** The parameters of CreateEventSourceMapping as properties of `AWS::Lambda::EventSourceMapping`. */
export function mappingProperties(parameters: MappingParameters): CfnEventSourceMappingProps {
  const {
    StartingPositionTimestamp: timestamp,
    SelfManagedEventSource: selfManaged,
    Tags: tags,
    ...others
  } = parameters;
  return {
    ...(withSmallInitials(others) as Pick<CfnEventSourceMappingProps, 'functionName'>),
    ...(timestamp !== undefined && { startingPositionTimestamp: timestamp.getTime() / 1000 }),
    ...(selfManaged !== undefined && {
      selfManagedEventSource: {
        endpoints: { kafkaBootstrapServers: selfManaged.Endpoints.KAFKA_BOOTSTRAP_SERVERS },
      },
    }),
    ...(tags !== undefined && {
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    }),
  };
}

/** CDK’s names are CloudFormation’s, which are the API’s, but for their first letter. */
function withSmallInitials(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSmallInitials);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name === 'URI' ? 'uri' : name.charAt(0).toLowerCase() + name.slice(1),
      withSmallInitials(inner),
    ]),
  );
}
