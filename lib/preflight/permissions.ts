/** Which permissions a flow needs on what there is, and which of them it has not. */
import type { Cluster, Flow } from '../config/model.ts';
import { literal } from '../discovery/acl-names.ts';
import {
  type AclOperation,
  allows,
  neededAcls,
  type RequiredAcl,
  requiredAcls,
  resourceText,
} from '../discovery/required-acls.ts';
import type { Operations } from '../kafka/cluster-look.ts';
import type { Settled } from '../kafka/ports.ts';
import { covers, everyName } from '../policy/name-cover.ts';
import { iamPermission } from '../stacks/permissions/kafka-cluster.ts';
import { type Check, checkAt, type MissingPermission, type Place } from './check.ts';

type Side = RequiredAcl['side'];

/** A topic, a group, or the cluster, and what the flow does with it. */
export interface NeededPermission {
  resource: RequiredAcl['resource'];
  name: string;
  /** True of a name that stands for all groups of a pattern, of which none is there to be asked. */
  isExample: boolean;
  acls: RequiredAcl[];
}

export interface SeenNames {
  topics: readonly string[];
  groups: readonly string[];
  mappingGroups: readonly string[];
}

/** Of one side of a flow: for each name that is there, or that the flow names itself. */
export function neededPermissions(flow: Flow, side: Side, seen: SeenNames): NeededPermission[] {
  // Brokers that Mirrorless can speak to are newer than those that ask for the others.
  const acls = neededAcls(flow).filter((acl) => acl.side === side && !acl.brokersBefore);
  const names = {
    cluster: [],
    topic: seen.topics,
    group: [...seen.groups, ...seen.mappingGroups],
  };
  const needed = (['cluster', 'topic', 'group'] as const).flatMap((resource) => {
    const ofResource = acls.filter((acl) => acl.resource === resource);
    const own = ofResource.filter(isOneName).map(({ name }) => name);
    return [...new Set([...own, ...names[resource]])].map((name) => ({
      resource,
      name,
      isExample: false,
      acls: ofResource.filter((acl) => isFor(acl, name, seen)),
    }));
  });
  return [...needed.filter((one) => one.acls.length > 0), ...examples(acls, needed)];
}

/** What a pattern needs is not what the flow's own topics and groups need that it happens to cover. */
function isFor(acl: RequiredAcl, name: string, { topics, groups, mappingGroups }: SeenNames) {
  if (isOneName(acl)) return acl.name === name;
  const ofGroups = isOfMappings(acl) ? mappingGroups : groups;
  const taken = acl.resource === 'topic' ? topics : ofGroups;
  return taken.includes(name) && covers(acl, literal(name));
}

function isOneName({ pattern, name }: RequiredAcl): boolean {
  return pattern === 'LITERAL' && name !== everyName.name;
}

function isOfMappings({ needs }: RequiredAcl): boolean {
  return needs.some(({ user }) => user === 'event source mapping');
}

function examples(
  acls: readonly RequiredAcl[],
  needed: readonly NeededPermission[],
): NeededPermission[] {
  const bare = acls.filter(
    (acl) =>
      acl.resource === 'group' &&
      !isOneName(acl) &&
      !isOfMappings(acl) &&
      !needed.some((one) => one.acls.includes(acl)),
  );
  return bare.map((acl) => {
    const name = acl.pattern === 'PREFIXED' ? acl.name : 'mirrorless-preflight';
    return { resource: acl.resource, name, isExample: true, acls: [acl] };
  });
}

export interface PermissionsView {
  flow: Flow;
  side: Side;
  /** Whose cluster it is, for the actions of IAM. */
  cluster: Cluster;
  place: Place;
  needed: readonly NeededPermission[];
  /** What each of them may be done with, in their order. */
  told: readonly Settled<Operations>[];
  /** Of the cluster: who may create any topic there needs no permission on one. */
  onCluster: Settled<Operations>;
  isThere(topic: string): boolean;
}

export function permissionChecks(view: PermissionsView): Check[] {
  const { needed, told, place } = view;
  const untold = needed.filter((_, index) => isUntold(told[index]!));
  const others: Check[] = [];
  const well: NeededPermission[] = [];
  for (const [index, one] of needed.entries()) {
    if (isUntold(told[index]!)) continue;
    const check = judge(view, one, told[index]!);
    if (check === undefined) well.push(one);
    else others.push(check);
  }
  const at = checkAt('permissions', place);
  return [
    ...(well.length > 0 ? [at.ok(`${summary(well)}: all that is needed`)] : []),
    ...(untold.length > 0 ? [at.skipped(whyUntold(untold))] : []),
    ...others,
  ];
}

