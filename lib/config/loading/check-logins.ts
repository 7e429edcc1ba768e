/**
 * Whether functions and event source mappings can log in as the configuration says: they have less
 * than this machine. AWS’s Developer Guide, “Configuring self-managed Apache Kafka event sources” and
 * “Configuring authentication for Amazon MSK”.
 */
import { isStored, loginKind, type Sasl } from '../authentication.ts';
import { loginKinds } from '../login-kinds.ts';
import type { Cluster } from '../model.ts';
import type { Context } from './places.ts';
import { shown } from './report.ts';

/** Functions get the names of secrets, and have no files but their own. */
export function checkClientLogin(cluster: Cluster, context: Context): void {
  const { alias, authentication } = cluster;
  const { tls, sasl } = authentication;
  const { properties, report } = context;
  const certificateIsLocal = tls?.certificate !== undefined && !isStored(tls.certificate);
  const credentialsAreLocal =
    sasl !== undefined && 'credentials' in sasl && !isStored(sasl.credentials);
  if (credentialsAreLocal || (certificateIsLocal && sasl === undefined)) {
    const expected = `ARN of the secret for ${loginKind(authentication)}: functions get no other credentials`;
    report.problem({ key: `${alias}.credentials.secret.arn` }, 'nothing', expected);
  }
  if (certificateIsLocal && sasl !== undefined) {
    const expected = `a client certificate or ${sasl.mechanism}: functions get one secret for a cluster`;
    report.problem(placeOf(cluster, 'ssl.keystore', context), 'both', expected);
  }
  if (tls?.authority !== undefined && !isStored(tls.authority)) {
    const expected = 'ARN of the secret with the authority of its brokers: functions get no file';
    report.problem({ key: `${alias}.server.root.ca.secret.arn` }, 'nothing', expected);
  }
  if (sasl?.mechanism !== 'AWS_MSK_IAM' || sasl.roleArn !== undefined) return;
  const key = `${alias}.msk.cluster.arn`;
  if (cluster.mskClusterArn !== undefined || properties.has(key)) return; // Wrong, which is said.
  const line = properties.get(`${alias}.sasl.mechanism`)?.line;
  const place = line === undefined ? { key } : { key, line };
  report.problem(place, 'nothing', 'the ARN of the cluster, because its clients log in with IAM');
}

/** What MSK has not is said of its clusters in any case. */
export function checkMappingLogin(source: Cluster, context: Context): void {
  const { alias, mskClusterArn, authentication } = source;
  const { tls, sasl } = authentication;
  const problem = (setting: string, found: string, expected: string) => {
    context.report.problem(placeOf(source, setting, context), found, expected);
  };
  const kind = loginKind(authentication);
  if (mskClusterArn === undefined && typeof loginKinds[kind].selfManaged === 'object') {
    const taken = Object.entries(loginKinds).filter(([, { selfManaged }]) => {
      return typeof selfManaged === 'string';
    });
    const expected = `for an event source mapping of a cluster that is not MSK’s: ${taken.map(([name]) => name).join(', ')}`;
    problem('sasl.mechanism', `${kind}, which mappings do not have`, expected);
  }
  if (sasl !== undefined && tls === undefined) {
    const key = `${alias}.security.protocol`;
    const expected = 'SASL_SSL: an event source mapping logs in over TLS only';
    problem('security.protocol', shown(key, 'SASL_PLAINTEXT'), expected);
  }
  if (tls !== undefined && !tls.verifiesHostName) {
    const expected = 'https: an event source mapping looks for the host in every certificate';
    problem('ssl.endpoint.identification.algorithm', 'nothing', expected);
  }
  for (const [found, expected] of sasl === undefined ? [] : saslProblems(sasl)) {
    problem('sasl.jaas.config', found, expected);
  }
}

/** What is found, and what is expected. */
function saslProblems(sasl: Sasl): [string, string][] {
  if (sasl.mechanism === 'AWS_MSK_IAM' && sasl.roleArn !== undefined) {
    const expected =
      'none at a source: an event source mapping logs in with the role of the function, which a ' +
      'policy of the cluster (MSK multi-VPC connectivity) must allow';
    return [['awsRoleArn', expected]];
  }
  if (sasl.mechanism !== 'OAUTHBEARER') return [];
  const known = ['logicalCluster', 'identityPoolId'];
  const others = Object.keys(sasl.extensions).filter((name) => !known.includes(name));
  return others.map((name) => [
    `the extension ${name}`,
    `of an event source mapping ${known.join(' and ')} only`,
  ]);
}

/** Where a setting of the cluster stands, or the first one below its name; or where it would stand. */
function placeOf({ alias }: Cluster, setting: string, { properties }: Context) {
  const keys = [...properties.keys()];
  const [key] = [`${alias}.${setting}`, setting].flatMap(
    (name) => keys.find((each) => each === name || each.startsWith(`${name}.`)) ?? [],
  );
  return (key === undefined ? undefined : properties.get(key)) ?? { key: `${alias}.${setting}` };
}
