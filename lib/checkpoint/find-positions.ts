/**
 * Where every group of the source goes on in the target, on one screen: what the checkpoint
 * function publishes, what group sync moves, and what the command line shows.
 *
 * Committed offsets are read first and the map after them, so that a copy that keeps up covers what
 * was committed. Everything is asked in batches: of the groups by coordinator, of the map for all
 * partitions, of the logs by leader.
 */
import type { FlowSettings } from '../config/flow-settings.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import { mirrors } from '../policy/mirrored.ts';
import type { PatternFilter } from '../policy/pattern-filter.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import type { StateStore } from '../state/ports.ts';
import { readCommitted } from './committed.ts';
import { lookAtUncovered, measureGroups, partitionLags } from './lag.ts';
import { locate, raiseToCopyStart } from './locate.ts';
import { proveAhead, proveBeforeMap, proveUnmapped } from './nothing-between.ts';
import { takeBack } from './other-ways.ts';
import { Partitions } from './partitions.ts';
import type { OtherWays } from './pass-read.ts';
import type { FlowPositions } from './positions.ts';

export interface PositionsDependencies {
  source: {
    dataPlane: Pick<KafkaDataPlane, 'listTopics' | 'listOffsets' | 'fetch'>;
    groups: Pick<KafkaGroups, 'listGroups' | 'committedOffsets'>;
  };
  target: { dataPlane: Pick<KafkaDataPlane, 'listOffsets'> };
  state: Pick<StateStore, 'translate'>;
  policy: ReplicationPolicy;
  topicFilter: PatternFilter;
  groupFilter: PatternFilter;
  /** Present where records come to both ends of the flow by other flows too. */
  otherWays?: OtherWays;
  settings: Pick<
    FlowSettings,
    'source' | 'target' | 'heartbeatsReplicationEnabled' | 'startsAtEarliest'
  >;
}

export interface PositionsOptions {
  /** Only these, and only the partitions that they have offsets in; by default all of the flow. */
  groups?: readonly string[];
  /** How often each partition of the source may be looked into for the lag of groups in time. */
  lagRounds?: number;
}

/**
 * What fails of a group, a partition or a broker is named in the result, and the rest is served.
 * Throws where no broker lists its groups, or the state cannot be read.
 */
export async function findPositions(
  dependencies: PositionsDependencies,
  options: PositionsOptions = {},
): Promise<FlowPositions> {
  const { source, target, state, groupFilter, otherWays, settings } = dependencies;
  const { startsAtEarliest } = settings;
  const nowMs = Date.now();
  const partitions = new Partitions(topicRules(dependencies));
  const committed = await readCommitted(source.groups, partitions, {
    groupFilter,
    names: options.groups,
  });
  const failures = [...committed.failures];
  if (options.groups === undefined) {
    failures.push(...(await addCopied(partitions, source.dataPlane)));
  }
  const all = partitions.all();
  const ends = { source: source.dataPlane, target: target.dataPlane, state };
  failures.push(...(await locate(all, ends)));
  failures.push(...(await lookAtUncovered(all, source.dataPlane, settings)));
  for (const partition of all) {
    proveAhead(partition);
    proveUnmapped(partition, settings);
  }
  failures.push(...(await proveBeforeMap(all, source.dataPlane, state)));
  if (otherWays) failures.push(...(await takeBack(all, otherWays)));
  for (const partition of all) raiseToCopyStart(partition);
  const lagOptions = { rounds: options.lagRounds ?? 2, nowMs };
  failures.push(...(await measureGroups(all, source.dataPlane, lagOptions)));
  const lags = partitionLags(all, { startsAtEarliest, nowMs });
  return { ...committed, partitions: lags, failures };
}

function topicRules(dependencies: PositionsDependencies) {
  const { policy, topicFilter, settings } = dependencies;
  const { source, target, heartbeatsReplicationEnabled } = settings;
  const mirrored = { policy, topicFilter, targetAlias: target.alias, heartbeatsReplicationEnabled };
  return {
    topicFilter,
    isMirrored: (topic: string) => mirrors(topic, mirrored),
    formatRemoteTopic: (topic: string) => policy.formatRemoteTopic(source.alias, topic),
  };
}

async function addCopied(
  partitions: Partitions,
  source: Pick<KafkaDataPlane, 'listTopics'>,
): Promise<MirrorlessError[]> {
  try {
    const topics = await source.listTopics();
    for (const { topic, partitionCount } of topics) partitions.addCopied(topic, partitionCount);
    return [];
  } catch (error) {
    return [toMirrorlessError(error)];
  }
}
