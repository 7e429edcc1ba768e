/** What contradicts itself, or what MSK does not take, in what a configuration says of a cluster in AWS. */
import { loginKind } from '../authentication.ts';
import { loginKinds } from '../login-kinds.ts';
import type { Cluster } from '../model.ts';
import type { Context } from './places.ts';
import { shown } from './report.ts';

export function checkAws(cluster: Cluster, context: Context): void {
  checkPlace(cluster, context);
  checkNetwork(cluster, context);
  checkMskLogin(cluster, context);
  checkKey(cluster, context);
}

/** An ARN says where its cluster is. */
function checkPlace(cluster: Cluster, { properties, report }: Context): void {
  const { alias, mskClusterArn, mskVpcConnectionArn, region, accountId } = cluster;
  const [, , , arnRegion, arnAccountId] = mskClusterArn?.split(':') ?? [];
  for (const [key, found, told] of [
    ['aws.region', region, arnRegion],
    ['aws.account.id', accountId, arnAccountId],
  ] as const) {
    if (told === undefined || found === told) continue;
    const place = properties.get(`${alias}.${key}`) ?? { key: `${alias}.${key}` };
    report.problem(place, shown(place.key, `${found}`), `${told}, as \`msk.cluster.arn\` says`);
  }
  if (mskVpcConnectionArn === undefined) return;
  const key = `${alias}.msk.vpc.connection.arn`;
  const place = properties.get(key) ?? { key };
  if (mskClusterArn === undefined) {
    report.problem(place, shown(key, mskVpcConnectionArn), '`msk.cluster.arn` of its cluster too');
  } else if (mskVpcConnectionArn.split(':')[3] !== arnRegion) {
    const expected = `a connection in ${arnRegion}, the region of its cluster`;
    report.problem(place, shown(key, mskVpcConnectionArn), expected);
  }
}

function checkNetwork({ alias, vpc }: Cluster, { properties, report }: Context): void {
  const { subnets, securityGroups } = vpc;
  if (subnets.length > 0 === securityGroups.length > 0) return;
  const [given, missing] =
    subnets.length > 0
      ? ['vpc.subnets', 'vpc.security.groups']
      : ['vpc.security.groups', 'vpc.subnets'];
  const key = `${alias}.${missing}`;
  const line = properties.get(`${alias}.${given}`)?.line;
  const place = line === undefined ? { key } : { key, line };
  report.problem(place, 'nothing', `a list, because \`${given}\` is given: one needs the other`);
}

/** https://docs.aws.amazon.com/msk/latest/developerguide/msk-password.html */
function checkMskLogin(cluster: Cluster, { properties, report }: Context): void {
  const { alias, mskClusterArn, credentialsSecretArn, secretsKmsKeyArn } = cluster;
  if (mskClusterArn === undefined) return;
  const kind = loginKind(cluster.authentication);
  if (typeof loginKinds[kind].msk === 'object') {
    const key = `${alias}.sasl.mechanism`;
    const place = properties.get(key) ?? properties.get('sasl.mechanism') ?? { key };
    report.problem(place, shown(key, kind), 'SCRAM-SHA-512 or AWS_MSK_IAM, which MSK has');
  }
  if (kind !== 'SCRAM-SHA-512' || credentialsSecretArn === undefined) return;
  const key = `${alias}.credentials.secret.arn`;
  const place = properties.get(key) ?? { key };
  if (!/:secret:AmazonMSK_/.test(credentialsSecretArn)) {
    const expected = 'a secret whose name begins with AmazonMSK_: MSK knows no others';
    report.problem(place, shown(key, credentialsSecretArn), expected);
  }
  if (secretsKmsKeyArn === undefined) {
    const expected = 'ARN of the customer managed key of the secret: MSK takes none without one';
    report.problem({ key: `${alias}.secrets.kms.key.arn` }, 'nothing', expected);
  }
}

function checkKey(cluster: Cluster, { properties, report }: Context): void {
  const { alias, credentialsSecretArn, serverRootCaSecretArn } = cluster;
  const entry = properties.get(`${alias}.secrets.kms.key.arn`);
  if (entry === undefined || (credentialsSecretArn ?? serverRootCaSecretArn) !== undefined) return;
  report.warning(entry, `no effect: ${alias} has no secret`);
}
