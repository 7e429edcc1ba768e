import type { Stack } from 'aws-cdk-lib';
import type { Cluster, Configuration, Flow } from '../config/model.ts';
import { provenanceSettings } from '../config/provenance-settings.ts';
import { type FunctionName, functionName, functionsOf } from '../deployment.ts';
import { beginningElsewhere } from '../provenance/ways.ts';
import type { OtherState, PermissionScope } from './permissions/scope.ts';

/** What all constructs of a flow know. */
export interface FlowContext {
  configuration: Configuration;
  /** With the ARN of a failure destination that the stack creates. */
  flow: Flow;
  source: Cluster;
  target: Cluster;
  names: readonly FunctionName[];
  permissionScope(name: FunctionName, stateTableArn: string): PermissionScope;
}

export function flowContext(
  stack: Stack,
  { configuration, flow }: { configuration: Configuration; flow: Flow },
): FlowContext {
  const { partition, region, account: accountId } = stack;
  const source = configuration.clusters.get(flow.source)!;
  const target = configuration.clusters.get(flow.target)!;
  const arnOf = (service: string, resource: string, of = region) =>
    `arn:${partition}:${service}:${of}:${accountId}:${resource}`;
  const functionArn = (name: FunctionName) =>
    arnOf('lambda', `function:${functionName(flow, name)}`);
  const { failureDestinationArn } = flow.mapping;
  const others = otherStates(configuration, flow).map((other): OtherState => {
    const { stateTable, region: elsewhere = region, hasClusterIds, kmsKeyArn } = other;
    return {
      tableArn: arnOf('dynamodb', `table/${stateTable}`, elsewhere),
      ...{ hasClusterIds, region: elsewhere },
      ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    };
  });
  return {
    configuration,
    flow,
    source,
    target,
    names: functionsOf(flow),
    permissionScope: (name, stateTableArn) => ({
      partition,
      region,
      accountId,
      flow,
      source,
      target,
      stateTableArn,
      others,
      logGroupArn: arnOf('logs', `log-group:${logGroupName(flow, name)}`),
      functionArn: functionArn(name),
      replicateArn: functionArn('replicate'),
      ...(failureDestinationArn !== undefined && {
        failureDestination: {
          arn: failureDestinationArn,
          type: flow.mapping.failureDestination?.type ?? serviceOf(failureDestinationArn),
        },
      }),
    }),
  };
}

/** What the functions of a flow read of flows that make a loop with it. */
function otherStates(configuration: Configuration, flow: Flow) {
  const { flows = [] } = provenanceSettings(configuration, flow) ?? {};
  const elsewhere = new Set(beginningElsewhere(flow, flows));
  const isOwn = ({ source, target }: Pick<Flow, 'source' | 'target'>) =>
    source === flow.source && target === flow.target;
  return flows
    .filter((other) => !isOwn(other))
    .map((other) => {
      const whole = configuration.flows.find(
        ({ source, target }) => source === other.source && target === other.target,
      );
      return { ...other, hasClusterIds: elsewhere.has(other), kmsKeyArn: whole?.kmsKeyArn };
    });
}

export function logGroupName(flow: Flow, name: FunctionName): string {
  return `/aws/lambda/${functionName(flow, name)}`;
}

/** Of an ARN that the configuration gives. */
function serviceOf(arn: string): 's3' | 'sqs' | 'sns' {
  return arn.split(':')[2] as 's3' | 'sqs' | 'sns';
}
