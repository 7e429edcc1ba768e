/** From `security.protocol`, `ssl.*`, `sasl.*` and AWS's terms to how clients connect. */
import type { Authentication } from '../authentication.ts';
import type { Cluster } from '../model.ts';
import type { Properties } from './precedence.ts';
import type { Values } from './read-values.ts';
import type { Report } from './report.ts';
import { readSasl } from './sasl.ts';
import { SecurityReader } from './security-reader.ts';
import { readTls } from './tls.ts';

/** What AWS's terms say of a cluster. */
export type AwsTerms = Pick<
  Cluster,
  'bootstrapServers' | 'mskClusterArn' | 'region' | 'credentialsSecretArn' | 'serverRootCaSecretArn'
>;

/** Reports every problem; a setting without effect is a warning that names it. */
export function readAuthentication(
  alias: string,
  aws: AwsTerms,
  sources: { own: Properties; values: Values; report: Report },
): Authentication {
  const reader = new SecurityReader(alias, sources);
  const protocol = protocolOf(reader, aws);
  const hasTls = protocol === 'SSL' || protocol === 'SASL_SSL';
  const hasSasl = protocol === 'SASL_SSL' || protocol === 'SASL_PLAINTEXT';
  const sasl = hasSasl ? readSasl(reader, aws, hasTls) : undefined;
  const authentication = {
    ...(hasTls && { tls: readTls(reader, aws, hasSasl) }),
    ...(sasl !== undefined && { sasl }),
  };
  if (protocol === 'PLAINTEXT' && aws.credentialsSecretArn !== undefined) {
    reader.warn('credentials.secret.arn', withoutEffect(protocol));
  }
  if (!hasTls && aws.serverRootCaSecretArn !== undefined) {
    reader.warn('server.root.ca.secret.arn', withoutEffect(protocol));
  }
  if (protocol === 'SASL_PLAINTEXT' && aws.mskClusterArn !== undefined) {
    reader.problem('security.protocol', 'SASL_SSL: MSK takes logins over TLS only');
  }
  reader.warnOfClients();
  reader.warnUnused((key) => unusedReason(key, protocol));
  return authentication;
}

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
type Protocol = (typeof protocols)[number];

/** Kafka's default is PLAINTEXT; what AWS's terms name means nothing without TLS. */
function protocolOf(reader: SecurityReader, aws: AwsTerms): Protocol {
  const written = reader.text('security.protocol')?.toUpperCase();
  if (written === undefined) {
    const isIam = reader.says('sasl.mechanism', 'AWS_MSK_IAM');
    if (isIam || aws.credentialsSecretArn !== undefined) return 'SASL_SSL';
    return aws.serverRootCaSecretArn === undefined ? 'PLAINTEXT' : 'SSL';
  }
  const protocol = protocols.find((known) => known === written);
  if (protocol === undefined) reader.problem('security.protocol', `one of ${protocols.join(', ')}`);
  return protocol ?? 'PLAINTEXT';
}

function withoutEffect(protocol: Protocol): string {
  return `no effect while \`security.protocol\` is ${protocol}`;
}

/** Why a known setting was not looked at. */
function unusedReason(key: string, protocol: Protocol): string {
  const isOfSasl = key.startsWith('sasl.') && !protocol.startsWith('SASL_');
  const isOfTls = key.startsWith('ssl.') && !protocol.endsWith('SSL');
  if (isOfSasl || isOfTls) return withoutEffect(protocol);
  const reason = reasons.find(([pattern]) => pattern.test(key))?.[1];
  return reason ?? 'no effect with the mechanism and the stores that this cluster has';
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^ssl\.(protocol|enabled\.protocols|cipher\.suites)$/, 'no effect: Node offers TLS 1.2 and 1.3'],
  [
    /^ssl\.(provider|secure\.random|keymanager|trustmanager|engine)/,
    'no effect: it configures Java’s TLS',
  ],
  [/^sasl\.login\.(class|connect|read|retry)/, 'no effect: it configures Java’s login'],
  [/^sasl\.login\.refresh\./, 'no effect: a token is renewed before a connection needs it'],
  [/^sasl\.oauthbearer\.(jwks|expected|clock|sub|scope\.claim)/, 'no effect: it is for brokers'],
  [/^ssl\.truststore\.password$/, 'no effect: certificates in PEM have no password'],
];
