/** The resources of permissions, as ARNs: none where a flow has no such thing. */
import type { Authentication } from '../../config/authentication.ts';
import type { Cluster } from '../../config/model.ts';
import type { FunctionName } from '../../deployment.ts';
import { stateTable } from '../../state/items.ts';
import type { Conditions, OtherState, PermissionScope } from './scope.ts';

export function indexOf(tableArn: string): string {
  return `${tableArn}/index/${stateTable.index.name}`;
}

export function readOthers({ others }: PermissionScope, name: FunctionName): readonly OtherState[] {
  return name === 'checkpoint' ? others : others.filter(({ hasClusterIds }) => hasClusterIds);
}

export function throughDynamoDb(regions: readonly string[]): Conditions {
  const services = regions.map((region) => `dynamodb.${region}.amazonaws.com`);
  return { StringEquals: { 'kms:ViaService': [...new Set(services)] } };
}

export function ofReplicate({
  replicateArn,
}: PermissionScope): Record<string, Record<string, string>> {
  return { ArnEquals: { 'lambda:FunctionArn': replicateArn } };
}

export function mappingsOf({ partition, region, accountId }: PermissionScope): string[] {
  return [`arn:${partition}:lambda:${region}:${accountId}:event-source-mapping:*`];
}

export function given(arn: string | undefined): string[] {
  return arn === undefined ? [] : [arn];
}

/** Heartbeats go to the target alone. The replicate function’s role is that of the pollers too. */
export function clustersOf({ source, target }: PermissionScope, name: FunctionName): Cluster[] {
  return name === 'heartbeat' ? [target] : [source, target];
}

export function roleOf({ sasl }: Authentication): string[] {
  return sasl?.mechanism === 'AWS_MSK_IAM' ? given(sasl.roleArn) : [];
}

export function secretsOf({ credentialsSecretArn, serverRootCaSecretArn }: Cluster): string[] {
  return [...given(credentialsSecretArn), ...given(serverRootCaSecretArn)];
}

export function destination({ failureDestination }: PermissionScope, type: string): string[] {
  return failureDestination?.type === type ? [failureDestination.arn] : [];
}

export function isInVpc({ source, target }: PermissionScope, name: FunctionName): boolean {
  const isPolled = source.mskClusterArn !== undefined || source.vpc.subnets.length > 0;
  return target.vpc.subnets.length > 0 || (name === 'replicate' && isPolled);
}
