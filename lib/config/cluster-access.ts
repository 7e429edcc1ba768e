/** How clients log in to a cluster, as its configuration says; every one but the first two is TLS. */
import type { Cluster } from './model.ts';

export type ClusterAccess =
  | 'plaintext'
  | 'sasl-plaintext'
  | 'tls'
  | 'mutual-tls'
  | 'plain'
  | 'scram-sha-256'
  | 'scram-sha-512'
  | 'iam'
  | 'other';

const mechanisms: Readonly<Record<string, ClusterAccess>> = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
  AWS_MSK_IAM: 'iam',
};

/** A secret without a protocol is that of SCRAM-SHA-512, which is all that MSK takes one for. */
export function clusterAccess(
  cluster: Pick<Cluster, 'security' | 'credentialsSecretArn'>,
): ClusterAccess {
  const hasSecret = cluster.credentialsSecretArn !== undefined;
  const protocol = textOf(cluster, 'security.protocol') ?? (hasSecret ? 'SASL_SSL' : 'PLAINTEXT');
  if (protocol === 'PLAINTEXT' || protocol === 'SASL_PLAINTEXT') {
    return protocol === 'PLAINTEXT' ? 'plaintext' : 'sasl-plaintext';
  }
  if (protocol === 'SSL') {
    const hasKey = textOf(cluster, 'ssl.keystore.location') ?? textOf(cluster, 'ssl.keystore.key');
    return hasSecret || hasKey !== undefined ? 'mutual-tls' : 'tls';
  }
  const mechanism = textOf(cluster, 'sasl.mechanism') ?? (hasSecret ? 'SCRAM-SHA-512' : 'GSSAPI');
  if (mechanism === 'OAUTHBEARER' && isIamLogin(cluster)) return 'iam';
  return mechanisms[mechanism] ?? 'other';
}

/** Of the library with which AWS’s documentation configures clients of MSK. */
function isIamLogin(cluster: Pick<Cluster, 'security'>): boolean {
  const handler = textOf(cluster, 'sasl.client.callback.handler.class') ?? '';
  const login = textOf(cluster, 'sasl.login.callback.handler.class') ?? '';
  return /\.iam\./i.test(`${handler} ${login}`);
}

function textOf({ security }: Pick<Cluster, 'security'>, key: string): string | undefined {
  const value = security[key];
  return value === undefined || String(value) === '' ? undefined : String(value);
}
