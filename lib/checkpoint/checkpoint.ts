/**
 * The checkpoint function on one screen: finds where every group goes on in the target, and then
 * publishes it, moves idle groups there, and tells MM2's readers what was copied.
 */
import type { FlowSettings } from '../config/flow-settings.ts';
import type { Deadline } from '../deadline.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import { scheduled, schedulePeriodMs, schedulesOf } from '../every.ts';
import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import type { TopicCreation } from '../kafka/topic-creation.ts';
import { emitOffsetSyncs, type OffsetSyncsResult } from '../offset-syncs/emit.ts';
import type { PatternFilter } from '../policy/pattern-filter.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import type { CheckpointStore, StateStore } from '../state/ports.ts';
import { findPositions } from './find-positions.ts';
import { type SyncGroupsResult, syncGroups } from './group-sync.ts';
import type { OtherWays } from './pass-read.ts';
import type { FlowPositions } from './positions.ts';
import { type PublishResult, publishCheckpoints } from './publish.ts';

export interface CheckpointDependencies {
  source: ClusterClients;
  target: ClusterClients;
  state: StateStore;
  checkpoints: CheckpointStore;
  policy: ReplicationPolicy;
  topicFilter: PatternFilter;
  groupFilter: PatternFilter;
  otherWays?: OtherWays;
  settings: FlowSettings;
}

export interface ClusterClients {
  dataPlane: KafkaDataPlane;
  groups: KafkaGroups;
  /** Creates MM2's topics, where they are missing. */
  admin: TopicCreation;
}

/** What a run is for. Lag is measured by the way, and is to be told once a minute. */
export type Duty = 'lag' | 'checkpoints' | 'group-sync' | 'offset-syncs';

export interface CheckpointRun {
  positions: FlowPositions;
  published?: PublishResult;
  synced?: SyncGroupsResult;
  offsetSyncs?: OffsetSyncsResult;
  /** Why one of the duties was not done at all. */
  failures: readonly MirrorlessError[];
}

/** Where one duty fails, the others are done. Throws where no position is known. */
export async function checkpoint(
  dependencies: CheckpointDependencies,
  duties: ReadonlySet<Duty>,
  deadline: Deadline,
): Promise<CheckpointRun> {
  const startedAtMs = Date.now();
  const finding = findPositions(dependencies);
  const positions = await deadline.within(finding, 'where the groups are');
  const failures: MirrorlessError[] = [];
  const does = async <T>(duty: Duty, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return duties.has(duty) ? await work() : undefined;
    } catch (error) {
      failures.push(toMirrorlessError(error));
      return undefined;
    }
  };
  const published = await does('checkpoints', () =>
    publishCheckpoints(positions, dependencies, { startedAtMs, deadline }),
  );
  const synced = await does('group-sync', () => {
    const target = dependencies.target.groups;
    const syncing = syncGroups({ positions: positions.groups, target, deadline });
    return deadline.within(syncing, 'group sync');
  });
  const offsetSyncs = await does('offset-syncs', () =>
    tellCopied(dependencies, positions, deadline),
  );
  return {
    positions,
    ...(published && { published }),
    ...(synced && { synced }),
    ...(offsetSyncs && { offsetSyncs }),
    failures,
  };
}

function tellCopied(
  { source, target, policy, state, checkpoints, settings }: CheckpointDependencies,
  { partitions }: FlowPositions,
  deadline: Deadline,
): Promise<OffsetSyncsResult> {
  const dependencies = {
    source: { ...source, alias: settings.source.alias },
    target: { ...target, alias: settings.target.alias },
    policy,
    state,
    store: checkpoints,
    settings: settings.offsetSyncs,
  };
  return emitOffsetSyncs(dependencies, partitions, deadline);
}

/** What is to be done how often. */
export function schedules(
  settings: Pick<FlowSettings, 'checkpoints' | 'syncGroupOffsets' | 'offsetSyncs'>,
): ReturnType<typeof schedulesOf<Duty>> {
  const { checkpoints, syncGroupOffsets, offsetSyncs } = settings;
  return schedulesOf<Duty>([
    { duty: 'lag', enabled: true, intervalMs: schedulePeriodMs },
    scheduled('checkpoints', checkpoints),
    scheduled('group-sync', syncGroupOffsets),
    // MM2 tells them when Connect flushes, by default once a minute.
    { duty: 'offset-syncs', enabled: offsetSyncs.enabled, intervalMs: schedulePeriodMs },
  ]);
}
