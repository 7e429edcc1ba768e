/** A cluster that permits nothing but what its ACLs say; an administrator has a listener of its own. */
import { Kafka, logLevel } from 'kafkajs';
import { installKafka, type KafkaVersion } from '../../lib/local/parts/kafka-distribution.ts';
import { freePort } from '../../lib/local/parts/ports.ts';
import { ownCluster } from './parts.ts';

const login = { mechanism: 'plain', username: 'admin', password: 'of the test' } as const;

/** Who logs in to `bootstrapServers`, by SASL_PLAINTEXT and PLAIN. */
export interface GuardedUser {
  username: string;
  password: string;
}

export interface GuardedCluster {
  /** Nothing is permitted at first to the user who logs in here. */
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
  user: GuardedUser,
): Promise<GuardedCluster> {
  const ports = {
    anonymous: await freePort(),
    user: await freePort(),
    admin: await freePort(),
    controller: await freePort(),
  };
  const properties = guardedProperties(ports, user);
  await ownCluster(context, { version, port: ports.anonymous, properties });
  const adminServers = `127.0.0.1:${ports.admin}`;
  return {
    bootstrapServers: `127.0.0.1:${ports.user}`,
    adminServers,
    administrator: new Kafka({
      brokers: [adminServers],
      sasl: login,
      logLevel: logLevel.NOTHING,
    }),
    aclTool: `-cp '${await installKafka(version, () => {})}' ${aclTools[version]}`,
  };
}

/** Who does not log in may ask whether the broker is there, and no more. */
function guardedProperties(
  ports: Record<'anonymous' | 'user' | 'admin' | 'controller', number>,
  { username, password }: GuardedUser,
) {
  const at = (port: number) => `127.0.0.1:${port}`;
  const brokers = [
    `PLAINTEXT://${at(ports.anonymous)}`,
    `USER://${at(ports.user)}`,
    `ADMIN://${at(ports.admin)}`,
  ].join();
  const controller = at(ports.controller);
  const users = `${loginModule()} user_${login.username}="${login.password}";`;
  const secured = ['USER', 'ADMIN', 'CONTROLLER'].map((name) => `${name}:SASL_PLAINTEXT`);
  return {
    listeners: `${brokers},CONTROLLER://${controller}`,
    'advertised.listeners': brokers,
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', ...secured].join(),
    'listener.name.user.plain.sasl.jaas.config': `${loginModule()} user_${username}="${password}";`,
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
