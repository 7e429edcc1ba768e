/** Offset syncs of a test's flow, as the checkpoint function emits them. */
import { randomBytes } from 'node:crypto';
import { deadlineAt } from '../../lib/deadline.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { topicCreation } from '../../lib/kafka/topic-creation.ts';
import {
  emitOffsetSyncs,
  type OffsetSyncDependencies,
  type OffsetSyncsResult,
} from '../../lib/offset-syncs/emit.ts';
import { replicationPolicy } from '../../lib/policy/replication-policy.ts';
import { dynamoCheckpointStore } from '../../lib/state/checkpoints.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import type { Run, SourcePartition } from '../../lib/state/ports.ts';
import type { Flow } from './flow.ts';
import { defaultFlowSettings } from './flow-settings.ts';

interface Options {
  sourceBootstrapServers: string;
  targetBootstrapServers: string;
  flow: Pick<Flow, 'state' | 'client' | 'table'>;
  settings?: Partial<OffsetSyncDependencies['settings']>;
}

export interface OffsetSyncsBench {
  topic: string;
  remoteTopic(topic: string): string;
  emit(
    partitions: readonly SourcePartition[],
    fault?: (dependencies: OffsetSyncDependencies) => OffsetSyncDependencies,
  ): Promise<OffsetSyncsResult>;
  close(): Promise<void>;
}

/** Clusters may be shared: the aliases, and with them the topic, are the bench's own. */
export function openOffsetSyncs(options: Options): OffsetSyncsBench {
  const { state, client, table } = options.flow;
  const own = randomBytes(4).toString('hex');
  const open = (side: 'source' | 'target', bootstrapServers: string) => {
    const alias = `${side}-${own}`;
    const cluster = { alias, bootstrapServers: bootstrapServers.split(',') };
    const connection = { cluster, side, requestTimeoutMs: 10_000 };
    const dataPlane = openDataPlane(connection);
    return { alias, dataPlane, admin: topicCreation(dataPlane, connection) };
  };
  const source = open('source', options.sourceBootstrapServers);
  const target = open('target', options.targetBootstrapServers);
  const defaults = defaultFlowSettings({
    source: { alias: source.alias, bootstrapServers: [] },
    target: { alias: target.alias, bootstrapServers: [] },
    stateTable: table,
  });
  const settings = { ...defaults.offsetSyncs, ...options.settings };
  const dependencies: OffsetSyncDependencies = {
    source,
    target,
    policy: replicationPolicy(defaults.replicationPolicy),
    state,
    store: dynamoCheckpointStore({ client, table, flow: 'source->target' }),
    settings,
  };
  const other = settings.location === 'source' ? target : source;
  return {
    topic: dependencies.policy.offsetSyncsTopic(other.alias),
    remoteTopic: (topic) => dependencies.policy.formatRemoteTopic(source.alias, topic),
    emit: (partitions, fault = (same) => same) =>
      emitOffsetSyncs(fault(dependencies), partitions, deadlineAt(Date.now() + 30_000)),
    async close() {
      await Promise.all([source.dataPlane.close(), target.dataPlane.close()]);
    },
  };
}

/** Writes the map of a partition as if these runs had been copied; with none, an empty one. */
export async function copyRuns(
  { state }: Pick<Flow, 'state'>,
  partition: SourcePartition,
  runs: readonly Run[],
): Promise<void> {
  const [current] = await state.read([partition]);
  const from =
    current ??
    (await state.create(partition, {
      producerId: 1n,
      producerEpoch: 0,
      generation: 0,
      nextSequence: 0,
      segment: emptySegment(runs[0]?.upstream ?? 0n, runs[0]?.downstream ?? 0n),
    }));
  const last = runs.at(-1);
  if (last === undefined) return;
  const length = BigInt(last.length);
  await state.advance(partition, from, {
    runs,
    upstreamEnd: last.upstream + length,
    downstreamEnd: last.downstream + length,
    nextSequence: 0,
  });
}
