/** ACLs of one user, given and taken away while a test runs. */
import { type AclEntry, Kafka, logLevel } from 'kafkajs';

/** Numbers of the protocol: kafkajs does not export its enumerations to modules. */
const numbers = {
  resources: { topic: 2, group: 3, cluster: 4 },
  allow: 3,
  patterns: { literal: 3, prefixed: 4 },
  operations: { READ: 3, WRITE: 4, DESCRIBE: 8, DESCRIBE_CONFIGS: 10 },
} as const;

export interface Grant {
  user: string;
  resource?: keyof typeof numbers.resources;
  /** Of the resource, whatever it is; `kafka-cluster` of the cluster. */
  name: string;
  pattern?: keyof typeof numbers.patterns;
  operations: readonly (keyof typeof numbers.operations)[];
}

export async function grant(bootstrapServers: string, given: Grant): Promise<void> {
  await administer(bootstrapServers, (admin) => admin.createAcls({ acl: entriesOf(given) }));
}

export async function revoke(bootstrapServers: string, taken: Grant): Promise<void> {
  await administer(bootstrapServers, (admin) => admin.deleteAcls({ filters: entriesOf(taken) }));
}

function entriesOf({
  user,
  resource = 'topic',
  name,
  pattern = 'literal',
  operations,
}: Grant): AclEntry[] {
  return operations.map((operation) => ({
    resourceType: numbers.resources[resource],
    resourceName: name,
    resourcePatternType: numbers.patterns[pattern],
    principal: `User:${user}`,
    host: '*',
    operation: numbers.operations[operation],
    permissionType: numbers.allow,
  }));
}

async function administer(
  bootstrapServers: string,
  work: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>,
): Promise<void> {
  const brokers = bootstrapServers.split(',');
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await work(admin);
  await admin.disconnect();
}
