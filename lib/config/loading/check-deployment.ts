/** What stands in the way of a deployment, though the local host may run it. */
import { functionEnvironment, functionName, functionsOf } from '../../deployment.ts';
import { literalTopics } from '../../discovery/literal-topics.ts';
import { type Cluster, type Configuration, type Flow, flowName } from '../model.ts';
import { stackPlace } from '../stack-place.ts';
import { checkAws } from './check-aws.ts';
import { checkClientLogin, checkMappingLogin } from './check-logins.ts';
import { checkStatePlaces } from './check-state-places.ts';
import { type Context, settingOf } from './places.ts';
import { type Place, shown } from './report.ts';

export function checkDeployment(configuration: Configuration, context: Context): void {
  for (const cluster of configuration.clusters.values()) checkAws(cluster, context);
  checkStatePlaces(configuration, context);
  for (const flow of configuration.flows) {
    const source = configuration.clusters.get(flow.source)!;
    const target = configuration.clusters.get(flow.target)!;
    const { region, accountId } = stackPlace(configuration, flow);
    if (flow.enabled) {
      checkMappingLogin(source, context);
      checkSourceNetwork(source, context);
      checkSourcePlace({ flow, source, region, accountId }, context);
    }
    for (const cluster of [source, target]) {
      checkClientLogin(cluster, context);
      checkSecrets(cluster, region, context);
    }
    checkSubnets(flow, target, context);
    checkNames(flow, context);
    if (context.report.hasProblems) continue;
    checkSize(configuration, flow, context);
  }
}

function checkSourceNetwork(source: Cluster, { report }: Context): void {
  const { alias, mskClusterArn, vpc, credentialsSecretArn } = source;
  const isReached = mskClusterArn !== undefined || vpc.subnets.length > 0;
  if (isReached || credentialsSecretArn !== undefined) return;
  const key = `${alias}.vpc.subnets`;
  const expected = 'the subnets from which mappings reach it, or `credentials.secret.arn`';
  report.problem({ key }, 'nothing', expected);
}

interface SourcePlace {
  flow: Flow;
  source: Cluster;
  region: string | undefined;
  accountId: string | undefined;
}

/** A mapping reads MSK clusters of its own region, and of another account by a connection only. */
function checkSourcePlace(of: SourcePlace, { properties, report }: Context): void {
  const { flow, source, region, accountId } = of;
  const { alias, mskClusterArn, mskVpcConnectionArn } = source;
  if (mskClusterArn === undefined) return;
  const key = `${alias}.msk.cluster.arn`;
  const place = properties.get(key) ?? { key };
  const [, , , sourceRegion, sourceAccountId] = mskClusterArn.split(':');
  if (region !== undefined && sourceRegion !== region) {
    const found = `${shown(key, sourceRegion!)}, but ${flowName(flow)} is deployed in ${region}`;
    const instead =
      '`bootstrap.servers`, `vpc.subnets` and `credentials.secret.arn` in their place';
    report.problem(place, found, `no ARN of another region; ${instead}, and \`aws.region\``);
  } else if (
    accountId !== undefined &&
    sourceAccountId !== accountId &&
    mskVpcConnectionArn === undefined
  ) {
    const found = `account ${sourceAccountId}, but ${flowName(flow)} is deployed in ${accountId}`;
    report.problem(place, found, '`msk.vpc.connection.arn` too: a managed VPC connection to it');
  }
}

/** A mapping reads secrets of its own region. */
function checkSecrets(
  cluster: Cluster,
  region: string | undefined,
  { properties, report }: Context,
): void {
  const { alias, credentialsSecretArn, serverRootCaSecretArn } = cluster;
  for (const [name, arn] of [
    ['credentials.secret.arn', credentialsSecretArn],
    ['server.root.ca.secret.arn', serverRootCaSecretArn],
  ] as const) {
    const secretRegion = arn?.split(':')[3];
    if (region === undefined || secretRegion === undefined || secretRegion === region) continue;
    const key = `${alias}.${name}`;
    const place = properties.get(key) ?? { key };
    report.problem(place, shown(key, secretRegion), `a secret, or its replica, in ${region}`);
  }
}

/** Those of the listeners that MSK opens to the internet. */
const publicPort = /:919\d$/;

function checkSubnets(flow: Flow, target: Cluster, { report }: Context): void {
  const { alias, mskClusterArn, bootstrapServers, vpc } = target;
  if (mskClusterArn === undefined || vpc.subnets.length > 0) return;
  if (bootstrapServers.length > 0 && bootstrapServers.every((at) => publicPort.test(at))) return;
  const expected = `subnets from which the functions of ${flowName(flow)} reach its brokers`;
  report.problem({ key: `${alias}.vpc.subnets` }, 'nothing', expected);
}

function checkNames(flow: Flow, { properties, report }: Context): void {
  const clusters: Place = properties.get('clusters') ?? { key: 'clusters' };
  const names = functionsOf(flow).map((name) => functionName(flow, name));
  const wrong = names.find((name) => !/^[a-zA-Z0-9-_]{1,64}$/.test(name));
  if (wrong !== undefined) {
    const expected = 'aliases of letters, digits, `-` and `_` that make names of at most 64';
    report.problem(clusters, `the function name ${wrong}`, expected);
  }
  const place = settingOf(flow, 'topics', properties);
  for (const topic of flow.enabled ? literalTopics(flow) : []) {
    if (/^[a-zA-Z0-9\-_.]{2,249}$/.test(topic)) continue;
    report.problem(place, shown(place.key, topic), 'a topic whose name Lambda takes: 2 characters');
  }
}

/** Lambda’s limit for all variables of a function; some are not the flow’s. */
const environmentBytes = 4096 - 256;

function checkSize(
  configuration: Configuration,
  flow: Flow,
  { properties, report }: Context,
): void {
  const topics = literalTopics(flow);
  const sizes = functionsOf(flow).map((name) => {
    const variables = Object.entries(functionEnvironment(configuration, flow, name, topics));
    return Buffer.byteLength(variables.flat().join(''));
  });
  const sizeBytes = Math.max(...sizes);
  if (sizeBytes <= environmentBytes) return;
  const found = `${sizeBytes} bytes of settings, ${environmentBytes} of which fit into a function`;
  const expected = 'fewer or shorter patterns in `topics`, `groups` and what they exclude';
  report.problem(settingOf(flow, 'topics', properties), found, expected);
}
