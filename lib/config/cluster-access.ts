/** How clients log in to a cluster, as its configuration says; every one but the first two is TLS. */
import { type LoginKind, loginKind } from './authentication.ts';
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
  | 'oauthbearer';

const kinds: Readonly<Record<LoginKind, ClusterAccess>> = {
  PLAINTEXT: 'plaintext',
  TLS: 'tls',
  mTLS: 'mutual-tls',
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
  OAUTHBEARER: 'oauthbearer',
  AWS_MSK_IAM: 'iam',
};

export function clusterAccess({ authentication }: Pick<Cluster, 'authentication'>): ClusterAccess {
  const { tls, sasl } = authentication;
  if (sasl !== undefined && tls === undefined) return 'sasl-plaintext';
  return kinds[loginKind(authentication)];
}