function isUntold(told: Settled<Operations>): boolean {
  return told.ok && told.value === undefined;
}

function whyUntold(untold: readonly NeededPermission[]): string {
  const areGroups = untold.every(({ resource }) => resource === 'group');
  const why = areGroups
    ? 'the cluster keeps no groups yet, and to ask further would create __consumer_offsets'
    : 'the brokers do not tell what may be done';
  const takes = operationsOf(untold.flatMap(({ acls }) => acls));
  return `${summary(untold)}: ${why}; it takes ${takes}`;
}

function summary(well: readonly NeededPermission[]): string {
  const count = (resource: NeededPermission['resource']) =>
    well.filter((one) => one.resource === resource).length;
  const counted = (['topic', 'group'] as const).flatMap((resource) => {
    const number = count(resource);
    return number === 0 ? [] : [`${number} ${resource}${number === 1 ? '' : 's'}`];
  });
  return [...counted, ...(count('cluster') > 0 ? ['the cluster'] : [])].join(', ');
}

/** Undefined where nothing is missing. */
function judge(
  view: PermissionsView,
  one: NeededPermission,
  told: Settled<Operations>,
): Check | undefined {
  const { resource, name } = one;
  const at = checkAt('permissions', {
    ...view.place,
    ...(resource !== 'cluster' && { [resource]: name }),
  });
  if (!told.ok && told.error.code !== 'UNAUTHORIZED') return at.failedBy(told.error);
  const missing = one.acls.filter(({ operation }) => {
    return !has(told, operation) && !(operation === 'Create' && has(view.onCluster, operation));
  });
  if (missing.length === 0) return undefined;
  const found = told.ok
    ? `lacks ${operationsOf(missing)}`
    : 'may not be described, so that nobody tells what else is missing';
  // As `mirrorless acls required` prints them, which may cover more names than this one.
  const required = requiredAcls(view.flow);
  const acls = distinct(missing.map((need) => required.find((acl) => allows(acl, need)) ?? need));
  const permissions = acls.map((acl) => permissionOf(acl, view.cluster));
  const remedy = grants(acls, view.cluster);
  const isMoot = resource === 'topic' && view.isThere(name) && missing.every(isCreate);
  const end = one.isExample || isMoot ? at.warning : at.failed;
  const seen = one.isExample ? `no group is seen, and for any that comes it ${found}` : found;
  return { ...end(seen, remedy), missing: permissions };
}

function isCreate({ operation }: RequiredAcl): boolean {
  return operation === 'Create';
}

function operationsOf(acls: readonly RequiredAcl[]): string {
  return distinct(acls.map(({ operation }) => operation)).join(', ');
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function permissionOf(acl: RequiredAcl, cluster: Cluster): MissingPermission {
  const { resource, pattern, name, operation } = acl;
  const iam = iamPermission(cluster, acl);
  return {
    resourceType: resource,
    patternType: pattern,
    name,
    operation,
    ...(iam && { iam }),
  };
}

/** All operations of a resource together, with whom they are for. */
function grants(acls: readonly RequiredAcl[], cluster: Cluster): string {
  const alike = Map.groupBy(acls, (acl) => resourceText(acl));
  const all = [...alike].map(([what, some]) => {
    const iam = some.flatMap((acl) => iamPermission(cluster, acl) ?? []);
    if (iam.length > 0) {
      const actions = distinct(iam.flatMap((one) => one.actions));
      return `${actions.join(', ')} on ${iam[0]!.resource}`;
    }
    const users = distinct(some.flatMap(({ needs }) => needs.map(({ user }) => user)));
    return `${operationsOf(some)} on ${what} (${users.join(', ')})`;
  });
  return `grant ${all.join('; ')}`;
}

/** The codes of the protocol, `DESCRIBE_CONFIGS` for `DescribeConfigs`. */
function has(told: Settled<Operations>, operation: AclOperation): boolean {
  if (!told.ok || told.value === undefined) return false;
  const code = operation.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return [...told.value].some((name) => name === code);
}
