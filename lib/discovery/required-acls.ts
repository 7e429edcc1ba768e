/** Which ACLs a flow needs on clusters that authorize by them; for what each of them is needed. */
import type { Flow } from '../config/model.ts';
import { covers, type NameCover } from '../policy/name-cover.ts';
import { type AclNames, aclNames, literal } from './acl-names.ts';

export type AclUser =
  | 'event source mapping'
  | 'replicate'
  | 'discover'
  | 'checkpoint'
  | 'heartbeat'
  | 'groups sync';

/** As Kafka's own tools write them. */
export type AclOperation =
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Alter'
  | 'Describe'
  | 'DescribeConfigs'
  | 'AlterConfigs'
  | 'IdempotentWrite';

export interface RequiredAcl extends NameCover {
  side: 'source' | 'target';
  /** The name of the cluster is `kafka-cluster`. */
  resource: 'cluster' | 'topic' | 'group';
  operation: AclOperation;
  needs: { user: AclUser; why: string }[];
  /** Newer brokers do not ask for it. */
  brokersBefore?: string;
}

/**
 * As few as there can be: Kafka takes Describe as given with Read, Write and Alter, DescribeConfigs
 * with AlterConfigs, so these are left out beside them. The source of what is asked for are
 * `KafkaApis` and `ControllerApis` of Apache Kafka 3.9 and 4.3; a test takes away each in turn.
 */
export function requiredAcls(flow: Flow): RequiredAcl[] {
  return withoutCovered(merged(neededAcls(flow)));
}

/** What it is about, in words. */
export function resourceText({ resource, pattern, name }: Omit<RequiredAcl, 'needs'>): string {
  if (resource === 'cluster') return 'the cluster itself';
  if (name === '*') return `all ${resource}s`;
  return pattern === 'LITERAL' ? `${resource} ${name}` : `${resource}s that begin with ${name}`;
}

/** What each user needs for itself, whatever another has: one need in each. */
export function neededAcls(flow: Flow): RequiredAcl[] {
  const names = aclNames(flow);
  const mirroring = flow.enabled ? [...onSource(flow, names), ...onTarget(flow, names)] : [];
  return [...mirroring, ...heartbeats(flow, names)];
}

function onSource(flow: Flow, { topics, mappingGroups, groups, policy }: AclNames): RequiredAcl[] {
  const mapping = 'event source mapping';
  const { offsetSyncs, syncTopicAcls } = flow;
  return [
    ...needed(
      'source',
      'cluster',
      [cluster],
      [
        ['DescribeConfigs', mapping, 'Lambda’s documentation asks for it'],
        ...when(syncTopicAcls.enabled, ['Describe', 'discover', 'reads the ACLs of topics']),
      ],
    ),
    ...needed('source', 'topic', topics, [
      ['Read', mapping, 'fetches the records'],
      ['Read', 'checkpoint', 'reads the first record that is not copied yet: the lag'],
      ['Read', 'discover', 'sees whether records are left before the end of the log'],
      ['DescribeConfigs', 'discover', 'reads the settings that remote topics take over'],
    ]),
    ...needed('source', 'group', mappingGroups, [
      ['Read', mapping, 'joins its consumer group, commits how far it has come'],
    ]),
    ...needed('source', 'group', groups, [
      ['Describe', 'checkpoint', 'lists consumer groups, reads where they stand'],
    ]),
    ...needed('source', 'topic', [groupsTopic], [['Describe', 'checkpoint', allListed]]),
    ...(offsetSyncs.enabled && offsetSyncs.location === 'source'
      ? offsetSyncsTopic('source', policy.offsetSyncsTopic(flow.target))
      : []),
  ];
}

