import type { Stack } from 'aws-cdk-lib';
import type { Cluster, Configuration, Flow } from '../config/model.ts';
import { type FunctionName, functionName, functionsOf } from '../deployment.ts';
import type { PermissionScope } from './permissions/scope.ts';

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
  const arnOf = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const functionArn = (name: FunctionName) =>
    arnOf('lambda', `function:${functionName(flow, name)}`);
  const { failureDestinationArn } = flow.mapping;
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

export function logGroupName(flow: Flow, name: FunctionName): string {
  return `/aws/lambda/${functionName(flow, name)}`;
}

/** Of an ARN that the configuration gives. */
function serviceOf(arn: string): 's3' | 'sqs' | 'sns' {
  return arn.split(':')[2] as 's3' | 'sqs' | 'sns';
}
