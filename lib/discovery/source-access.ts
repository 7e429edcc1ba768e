/** What an event source mapping is given to reach a cluster and to log in. */
import type { SourceAccess } from '../aws/mappings.ts';
import { isStored, loginKind, type Sasl, type Tls } from '../config/authentication.ts';
import { loginKinds } from '../config/login-kinds.ts';
import type { Cluster } from '../config/model.ts';

/**
 * Leaves out what this machine alone can read, since the pollers of the local host log in by the
 * configuration itself; `checkClientLogin` says what a deployment needs in its place.
 */
export function sourceAccess(cluster: Cluster): SourceAccess[] {
  return [...networkAccess(cluster), ...loginAccess(cluster), ...authorityAccess(cluster)];
}

/** A mapping of MSK takes its network from the cluster. Formats: UpdateEventSourceMapping's own. */
function networkAccess({ mskClusterArn, vpc }: Cluster): SourceAccess[] {
  if (mskClusterArn !== undefined) return [];
  return [
    ...vpc.subnets.map((subnet) => ({ Type: 'VPC_SUBNET' as const, URI: `subnet:${subnet}` })),
    ...vpc.securityGroups.map((group) => {
      return { Type: 'VPC_SECURITY_GROUP' as const, URI: `security_group:${group}` };
    }),
  ];
}

function loginAccess({ authentication, mskClusterArn }: Cluster): SourceAccess[] {
  const kind = loginKinds[loginKind(authentication)];
  const Type = mskClusterArn === undefined ? kind.selfManaged : kind.msk;
  if (Type === 'nothing' || typeof Type !== 'string') return [];
  const { tls, sasl } = authentication;
  const credentials = credentialsOf(tls, sasl);
  if (credentials === undefined || !isStored(credentials)) return [];
  return [{ Type, URI: credentials.secretArn }, ...oauthAccess(sasl)];
}

function credentialsOf(tls: Tls | undefined, sasl: Sasl | undefined): object | undefined {
  if (sasl === undefined) return tls?.certificate;
  return 'credentials' in sasl ? sasl.credentials : undefined;
}

/** Confluent Cloud's extensions have types of their own, and there are no others. */
function oauthAccess(sasl: Sasl | undefined): SourceAccess[] {
  if (sasl?.mechanism !== 'OAUTHBEARER') return [];
  const { scope, extensions } = sasl;
  const { logicalCluster, identityPoolId } = extensions;
  return [
    ...(scope === undefined ? [] : [{ Type: 'OAUTHBEARER_SCOPE' as const, URI: scope }]),
    ...(logicalCluster === undefined
      ? []
      : [{ Type: 'OAUTHBEARER_LOGICAL_CLUSTER' as const, URI: logicalCluster }]),
    ...(identityPoolId === undefined
      ? []
      : [{ Type: 'OAUTHBEARER_IDENTITY_POOL' as const, URI: identityPoolId }]),
  ];
}

/** MSK's brokers have certificates of a public authority. */
function authorityAccess({ authentication: { tls } }: Cluster): SourceAccess[] {
  const authority = tls?.authority;
  if (authority === undefined || !isStored(authority)) return [];
  return [{ Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: authority.secretArn }];
}
