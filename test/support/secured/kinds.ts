/** How a configuration says each way to log in, and the clusters that it then has. */

import type { LoginKind } from '../../../lib/config/authentication.ts';
import { type ClusterSettings, flowSettings } from '../../../lib/config/flow-settings.ts';
import { loadConfiguration } from '../../../lib/config/load.ts';
import type { Configuration } from '../../../lib/config/model.ts';
import { accessKeyId, type SecuredClusters, user, wrongSecret } from './clusters.ts';

export type SecuredKind = Exclude<LoginKind, 'PLAINTEXT'>;

export const securedKinds: readonly SecuredKind[] = [
  'TLS',
  'mTLS',
  'PLAIN',
  'SCRAM-SHA-256',
  'SCRAM-SHA-512',
  'OAUTHBEARER',
  'AWS_MSK_IAM',
];

type Side = 'source' | 'target';

/** Lines of YAML below a cluster's alias. */
export function clusterLines(
  secured: SecuredClusters,
  side: Side,
  kind: SecuredKind,
  listener = listenerOf(kind),
): string[] {
  const { files, tokenServer } = secured;
  const trust = [`ssl.truststore: { type: PEM, location: ${files.authority} }`];
  const saslSsl = ['security.protocol: SASL_SSL', `sasl.mechanism: ${kind}`, ...trust];
  const password = (module: string) =>
    `sasl.jaas.config: ${module} required username="${user}" password="${reference('PASSWORD')}";`;
  const lines: Record<SecuredKind, string[]> = {
    TLS: ['security.protocol: SSL', ...trust],
    mTLS: [
      'security.protocol: SSL',
      ...trust,
      `ssl.keystore: { type: PEM, location: ${files.encryptedClient} }`,
      `ssl.key.password: ${reference('KEY_PASSWORD')}`,
    ],
    PLAIN: [...saslSsl, password('PlainLoginModule')],
    'SCRAM-SHA-256': [...saslSsl, password('ScramLoginModule')],
    'SCRAM-SHA-512': [...saslSsl, password('ScramLoginModule')],
    OAUTHBEARER: [
      ...saslSsl,
      `sasl.oauthbearer.token.endpoint.url: ${tokenServer.url}`,
      `sasl.oauthbearer.client.credentials.client.id: ${user}`,
      `sasl.oauthbearer.client.credentials.client.secret: ${reference('CLIENT_SECRET')}`,
    ],
    AWS_MSK_IAM: saslSsl,
  };
  return [`bootstrap.servers: ['${secured[side].serversOf(listener)}']`, ...lines[kind]];
}

/** A line whose secret is not the right one. */
export function withWrongSecret(line: string): string {
  return line.replace(/\$\{env:\w+\}/, wrongSecret);
}

function listenerOf(kind: SecuredKind): string {
  if (kind === 'TLS') return 'TLS';
  if (kind === 'mTLS') return 'MTLS';
  return kind === 'AWS_MSK_IAM' ? 'IAM' : 'SASL';
}

function reference(name: string): string {
  return '$'.concat(`{env:${name}}`);
}

/** What a process needs to log in by any of them. */
export function loginEnvironment({ secrets }: SecuredClusters): Record<string, string> {
  return {
    PASSWORD: secrets.password,
    LIMITED_PASSWORD: secrets.limitedPassword,
    KEY_PASSWORD: secrets.keyPassword,
    CLIENT_SECRET: secrets.clientSecret,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    AWS_REGION: 'us-east-1',
  };
}

/** A YAML document with these clusters, and these lines under `flows:`; topics have one replica. */
export function configurationText(
  clusters: Readonly<Record<string, readonly string[]>>,
  flows: readonly string[],
): string {
  const blocks = Object.entries(clusters).flatMap(([alias, lines]) => [
    `  ${alias}:`,
    ...lines.map((line) => `    ${line}`),
  ]);
  const factors = ['heartbeats', 'checkpoints', 'offset-syncs'].map(
    (name) => `${name}.topic.replication.factor: -1`,
  );
  const common = ['replication.factor: -1', ...factors];
  const text = ['clusters:', ...blocks, ...common, 'flows:', ...flows.map((line) => `  ${line}`)];
  return `${text.join('\n')}\n`;
}

function loadSecured(text: string, environment: Record<string, string>): Configuration {
  const result = loadConfiguration({ text, file: 'secured.yaml', environment });
  if (result.configuration === undefined) throw new Error(JSON.stringify(result.problems));
  return result.configuration;
}

/** One side of a flow as its clients get it. */
export function clusterSettings(
  secured: SecuredClusters,
  lines: readonly string[],
  side: Side = 'target',
): ClusterSettings {
  const other = side === 'source' ? 'target' : 'source';
  const plain = [`bootstrap.servers: ['${secured[other].bootstrapServers}']`];
  const text = configurationText({ [side]: lines, [other]: plain }, [
    'source->target: { topics: [x] }',
  ]);
  const configuration = loadSecured(text, loginEnvironment(secured));
  const flow = configuration.flows.find(({ source }) => source === 'source')!;
  return flowSettings(configuration, flow)[side];
}
