/**
 * The permissions of the functions’ roles: the stack makes its policies from this list, and
 * docs/permissions.md its table. `*` stands only where AWS knows no resource for the action.
 */
import type { Cluster } from '../../config/model.ts';
import type { FunctionName } from '../../deployment.ts';
import { stateTable } from '../../state/items.ts';
import type { Conditions, OtherState, Permission, PermissionScope } from './scope.ts';

const everyFunction = ['replicate', 'checkpoint', 'discover', 'heartbeat'] as const;
const anywhere = ['*'] as const;

export const permissions: readonly Permission[] = [
  {
    id: 'WriteLogs',
    functions: everyFunction,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    on: 'the function’s own log group',
    why: 'logs and metrics; the stack creates the group, so that none outlives it',
    resources: ({ logGroupArn }) => [`${logGroupArn}:*`],
  },
  {
    id: 'KeepProgress',
    functions: ['replicate'],
    actions: [
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
      'dynamodb:PartiQLUpdate',
    ],
    on: 'the state table',
    why: 'reads and advances progress; closes segments of the offset map, prunes those of records that the target has deleted',
    resources: ({ stateTableArn }) => [stateTableArn],
  },
  {
    id: 'FindPrunableSegments',
    functions: ['replicate'],
    actions: ['dynamodb:Query'],
    on: 'the index of the state table',
    why: 'finds closed segments by downstream offset',
    resources: ({ stateTableArn }) => [indexOf(stateTableArn)],
  },
  {
    id: 'TranslateOffsets',
    functions: ['checkpoint'],
    actions: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
    on: 'the state table and its index',
    why: 'reads the offset map, and what the last run has published',
    resources: ({ stateTableArn }) => [stateTableArn, indexOf(stateTableArn)],
  },
  {
    id: 'KnowOrigins',
    functions: ['replicate'],
    actions: ['dynamodb:BatchGetItem'],
    on: 'the state tables of the other flows of a loop that keeps names, where a third cluster is in it',
    why: 'reads the ids of clusters whose records come round, to leave them out',
    resources: (scope, name) => readOthers(scope, name).map(({ tableArn }) => tableArn),
  },
  {
    id: 'TranslateByOtherFlows',
    functions: ['checkpoint'],
    actions: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
    on: 'the state tables of the other flows of a loop that keeps names, and their indexes',
    why: 'reads their offset maps: records come to both clusters by them too',
    resources: ({ others }) => others.flatMap(({ tableArn }) => [tableArn, indexOf(tableArn)]),
  },
  {
    id: 'KeepCheckpoints',
    functions: ['checkpoint'],
    actions: ['dynamodb:BatchWriteItem', 'dynamodb:UpdateItem'],
    on: 'the state table',
    why: 'keeps what is published for the next run',
    resources: ({ stateTableArn }) => [stateTableArn],
  },
  {
    id: 'KnowTopics',
    functions: ['discover'],
    actions: ['dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    on: 'the state table',
    why: 'what is known of topics, how far each is copied, what is paused',
    resources: ({ stateTableArn }) => [stateTableArn],
  },
  {
    id: 'ListMappings',
    functions: ['discover'],
    actions: ['lambda:ListEventSourceMappings'],
    on: '`*`: Lambda lists mappings of a function by no resource',
    why: 'sees which topics are read',
    resources: () => anywhere,
  },
  {
    id: 'CreateMappings',
    functions: ['discover'],
    actions: ['lambda:CreateEventSourceMapping'],
    on: '`*`: a mapping has no ARN before it is there; only for the replicate function',
    why: 'reads topics that are matched by a pattern',
    resources: () => anywhere,
    conditions: ofReplicate,
  },
  {
    id: 'ChangeMappings',
    functions: ['discover'],
    actions: ['lambda:UpdateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
    on: 'event source mappings of the replicate function',
    why: 'keeps mappings as the configuration has them; pauses, and takes away what is left at the end',
    resources: mappingsOf,
    conditions: ofReplicate,
  },
  {
    id: 'TagMappings',
    functions: ['discover'],
    actions: ['lambda:ListTags', 'lambda:TagResource'],
    on: 'event source mappings, where the configuration has tags',
    why: 'gives mappings the tags of the configuration',
    resources: (scope) =>
      Object.keys(scope.flow.mapping.tags).length > 0 ? mappingsOf(scope) : [],
  },
  {
    id: 'FindMskBrokers',
    functions: ['replicate'],
    actions: ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
    on: 'the source, where it is an MSK cluster',
    why: 'Lambda’s pollers find the brokers with the function’s role',
    resources: ({ source }) => given(source.mskClusterArn),
  },
  {
    id: 'UseMskConnection',
    functions: ['replicate'],
    actions: ['kafka:DescribeVpcConnection'],
    on: 'the VPC connection to the source of another account',
    why: 'Lambda’s pollers reach the brokers through it',
    resources: ({ source }) => given(source.mskVpcConnectionArn),
  },
  {
    id: 'FindScramSecrets',
    functions: ['replicate'],
    actions: ['kafka:ListScramSecrets'],
    on: 'the source, where it is an MSK cluster with SCRAM',
    why: 'Lambda’s pollers see whether the cluster knows the secret',
    resources: ({ source }) =>
      source.credentialsSecretArn === undefined ? [] : given(source.mskClusterArn),
  },
  {
    id: 'ReadSecrets',
    functions: everyFunction,
    actions: ['secretsmanager:GetSecretValue'],
    on: 'the secrets of the clusters that the function connects to',
    why: 'logs in, and knows a private certificate authority; Lambda’s pollers use the role of the replicate function',
    resources: (scope, name) => clustersOf(scope, name).flatMap(secretsOf),
  },
  {
    id: 'DecryptSecrets',
    functions: everyFunction,
    actions: ['kms:Decrypt'],
    on: 'the customer managed keys of these secrets, through Secrets Manager only',
    why: 'reads the secrets',
    resources: (scope, name) => [
      ...new Set(clustersOf(scope, name).flatMap((cluster) => given(cluster.secretsKmsKeyArn))),
    ],
    conditions: ({ region }) => ({
      StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
    }),
  },
  {
    id: 'UseStateKey',
    functions: ['replicate', 'checkpoint', 'discover'],
    actions: ['kms:Decrypt', 'kms:DescribeKey'],
    on: 'the customer managed key of the state table, through DynamoDB only',
    why: 'DynamoDB reads and writes the table on behalf of the function',
    resources: ({ flow }) => given(flow.kmsKeyArn),
    conditions: ({ region }) => throughDynamoDb([region]),
  },
  {
    id: 'UseOtherStateKeys',
    functions: ['replicate', 'checkpoint'],
    actions: ['kms:Decrypt', 'kms:DescribeKey'],
    on: 'the customer managed keys of these tables, through DynamoDB only',
    why: 'DynamoDB reads the tables on behalf of the function',
    resources: (scope, name) => [
      ...new Set(readOthers(scope, name).flatMap(({ kmsKeyArn }) => given(kmsKeyArn))),
    ],
    conditions: ({ others }) => throughDynamoDb(others.map(({ region }) => region)),
  },
  {
    id: 'SendFailures',
    functions: ['replicate'],
    actions: ['sqs:SendMessage'],
    on: 'the failure destination, where it is a queue',
    why: 'Lambda reports events that it gives up',
    resources: (scope) => destination(scope, 'sqs'),
  },
  {
    id: 'PublishFailures',
    functions: ['replicate'],
    actions: ['sns:Publish'],
    on: 'the failure destination, where it is a topic',
    why: 'Lambda reports events that it gives up',
    resources: (scope) => destination(scope, 'sns'),
  },
  {
    id: 'PutFailures',
    functions: ['replicate'],
    actions: ['s3:PutObject'],
    on: 'objects of the failure destination, where it is a bucket',
    why: 'Lambda keeps events that it gives up, to be replayed',
    resources: (scope) => destination(scope, 's3').map((arn) => `${arn}/*`),
  },
  {
    id: 'ListFailures',
    functions: ['replicate'],
    actions: ['s3:ListBucket'],
    on: 'the failure destination, where it is a bucket',
    why: 'Lambda asks for it before it writes there',
    resources: (scope) => destination(scope, 's3'),
  },
  {
    id: 'EncryptFailures',
    functions: ['replicate'],
    actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
    on: 'the customer managed key of the failure destination that the stack creates',
    why: 'what is written there is encrypted',
    resources: ({ flow }) =>
      flow.mapping.failureDestination === undefined ? [] : given(flow.kmsKeyArn),
  },
  {
    id: 'AttachToVpc',
    functions: everyFunction,
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    on: '`*`: Lambda refuses roles that name interfaces, which are not there yet; where the function or its mappings are in a VPC',
    why: 'Lambda and its pollers attach themselves to the subnets with the function’s role',
    resources: (scope, name) => (isInVpc(scope, name) ? anywhere : []),
  },
  {
    id: 'DenyVpcToCode',
    functions: everyFunction,
    effect: 'Deny',
    actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
    on: '`*`, for calls that come from the function’s own code',
    why: 'what Lambda needs of the role its code does not: these calls are Lambda’s alone',
    resources: (scope, name) => (isInVpc(scope, name) ? anywhere : []),
    conditions: ({ functionArn }) => ({ ArnEquals: { 'lambda:SourceFunctionArn': functionArn } }),
  },
  {
    id: 'SendTraces',
    functions: everyFunction,
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    on: '`*`: X-Ray knows no resources; where `tracing.enabled` is true',
    why: 'traces',
    resources: ({ flow }) => (flow.tracingEnabled ? anywhere : []),
  },
];

function indexOf(tableArn: string): string {
  return `${tableArn}/index/${stateTable.index.name}`;
}

function readOthers({ others }: PermissionScope, name: FunctionName): readonly OtherState[] {
  return name === 'checkpoint' ? others : others.filter(({ hasClusterIds }) => hasClusterIds);
}

function throughDynamoDb(regions: readonly string[]): Conditions {
  const services = regions.map((region) => `dynamodb.${region}.amazonaws.com`);
  return { StringEquals: { 'kms:ViaService': [...new Set(services)] } };
}

function ofReplicate({ replicateArn }: PermissionScope): Record<string, Record<string, string>> {
  return { ArnEquals: { 'lambda:FunctionArn': replicateArn } };
}

function mappingsOf({ partition, region, accountId }: PermissionScope): string[] {
  return [`arn:${partition}:lambda:${region}:${accountId}:event-source-mapping:*`];
}

function given(arn: string | undefined): string[] {
  return arn === undefined ? [] : [arn];
}

/** Heartbeats go to the target alone. The replicate function’s role is that of the pollers too. */
function clustersOf({ source, target }: PermissionScope, name: FunctionName): Cluster[] {
  return name === 'heartbeat' ? [target] : [source, target];
}

function secretsOf({ credentialsSecretArn, serverRootCaSecretArn }: Cluster): string[] {
  return [...given(credentialsSecretArn), ...given(serverRootCaSecretArn)];
}

function destination({ failureDestination }: PermissionScope, type: string): string[] {
  return failureDestination?.type === type ? [failureDestination.arn] : [];
}

function isInVpc({ source, target }: PermissionScope, name: FunctionName): boolean {
  const isPolled = source.mskClusterArn !== undefined || source.vpc.subnets.length > 0;
  return target.vpc.subnets.length > 0 || (name === 'replicate' && isPolled);
}
