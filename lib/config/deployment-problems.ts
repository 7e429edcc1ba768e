/** What the functions and mappings of a deployment cannot do, though this machine can. */
import { type Authentication, isStored, loginKind } from './authentication.ts';
import { loginKinds } from './login-kinds.ts';
import { type Cluster, type Configuration, type Flow, flowName } from './model.ts';

/** One sentence for each, naming the key to set; empty where the flows can be deployed. */
export function deploymentProblems(configuration: Configuration, flows: readonly Flow[]): string[] {
  const problems = flows.flatMap((flow) => {
    const [source, target] = [flow.source, flow.target].map(
      (alias) => configuration.clusters.get(alias)!,
    );
    const ofMapping = flow.enabled ? mappingProblems(source!) : [];
    return [...clientProblems(source!), ...clientProblems(target!), ...ofMapping].map(
      (problem) => `${flowName(flow)}: ${problem}`,
    );
  });
  return [...new Set(problems)];
}

/** Functions get the names of secrets, and have no files but their own. */
function clientProblems({ alias, authentication, mskClusterArn }: Cluster): string[] {
  const { tls, sasl } = authentication;
  const problems: string[] = [];
  if (sasl !== undefined && 'credentials' in sasl && !isStored(sasl.credentials)) {
    problems.push(`put the ${sasl.mechanism} login of ${alias} ${into(alias, 'credentials')}`);
  }
  if (tls?.certificate !== undefined && !isStored(tls.certificate)) {
    problems.push(`put the client certificate of ${alias} ${into(alias, 'credentials')}`);
  }
  if (tls?.authority !== undefined && !isStored(tls.authority)) {
    problems.push(`put the authority of ${alias}’s brokers ${into(alias, 'server.root.ca')}`);
  }
  if (sasl?.mechanism === 'AWS_MSK_IAM' && !mskClusterArn && sasl.roleArn === undefined) {
    problems.push(`set ${alias}.msk.cluster.arn: IAM statements name the cluster`);
  }
  return problems;
}

function into(alias: string, secret: string): string {
  return `into Secrets Manager, and its ARN into ${alias}.${secret}.secret.arn`;
}

function mappingProblems({ alias, authentication, mskClusterArn }: Cluster): string[] {
  const { tls, sasl } = authentication;
  const kind = loginKind(authentication);
  const problems: string[] = [];
  const login = mskClusterArn === undefined ? loginKinds[kind].selfManaged : loginKinds[kind].msk;
  const cannot = `an event source mapping of ${alias} cannot`;
  if (typeof login === 'object') problems.push(`${cannot} log in by ${kind}: ${login.refused}`);
  if (sasl !== undefined && tls === undefined) {
    problems.push(`${cannot} use SASL_PLAINTEXT: set ${alias}.security.protocol to SASL_SSL`);
  }
  if (sasl?.mechanism === 'AWS_MSK_IAM' && sasl.roleArn !== undefined) {
    problems.push(
      `${cannot} assume awsRoleArn: it logs in with the role of the function, which a policy of the ` +
        'cluster (MSK multi-VPC connectivity) must allow',
    );
  }
  if (sasl !== undefined && tls?.certificate !== undefined) {
    problems.push(`${cannot} log in by ${kind} and a client certificate at once`);
  }
  if (tls !== undefined && !tls.verifiesHostName) {
    const key = `${alias}.ssl.endpoint.identification.algorithm`;
    problems.push(`${cannot} leave out the host name: set ${key} to https`);
  }
  return [...problems, ...extensionProblems(cannot, authentication)];
}

function extensionProblems(cannot: string, { sasl }: Authentication): string[] {
  if (sasl?.mechanism !== 'OAUTHBEARER') return [];
  const known = ['logicalCluster', 'identityPoolId'];
  const others = Object.keys(sasl.extensions).filter((name) => !known.includes(name));
  return others.map((name) => `${cannot} send the extension ${name}, only ${known.join(' and ')}`);
}