function onTarget(
  flow: Flow,
  { remoteTopics, remoteHeartbeats, groups, policy }: AclNames,
): RequiredAcl[] {
  const { offsetSyncs, syncTopicAcls, syncTopicConfigs, syncGroupOffsets, checkpoints } = flow;
  const mover = syncGroupOffsets.enabled ? 'checkpoint' : 'groups sync';
  return [
    ...needed(
      'target',
      'cluster',
      [cluster],
      when(syncTopicAcls.enabled, ['Alter', 'discover', 'gives remote topics the ACLs']),
    ),
    ...needed(
      'target',
      'cluster',
      [cluster],
      [['IdempotentWrite', 'replicate', 'writes as an idempotent producer']],
    ).map((acl) => ({ ...acl, brokersBefore: '2.8' })),
    ...needed('target', 'topic', remoteTopics, [
      ['Write', 'replicate', 'writes the records'],
      ['Read', 'replicate', 'reads back what an earlier attempt has written'],
      ['Read', mover, 'commits offsets of groups in these topics'],
      ['Create', 'discover', 'creates remote topics'],
      ['Alter', 'discover', 'adds partitions'],
      ['DescribeConfigs', 'replicate', 'reads how large a batch may be'],
      ...when(syncTopicConfigs.enabled, ['AlterConfigs', 'discover', 'keeps settings in step']),
    ]),
    ...(checkpoints.enabled
      ? ownTopic('target', policy.checkpointsTopic(flow.source), [
          ['Write', 'checkpoint', 'writes checkpoints'],
          ['Read', 'checkpoint', 'goes on from the checkpoints that are there'],
          ['Create', 'checkpoint', 'creates the topic of checkpoints'],
        ])
      : []),
    ...needed('target', 'topic', remoteHeartbeats, [
      ...when(flow.heartbeats.enabled, ['Read', 'heartbeat', 'tells how old heartbeats arrive']),
    ]),
    ...needed('target', 'group', groups, [['Read', mover, 'moves consumer groups']]),
    ...needed('target', 'topic', [groupsTopic], [['Describe', mover, allListed]]),
    ...(offsetSyncs.enabled && offsetSyncs.location === 'target'
      ? offsetSyncsTopic('target', policy.offsetSyncsTopic(flow.source))
      : []),
  ];
}

/** Also of a flow that mirrors nothing. */
function heartbeats(flow: Flow, { policy }: AclNames): RequiredAcl[] {
  if (!flow.heartbeats.enabled) return [];
  return ownTopic('target', policy.heartbeatsTopic(), [
    ['Write', 'heartbeat', 'writes heartbeats'],
    ['Create', 'heartbeat', 'creates the topic of heartbeats'],
  ]);
}

function offsetSyncsTopic(side: RequiredAcl['side'], topic: string): RequiredAcl[] {
  return ownTopic(side, topic, [
    ['Write', 'checkpoint', 'writes offset syncs'],
    ['Read', 'checkpoint', 'goes on from the offset syncs that are there'],
    ['Create', 'checkpoint', 'creates the topic of offset syncs'],
  ]);
}

const cluster = literal('kafka-cluster');
/** Where Kafka keeps consumer groups. */
const groupsTopic = literal('__consumer_offsets');
const allListed = 'sees whether all brokers that keep groups were asked';

type NeedRow = readonly [operation: AclOperation, user: AclUser, why: string];

function when(isNeeded: boolean, row: NeedRow): NeedRow[] {
  return isNeeded ? [row] : [];
}

function ownTopic(side: RequiredAcl['side'], topic: string, rows: readonly NeedRow[]) {
  return needed(side, 'topic', [literal(topic)], rows);
}

function needed(
  side: RequiredAcl['side'],
  resource: RequiredAcl['resource'],
  names: readonly NameCover[],
  rows: readonly NeedRow[],
): RequiredAcl[] {
  return names.flatMap((cover) =>
    rows.map(([operation, user, why]) => ({
      side,
      resource,
      ...cover,
      operation,
      needs: [{ user, why }],
    })),
  );
}

function merged(all: readonly RequiredAcl[]): RequiredAcl[] {
  const keyOf = ({ side, resource, pattern, name, operation }: RequiredAcl) =>
    JSON.stringify([side, resource, pattern, name, operation]);
  const same = [...Map.groupBy(all, keyOf).values()];
  return same.map((some) => ({ ...some[0]!, needs: some.flatMap(({ needs }) => needs) }));
}

/** What one allows anyhow another need not; who needed that needs the first. */
function withoutCovered(all: readonly RequiredAcl[]): RequiredAcl[] {
  const kept = all.filter((acl) => !all.some((other) => other !== acl && allows(other, acl)));
  const dropped = all.filter((acl) => !kept.includes(acl));
  return kept.map((acl) => {
    const also = dropped.filter((one) => kept.find((other) => allows(other, one)) === acl);
    return { ...acl, needs: distinct([acl, ...also].flatMap(({ needs }) => needs)) };
  });
}

function distinct(needs: RequiredAcl['needs']): RequiredAcl['needs'] {
  return [...new Map(needs.map((need) => [`${need.user} ${need.why}`, need])).values()];
}

const implied: Partial<Record<AclOperation, readonly AclOperation[]>> = {
  Read: ['Describe'],
  Write: ['Describe'],
  Alter: ['Describe'],
  AlterConfigs: ['DescribeConfigs'],
};

/**
 * True for one and the same too; of two others never both ways: the names were made without
 * repetition, and operations imply one way.
 */
export function allows(one: RequiredAcl, other: RequiredAcl): boolean {
  const { side, resource, operation } = one;
  if (side !== other.side || resource !== other.resource || !covers(one, other)) return false;
  return operation === other.operation || (implied[operation] ?? []).includes(other.operation);
}
