/** Two clusters, of both generations, with a listener for every way to log in. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type KafkaCluster,
  type KafkaListener,
  startKafkaCluster,
} from '../../../lib/local/parts/kafka-cluster.ts';
import { installKafka } from '../../../lib/local/parts/kafka-distribution.ts';
import { authorizing } from '../acls.ts';
import { type Authority, createAuthority, createPkcs12, encryptedKey } from './certificates.ts';
import { Evidence } from './evidence.ts';
import { setScramPassword } from './scram.ts';
import { startTokenServer, type TokenServer, tokenPrefix } from './token-server.ts';

/** What logs in. */
export interface Secrets {
  password: string;
  limitedPassword: string;
  clientSecret: string;
  secretAccessKey: string;
  keyPassword: string;
}

/** For what must be refused; as secret as one that is right. */
export const wrongSecret = 'wr0ng-s3cret-of-the-tests';

export interface SecuredClusters {
  source: KafkaCluster;
  target: KafkaCluster;
  authority: Authority;
  secrets: Secrets;
  tokenServer: TokenServer;
  files: Files;
  /** Everything that must be seen nowhere, by its name; tests may add more. */
  hidden: Record<string, string>;
  /** Where it is looked for. */
  evidence: Evidence;
  directory: string;
}

interface Files {
  authority: string;
  encryptedClient: string;
  /** In PKCS12: a certificate signed by itself. */
  pkcs12Client: string;
  otherAuthority: string;
}

/** Who may do everything, by each way to log in; and one who may do what a test allows. */
export const user = 'copier';
export const limitedUser = 'limited';
export const accessKeyId = 'AKIAMIRRORLESSTEST';
/** Sessions of the listener BRIEF: connections are replaced while a test runs. */
export const briefSessionMs = 2500;

export async function startSecuredClusters(context: {
  after(stop: () => Promise<void>): void;
}): Promise<SecuredClusters> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const secrets = newSecrets();
  const authority = await createAuthority('Mirrorless test authority');
  const tokenServer = await startTokenServer({ id: user, secret: secrets.clientSecret });
  const client = await authority.issue({ commonName: user });
  const files = {
    authority: join(directory, 'authority.pem'),
    encryptedClient: join(directory, 'encrypted-client.pem'),
    pkcs12Client: join(directory, 'client.p12'),
    otherAuthority: join(directory, 'other-authority.pem'),
  };
  await writeFile(files.authority, authority.certificate);
  const encrypted = encryptedKey(client.privateKey, secrets.keyPassword);
  await writeFile(files.encryptedClient, encrypted + client.certificate);
  const other = await createAuthority('Another authority');
  await writeFile(files.otherAuthority, other.certificate);
  const selfSigned = await createPkcs12(files.pkcs12Client, {
    commonName: user,
    password: secrets.keyPassword,
  });
  const clientAuthorities = join(directory, 'client-authorities.pem');
  await writeFile(clientAuthorities, authority.certificate + selfSigned);
  const started = { directory, secrets, authority, clientAuthorities };
  const classPath = await compileValidator(directory);
  const options = { listeners: await listeners(started), classPath, notify: () => {} };
  const properties = { ...authorizing, ...superUsers, 'allow.everyone.if.no.acl.found': 'false' };
  const [source, target] = await Promise.all(
    (['3.9.2', '4.3.1'] as const).map((version) =>
      startKafkaCluster({ ...options, version, properties, directory: join(directory, version) }),
    ),
  );
  context.after(async () => {
    tokenServer.close();
    await Promise.all([source!.kill(), target!.kill()]);
    await rm(directory, { recursive: true, force: true });
  });
  for (const { bootstrapServers } of [source!, target!]) {
    await setScramPassword(bootstrapServers, { name: user, password: secrets.password });
    const limited = { name: limitedUser, password: secrets.limitedPassword };
    await setScramPassword(bootstrapServers, limited);
  }
  // A line from the middle of the key, what every token of the token server begins with, and what
  // every token for IAM has.
  const privateKey = client.privateKey.split('\n')[5]!;
  const tokens = { token: tokenPrefix, signature: 'X-Amz-Signature=' };
  return {
    source: source!,
    target: target!,
    authority,
    secrets,
    tokenServer,
    files,
    hidden: { ...secrets, wrongSecret, privateKey, ...tokens },
    evidence: new Evidence(),
    directory,
  };
}

const superUsers = {
  'super.users': [`User:${user}`, `User:CN=${user}`, `User:${accessKeyId}`, 'User:ANONYMOUS'].join(
    ';',
  ),
};

function newSecrets(): Secrets {
  const random = () => `s3cret-${randomBytes(9).toString('hex')}`;
  return {
    password: random(),
    limitedPassword: random(),
    clientSecret: random(),
    secretAccessKey: random(),
    keyPassword: random(),
  };
}

async function listeners({
  directory,
  secrets,
  authority,
  clientAuthorities,
}: {
  directory: string;
  secrets: Secrets;
  authority: Authority;
  clientAuthorities: string;
}): Promise<Record<string, KafkaListener>> {
  const keystore = async (name: string, hosts: string[], expired = false) => {
    const issued = await authority.issue({ commonName: 'broker', hosts, expired });
    const file = join(directory, `${name}.pem`);
    await writeFile(file, issued.privateKey + issued.certificate);
    return { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': file };
  };
  const good = await keystore('broker', ['localhost']);
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required';
  const login = 'unsecuredLoginStringClaim_sub="broker"';
  const keys = `accessKeyId="${accessKeyId}" secretAccessKey="${secrets.secretAccessKey}"`;
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return {
    TLS: { protocol: 'SSL', properties: good },
    MTLS: {
      protocol: 'SSL',
      properties: {
        ...good,
        'ssl.client.auth': 'required',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': clientAuthorities,
      },
    },
    SASL: {
      protocol: 'SASL_SSL',
      properties: {
        ...good,
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
        'plain.sasl.jaas.config': `${plain} user_${user}="${secrets.password}";`,
        'scram-sha-256.sasl.jaas.config': scram,
        'scram-sha-512.sasl.jaas.config': scram,
        'oauthbearer.sasl.jaas.config': `${module} ${login};`,
      },
    },
    IAM: {
      protocol: 'SASL_SSL',
      properties: {
        ...good,
        'sasl.enabled.mechanisms': 'OAUTHBEARER',
        'oauthbearer.sasl.jaas.config': `${module} ${login} ${keys};`,
        'oauthbearer.sasl.server.callback.handler.class': 'IamTokenValidator',
      },
    },
    BRIEF: {
      protocol: 'SASL_SSL',
      properties: {
        ...good,
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'scram-sha-512.sasl.jaas.config': scram,
        'scram-sha-512.connections.max.reauth.ms': String(briefSessionMs),
      },
    },
    EXPIRED: {
      protocol: 'SSL',
      properties: await keystore('expired', ['localhost'], true),
    },
    ELSEWHERE: {
      protocol: 'SSL',
      properties: await keystore('elsewhere', ['broker.example']),
    },
  };
}

async function compileValidator(directory: string): Promise<string> {
  const libraries = await installKafka('3.9.2', () => {});
  const source = fileURLToPath(new URL('IamTokenValidator.java', import.meta.url));
  // The compiler by its module: `java` may be the only one of the JDK's commands on the path.
  const compiler = ['-m', 'jdk.compiler/com.sun.tools.javac.Main'];
  const classes = join(directory, 'classes');
  await promisify(execFile)('java', [...compiler, '-cp', libraries, '-d', classes, source]);
  return classes;
}
