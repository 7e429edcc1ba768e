/** Keys of one cluster. */
import { type KeyDefinition, notTopLevel, now, yaml } from './key-definition.ts';
import { kmsKeyArn, list, replicationFactor, servers, text, type ValueType } from './values.ts';

const secretArn = text(
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+$/,
  'ARN of a Secrets Manager secret',
);

/** Keys of one cluster: `A.bootstrap.servers`, in YAML under `clusters: A:`. */
export const clusterKeys = {
  'bootstrap.servers': now(servers, undefined, 'where the cluster is first reached; required'),
  'msk.cluster.arn': perCluster(
    text(
      /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[\w-]+\/[\w-]+$/,
      'ARN of an MSK cluster: arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID',
    ),
    'the cluster is this MSK cluster, in the region and account that the ARN names',
  ),
  'msk.vpc.connection.arn': perCluster(
    text(
      /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:vpc-connection\/.+$/,
      'ARN of a managed VPC connection of MSK',
    ),
    'how the mappings of another account’s MSK cluster reach it',
  ),
  'aws.region': perCluster(
    text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'name of an AWS region'),
    'where a cluster that is not MSK’s is near; its flow’s stack goes there',
  ),
  'aws.account.id': perCluster(
    text(/^\d{12}$/, 'account id of 12 digits'),
    'the account to which the stacks of flows to this cluster go',
  ),
  'vpc.subnets': perCluster(
    list(/^subnet-[0-9a-f]+$/, 'subnet-…'),
    'where it is reached from, by functions and, unless it is MSK, by mappings',
  ),
  'vpc.security.groups': perCluster(list(/^sg-[0-9a-f]+$/, 'sg-…'), 'with these security groups'),
  'credentials.secret.arn': perCluster(
    secretArn,
    'user name and password, or client certificate and private key',
  ),
  'server.root.ca.secret.arn': perCluster(
    secretArn,
    'certificate authority of the brokers, where it is a private one',
  ),
  'secrets.kms.key.arn': perCluster(
    kmsKeyArn,
    'customer managed key with which these secrets are encrypted, as MSK wants it',
  ),
  'offset.storage.topic': now(
    text(/^[A-Za-z0-9._-]{1,249}$/, 'name of a topic'),
    undefined,
    'where MM2 keeps its positions on this target: for `mm2 import` and `mm2 export`; by default `mm2-offsets.A.internal`',
  ),
  'offset.storage.partitions': now(
    replicationFactor,
    25,
    'partitions of that topic, where `mm2 export` creates it',
  ),
  'offset.storage.replication.factor': now(replicationFactor, 3, 'replicas of it'),
} as const;

function perCluster<T>(type: ValueType<T>, meaning: string): KeyDefinition<T, undefined> {
  return notTopLevel(yaml<T, undefined>(type, undefined, meaning));
}
