/** The checkpoint function's work on a flow between real clusters, with a checkpoints topic of its own. */
import { randomBytes } from 'node:crypto';
import {
  type CheckpointDependencies,
  type CheckpointRun,
  checkpoint,
  type Duty,
} from '../../lib/checkpoint/checkpoint.ts';
import type { GroupPosition } from '../../lib/checkpoint/positions.ts';
import { deadlineAt } from '../../lib/deadline.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import { topicCreation } from '../../lib/kafka/topic-creation.ts';
import { type Checkpoint, decodeCheckpoint } from '../../lib/mm2/formats.ts';
import { readToEnd } from '../../lib/mm2/topics.ts';
import { dynamoCheckpointStore } from '../../lib/state/checkpoints.ts';
import { type Flow, openFlow } from './flow.ts';
import { defaultFlowSettings } from './flow-settings.ts';
import type { OracleCluster } from './oracle/oracle.ts';
import type { SharedParts } from './parts.ts';

export interface CheckpointFlow {
  flow: Flow;
  dependencies: CheckpointDependencies;
  checkpointsTopic: string;
  /** A name of a group of this flow. */
  group(name: string): string;
  /** One run, of checkpoints alone by default. */
  run(changed?: Partial<CheckpointDependencies>, duties?: readonly Duty[]): Promise<CheckpointRun>;
  /** Every checkpoint that the target holds, in the order of the log. */
  published(): Promise<(Checkpoint & { timestampMs: number })[]>;
}

/** @param context ends it */
export async function openCheckpoints(
  context: { after(close: () => Promise<void>): void },
  parts: Pick<SharedParts, 'sourceBootstrapServers' | 'targetBootstrapServers' | 'dynamoEndpoint'>,
): Promise<CheckpointFlow> {
  const name = `checked-${randomBytes(4).toString('hex')}`;
  const checkpointsTopic = `${name}.checkpoints.internal`;
  const flow = await openFlow(parts);
  const settings = defaultFlowSettings({
    source: { alias: 'source', bootstrapServers: parts.sourceBootstrapServers.split(',') },
    target: { alias: 'target', bootstrapServers: parts.targetBootstrapServers.split(',') },
    stateTable: flow.table,
  });
  const clients = (side: 'source' | 'target') => {
    const options = { cluster: settings[side], side, requestTimeoutMs: 20_000 };
    const dataPlane = openDataPlane(options);
    return { dataPlane, groups: openGroups(options), admin: topicCreation(dataPlane, options) };
  };
  const stored = { client: flow.client, table: flow.table, flow: 'source->target' };
  const dependencies: CheckpointDependencies = {
    source: clients('source'),
    target: clients('target'),
    state: flow.state,
    checkpoints: dynamoCheckpointStore(stored),
    policy: { ...flow.environment().policy, checkpointsTopic: () => checkpointsTopic },
    topicFilter: () => true,
    groupFilter: (group) => group.startsWith(name),
    settings,
  };
  const { source, target } = dependencies;
  context.after(async () => {
    const opened = [source.dataPlane, source.groups, target.dataPlane, target.groups];
    await Promise.all([flow.close(), ...opened.map((each) => each.close())]);
  });
  return {
    flow,
    dependencies,
    checkpointsTopic,
    group: (own) => `${name}-${own}`,
    run(changed = {}, duties = ['checkpoints']) {
      const deadline = deadlineAt(Date.now() + 30_000);
      return checkpoint({ ...dependencies, ...changed }, new Set(duties), deadline);
    },
    async published() {
      const deadline = deadlineAt(Date.now() + 20_000);
      const records = readToEnd(target.dataPlane, checkpointsTopic, deadline);
      const found: (Checkpoint & { timestampMs: number })[] = [];
      for await (const record of records) {
        const decoded = decodeCheckpoint(record);
        if (decoded) found.push({ ...decoded, timestampMs: record.timestampMs });
      }
      return found;
    },
  };
}

/** Commits for a group on the source, in partition 0 of each topic. */
export async function commitAt(
  source: OracleCluster,
  group: string,
  offsets: Readonly<Record<string, bigint>>,
): Promise<void> {
  const positions = Object.entries(offsets).map(([topic, offset]) => {
    return { topic, partition: 0, offset, metadata: '' };
  });
  await source.commitOffsets(group, positions);
}

/** What was found of a group, in one topic, partition 0. */
export function positionOf(run: CheckpointRun, group: string, topic: string): GroupPosition {
  const found = run.positions.groups
    .find((one) => one.group === group)
    ?.positions.find((position) => position.topic === topic);
  if (found === undefined) throw new Error(`${group} has no position in ${topic}`);
  return found;
}
