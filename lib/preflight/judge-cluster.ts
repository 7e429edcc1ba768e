/** What is said of a cluster that was reached: what its brokers understand, and which it is. */
import type { Authentication } from '../config/authentication.ts';
import type { ApiRanges } from '../kafka/cluster-look.ts';
import type { SpokenApi } from '../kafka/protocol/spoken.ts';
import { type Check, checkAt } from './check.ts';

/** `spoken`: the requests that Mirrorless sends. */
export function versionsCheck(
  cluster: string,
  spoken: readonly SpokenApi[],
  brokers: readonly { broker: string; ranges: ApiRanges }[],
): Check[] {
  const failures = brokers.flatMap(({ broker, ranges }) => {
    const unknown = spoken.filter((api) => !speaks(ranges, api));
    if (unknown.length === 0) return [];
    const names = unknown.map(({ name, version }) => `${name} ${version}`).join(', ');
    const found = `does not understand ${names}`;
    const remedy = 'Mirrorless needs brokers of Kafka 2.8 or newer, or all that they understand';
    return [checkAt('versions', { cluster, broker }).failed(found, remedy)];
  });
  if (failures.length > 0) return failures;
  const at = checkAt('versions', { cluster });
  if (brokers.length === 0) return [at.skipped('nobody could log in')];
  return [at.ok(`all ${spoken.length} requests that Mirrorless sends are understood`)];
}

function speaks(ranges: ApiRanges, { key, version }: SpokenApi): boolean {
  const range = ranges.get(key);
  return range !== undefined && range.min <= version && version <= range.max;
}

export function clusterIdCheck(cluster: string, clusterId: string | undefined): Check {
  const at = checkAt('cluster id', { cluster });
  if (clusterId !== undefined) return at.ok(clusterId);
  const remedy = 'loop protection needs it: use brokers that tell it, as Apache Kafka’s do';
  return at.failed('the brokers tell none', remedy);
}

/** Undefined where they are two. */
export function sameClusterCheck(flow: string, source: End, target: End): Check | undefined {
  if (source.clusterId === undefined || source.clusterId !== target.clusterId) return undefined;
  return checkAt('cluster id', { cluster: target.alias, flow }).failed(
    `${source.alias} and ${target.alias} are one cluster, ${source.clusterId}`,
    'correct bootstrap.servers of one of the two, or remove the flow',
  );
}

export interface End {
  alias: string;
  clusterId: string | undefined;
}

/** The command has another identity than the functions will have. */
export function iamIdentityCheck(
  cluster: string,
  authentication: Authentication | undefined,
): Check[] {
  const sasl = authentication?.sasl;
  if (sasl?.mechanism !== 'AWS_MSK_IAM' || sasl.roleArn !== undefined) return [];
  return [
    checkAt('permissions', { cluster }).warning(
      'looked at as the AWS identity of this command, which is not that of the functions',
      'the stack grants its functions what they need; run this as one of their roles to be sure',
    ),
  ];
}
