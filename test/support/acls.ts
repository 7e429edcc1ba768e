/** A cluster that permits everything to everyone, until a test takes something away. */
import { Kafka, logLevel } from 'kafkajs';

/** For `ownCluster`: its clients are not authenticated, so each of them is `User:ANONYMOUS`. */
export const authorizing = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:nobody',
  'allow.everyone.if.no.acl.found': 'true',
};

/** Numbers of the protocol: kafkajs does not export its enumerations to modules. */
const numbers = {
  resourceTypes: { topic: 2, group: 3, cluster: 4 },
  literal: 3,
  deny: 2,
  allow: 3,
  operations: { ALL: 2, READ: 3, WRITE: 4, CREATE: 5, DESCRIBE: 8, DESCRIBE_CONFIGS: 10 },
} as const;

export interface DeniedResource {
  type: keyof typeof numbers.resourceTypes;
  /** `kafka-cluster` for the cluster. */
  name: string;
}

/** Denies the operations on the resource, and nothing else on it. */
export async function denyAnonymous(
  bootstrapServers: string,
  { type, name }: DeniedResource,
  denied: (keyof typeof numbers.operations)[],
): Promise<void> {
  const brokers = bootstrapServers.split(',');
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const entry = (operation: keyof typeof numbers.operations, permissionType: 2 | 3) => ({
    resourceType: numbers.resourceTypes[type],
    resourceName: name,
    resourcePatternType: numbers.literal,
    principal: 'User:ANONYMOUS',
    host: '*',
    operation: numbers.operations[operation],
    permissionType,
  });
  await admin.createAcls({
    acl: [entry('ALL', numbers.allow), ...denied.map((each) => entry(each, numbers.deny))],
  });
  await admin.disconnect();
}
