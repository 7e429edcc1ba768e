/** One flow between clusters that were reached: what it may do there, and what would be refused. */
import type { Cluster, Flow } from '../config/model.ts';
import { consumerGroupId } from '../discovery/consumer-group.ts';
import { lookAtTopics, type Topics } from '../discovery/look-at-topics.ts';
import { planTopics } from '../discovery/plan-topics.ts';
import type { ClusterLook, Operations } from '../kafka/cluster-look.ts';
import { firstRecords } from '../kafka/first-records.ts';
import type { KafkaDataPlane, KafkaGroups, Settled } from '../kafka/ports.ts';
import type { NewTopic, TopicAdmin, TopicConfig } from '../kafka/topic-admin.ts';
import { settle } from '../state/settle.ts';
import { type Check, checkAt, type Place } from './check.ts';
import { limitChecks, numberIn, oldLimits, type Settings, type TopicPair } from './limits.ts';
import { type NeededPermission, neededPermissions, permissionChecks } from './permissions.ts';
import { replicasChecks } from './replicas.ts';
import { topicsChecks } from './topics.ts';

export interface CheckedSide {
  cluster: Cluster;
  brokerCount: number;
  look: Omit<ClusterLook, 'close'>;
  admin: Pick<TopicAdmin, 'listTopics' | 'describeTopics' | 'topicConfigs' | 'topicAcls'>;
}

export interface CheckedFlow {
  name: string;
  flow: Flow;
  source: CheckedSide & {
    groups: Pick<KafkaGroups, 'listGroups'>;
    dataPlane: Pick<KafkaDataPlane, 'fetch' | 'listOffsets'>;
  };
  target: CheckedSide;
  /** Which topics of the source are looked at, by name alone. */
  mirrors(topic: string): boolean;
  takesGroup(group: string): boolean;
  formatRemoteTopic(topic: string): string;
}

/** Never rejects. Nothing is written to either cluster. */
export async function checkFlow(checked: CheckedFlow): Promise<Check[]> {
  const { flow } = checked;
  const places = placesOf(checked);
  const patterns = flow.enabled ? flow.topics.include : [];
  const clusters = { ...checked, source: checked.source.admin, target: checked.target.admin };
  const looked = await settle(() => lookAtTopics(clusters, patterns));
  if (!looked.ok) return [checkAt('topics', places.source).failedBy(looked.error)];
  const topics = { ...looked.value, ...(!flow.enabled && { mirrored: [] }) };
  const [permissions, { pairs, creation }] = await Promise.all([
    checkPermissions(checked, topics),
    lookAtPairs(checked, topics),
  ]);
  const missing = pairs.filter(({ remotePartitionCount }) => remotePartitionCount === undefined);
  const { mapping } = flow;
  return [
    ...(flow.enabled ? topicsChecks(topics, places.source) : []),
    ...permissions,
    ...replicasChecks({
      flow,
      place: places.target,
      brokerCount: checked.target.brokerCount,
      isThere: (topic) => topics.existing.has(topic),
      missing: missing.map(({ remoteTopic }) => remoteTopic),
    }),
    ...(flow.enabled
      ? [...creation, ...limitChecks(pairs, { places, mapping, nowMs: Date.now() })]
      : []),
  ];
}

function placesOf({ name, flow }: Pick<CheckedFlow, 'name' | 'flow'>): {
  source: Place;
  target: Place;
} {
  return {
    source: { cluster: flow.source, flow: name },
    target: { cluster: flow.target, flow: name },
  };
}

async function checkPermissions(
  checked: CheckedFlow,
  { mirrored, names, existing }: Topics,
): Promise<Check[]> {
  const { flow, takesGroup, formatRemoteTopic } = checked;
  const topics = mirrored.map(({ topic }) => topic);
  const listed = await settle(() => checked.source.groups.listGroups());
  const all = listed.ok ? listed.value.groups.map(({ group }) => group) : [];
  const mappingGroups = topics.map((topic) => consumerGroupId(flow, topic));
  const isOwn = new Set(mappingGroups);
  const groups = all.filter((group) => takesGroup(group) && !isOwn.has(group));
  const seen = {
    source: { topics, groups, mappingGroups },
    target: { topics: topics.map(formatRemoteTopic), groups, mappingGroups: [] },
  };
  const isThere = { source: names, target: existing };
  const places = placesOf(checked);
  const checks = (['source', 'target'] as const).map(async (side) => {
    const needed = neededPermissions(flow, side, seen[side]);
    if (needed.length === 0) return [];
    const { cluster, look } = checked[side];
    const asked = await askOperations(look, needed);
    const isOnSide = (topic: string) => isThere[side].has(topic);
    const place = places[side];
    const view = { flow, side, cluster, place, needed, ...asked, isThere: isOnSide };
    return permissionChecks(view);
  });
  return (await Promise.all(checks)).flat();
}

