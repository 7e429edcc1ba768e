/** A cluster that permits nothing but what its ACLs say; an administrator has a listener of its own. */
import { Kafka, logLevel } from 'kafkajs';
import { installKafka, type KafkaVersion } from '../../lib/local/parts/kafka-distribution.ts';
import { freePort } from '../../lib/local/parts/ports.ts';
import { ownCluster } from './parts.ts';

const login = { mechanism: 'plain', username: 'admin', password: 'of the test' } as const;

export interface GuardedCluster {
  /** Whoever connects here is `User:ANONYMOUS`, to whom nothing is permitted at first. */
  bootstrapServers: string;
  adminServers: string;
  /** May do everything. */
  administrator: Kafka;
  /** What Java runs as the kafka-acls.sh of the same version. */
  aclTool: string;
}

/** How Kafka's tools connect as the administrator. */
export const adminProperties = [
  'security.protocol=SASL_PLAINTEXT',
  'sasl.mechanism=PLAIN',
  `sasl.jaas.config=${loginModule()};`,
].join('\n');

const aclTools: Readonly<Record<KafkaVersion, string>> = {
  '3.9.2': 'kafka.admin.AclCommand',
  '4.3.1': 'org.apache.kafka.tools.AclCommand',
};

export async function guardedCluster(
  context: { after: (stop: () => Promise<void>) => void },
  version: KafkaVersion,
): Promise<GuardedCluster> {
  const [port, adminPort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const properties = guardedProperties({ port, adminPort, controllerPort });
  const { bootstrapServers } = await ownCluster(context, { version, port, properties });
  const adminServers = `127.0.0.1:${adminPort}`;
  return {
    bootstrapServers,
    adminServers,
    administrator: new Kafka({
      brokers: [adminServers],
      sasl: login,
      logLevel: logLevel.NOTHING,
    }),
    aclTool: `-cp '${await installKafka(version, () => {})}' ${aclTools[version]}`,
  };
}

function guardedProperties(ports: Record<'port' | 'adminPort' | 'controllerPort', number>) {
  const [client, admin, controller] = Object.values(ports).map((port) => `127.0.0.1:${port}`);
  const users = `${loginModule()} user_${login.username}="${login.password}";`;
  return {
    listeners: `PLAINTEXT://${client},ADMIN://${admin},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${client},ADMIN://${admin}`,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,ADMIN:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
    'controller.quorum.voters': `1@${controller}`,
    'inter.broker.listener.name': 'ADMIN',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.admin.plain.sasl.jaas.config': users,
    'listener.name.controller.plain.sasl.jaas.config': users,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${login.username}`,
    'allow.everyone.if.no.acl.found': 'false',
  };
}

function loginModule(): string {
  const { username, password } = login;
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  return `${module} required username="${username}" password="${password}"`;
}