/** `told` is in the order of `needed`. */
async function askOperations(
  look: CheckedSide['look'],
  needed: readonly NeededPermission[],
): Promise<{ told: Settled<Operations>[]; onCluster: Settled<Operations> }> {
  const namesOf = (resource: NeededPermission['resource']) =>
    needed.filter((one) => one.resource === resource).map(({ name }) => name);
  const [topicNames, groupNames] = [namesOf('topic'), namesOf('group')];
  const [onCluster, topics, groups] = await Promise.all([
    settle(() => look.clusterOperations()),
    look.topicOperations(topicNames),
    look.groupOperations(groupNames),
  ]);
  const topicTold = new Map(topicNames.map((name, index) => [name, topics[index]!]));
  const groupTold = new Map(groupNames.map((name, index) => [name, groups[index]!]));
  const told = needed.map(({ resource, name }) => {
    if (resource === 'cluster') return onCluster;
    return (resource === 'topic' ? topicTold : groupTold).get(name)!;
  });
  return { told, onCluster };
}

async function lookAtPairs(
  checked: CheckedFlow,
  { mirrored, existing }: Topics,
): Promise<{ pairs: TopicPair[]; creation: Check[] }> {
  const { flow, source, target, formatRemoteTopic } = checked;
  const topics = mirrored.map(({ topic }) => topic);
  const sourceConfigs = await configsOf(source.admin, topics);
  const view = { mirrored, sourceConfigs, existing, formatRemoteTopic, lost: new Set<string>() };
  // Whether there are brokers enough is a check of its own; here the settings are asked about.
  const { replicationFactor } = flow.remoteTopics;
  const factor = replicationFactor > target.brokerCount ? -1 : replicationFactor;
  const settings = { ...flow.remoteTopics, replicationFactor: factor };
  const created = planTopics(view, settings).flatMap((action) =>
    action.kind === 'create-topic' ? [action.created] : [],
  );
  const there = topics.map(formatRemoteTopic).filter((topic) => existing.has(topic));
  const [remoteConfigs, outcomes] = await Promise.all([
    configsOf(target.admin, there),
    target.look.wouldCreate(created),
  ]);
  const remote = new Map<string, Settings>(
    [...remoteConfigs].map(([topic, configs]) => [topic, settingsOf(configs)]),
  );
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.ok) remote.set(created[index]!.topic, outcome.value);
  }
  const pairs = mirrored.map(({ topic, partitionCount }): TopicPair => {
    const remoteTopic = formatRemoteTopic(topic);
    const [configs, ofRemote] = [sourceConfigs.get(topic), remote.get(remoteTopic)];
    const count = existing.get(remoteTopic)?.partitionCount;
    return {
      topic,
      remoteTopic,
      partitionCount,
      ...(count !== undefined && { remotePartitionCount: count }),
      ...(configs && { source: settingsOf(configs) }),
      ...(ofRemote && { remote: ofRemote }),
    };
  });
  const creation = creationChecks(placesOf(checked).target, created, outcomes);
  return { pairs: await withOldest(source.dataPlane, pairs), creation };
}

/** Without those that may not be read, which is said among the permissions. */
async function configsOf(
  admin: CheckedSide['admin'],
  topics: readonly string[],
): Promise<Map<string, TopicConfig[]>> {
  const outcomes = await admin.topicConfigs(topics);
  return new Map(
    outcomes.flatMap((outcome, index) => (outcome.ok ? [[topics[index]!, outcome.value]] : [])),
  );
}

function settingsOf(configs: readonly TopicConfig[]): Settings {
  return Object.fromEntries(configs.map(({ name, value }) => [name, value]));
}

/** What may not be created is said among the permissions. */
function creationChecks(
  place: Place,
  created: readonly NewTopic[],
  outcomes: readonly Settled<unknown>[],
): Check[] {
  const refused = outcomes.flatMap((outcome, index) => {
    if (outcome.ok || outcome.error.code === 'UNAUTHORIZED') return [];
    const { topic } = created[index]!;
    return [checkAt('creation', { ...place, topic }).failedBy(outcome.error)];
  });
  if (refused.length > 0) return refused;
  const at = checkAt('creation', place);
  const count = outcomes.filter(({ ok }) => ok).length;
  if (count === 0) return [at.skipped('no remote topic could be tried')];
  return [at.ok(`the target would create ${count} topic${count === 1 ? '' : 's'} as they are`)];
}

/** Looked for only where the target has a limit that it could be over. */
async function withOldest(
  dataPlane: CheckedFlow['source']['dataPlane'],
  pairs: readonly TopicPair[],
): Promise<TopicPair[]> {
  const limited = pairs.filter(({ remote }) =>
    oldLimits.some((name) => (numberIn(remote, name) ?? Infinity) < Number.MAX_SAFE_INTEGER),
  );
  const partitions = limited.flatMap(({ topic, partitionCount }) =>
    Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
  );
  const earliest = await dataPlane.listOffsets(partitions, 'earliest');
  const positions = partitions.flatMap((one, index) => {
    const offset = earliest[index]!;
    return offset.ok && offset.value >= 0n ? [{ ...one, offset: offset.value }] : [];
  });
  const first = await firstRecords(dataPlane, positions);
  const oldest = new Map<string, number>();
  for (const [index, { topic }] of positions.entries()) {
    const found = first[index]!;
    if (!found.ok || 'end' in found.value) continue;
    oldest.set(topic, Math.min(found.value.timestampMs, oldest.get(topic) ?? Infinity));
  }
  return pairs.map((pair) => {
    const oldestMs = oldest.get(pair.topic);
    return oldestMs === undefined ? pair : { ...pair, oldestMs };
  });
}
