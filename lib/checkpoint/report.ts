/** What a run of the checkpoint function says in metrics. */
import type { MirrorlessError } from '../errors.ts';
import type { MetricValues } from '../telemetry/emit.ts';
import type { Dimension } from '../telemetry/metrics.ts';
import type { CheckpointRun, Duty } from './checkpoint.ts';
import type { GroupSync, SyncOutcome } from './group-sync-plan.ts';
import type { DownstreamPosition, FlowPositions, GroupPosition, Lag } from './positions.ts';

export interface MetricLine {
  values: MetricValues;
  dimensions?: Partial<Record<Exclude<Dimension, 'Flow'>, string>>;
}

/** The embedded metric lines of a run, one for each combination of dimensions. */
export function metricLines(run: CheckpointRun, duties: ReadonlySet<Duty>): MetricLine[] {
  const { published, synced, offsetSyncs } = run;
  const values: MetricValues = {
    CheckpointFailureCount: failuresOf(run).length,
    ...(published && {
      CheckpointCount: sum(published.groups.map(({ publishedCount }) => publishedCount)),
      CheckpointLatency: published.latenciesMs,
    }),
    ...(synced && {
      SyncedGroupCount: synced.groups.filter((group) => has(group, 'moved')).length,
      UnsyncedGroupCount: synced.groups.filter(isUnsynced).length,
    }),
    ...(offsetSyncs && { OffsetSyncCount: offsetSyncs.emittedCount }),
  };
  if (!duties.has('lag')) return [{ values }];
  const { records, timeMs } = totalLag(run.positions.partitions);
  values.FlowLagRecordCount = records;
  if (timeMs !== undefined) values.FlowLagTime = timeMs;
  return [{ values }, ...lagLines(run.positions)];
}

/** Everything that failed, of groups, partitions and brokers, each once, in the order of the run. */
export function failuresOf(run: CheckpointRun): MirrorlessError[] {
  const { positions, published, synced, offsetSyncs, failures } = run;
  const ofGroups = [...positions.groups, ...(published?.groups ?? [])];
  const ofMoves = (synced?.groups ?? []).flatMap(({ partitions }) => partitions);
  const all = [
    ...positions.failures,
    ...ofGroups.flatMap(({ failure }) => failure ?? []),
    ...(published?.failures ?? []),
    ...(synced?.failures ?? []),
    ...ofMoves.flatMap(({ outcome, error }) => (outcome === 'failed' && error ? [error] : [])),
    ...(offsetSyncs?.failures ?? []),
    ...failures,
  ];
  return [...new Set(all)];
}

export type RefusedStatus = Exclude<DownstreamPosition['status'], 'exact' | 'ahead' | 'sampled'>;

/** Undefined where the position has an offset on the target. */
export function refusedStatus({ downstream }: GroupPosition): RefusedStatus | undefined {
  return 'offset' in downstream ? undefined : downstream.status;
}

/** What stays where it is although it would be moved, if only it could. */
const settled: ReadonlySet<SyncOutcome> = new Set(['moved', 'already-there', 'target-further']);

function isUnsynced({ partitions, failure }: GroupSync): boolean {
  return failure !== undefined || partitions.some(({ outcome }) => !settled.has(outcome));
}

function has({ partitions }: GroupSync, wanted: SyncOutcome): boolean {
  return partitions.some(({ outcome }) => outcome === wanted);
}

function lagLines(positions: FlowPositions): MetricLine[] {
  const byTopic = Map.groupBy(positions.partitions, ({ topic }) => topic);
  const topics = [...byTopic].map(([Topic, partitions]): MetricLine => {
    const { records, timeMs } = totalLag(partitions);
    const time = timeMs === undefined ? {} : { LagTime: timeMs };
    return { values: { LagRecordCount: records, ...time }, dimensions: { Topic } };
  });
  const groups = positions.groups.map(({ group: Group, positions: some }): MetricLine => {
    const { records, timeMs } = totalLag(some);
    const time = timeMs === undefined ? {} : { GroupLagTime: timeMs };
    return { values: { GroupLagRecordCount: records, ...time }, dimensions: { Group } };
  });
  const refused = [...refusedCounts(positions)].map(([Status, count]): MetricLine => {
    return { values: { RefusedPositionCount: count }, dimensions: { Status } };
  });
  return [...topics, ...groups, ...refused];
}

function refusedCounts({ groups }: FlowPositions): Map<RefusedStatus, number> {
  const counts = new Map<RefusedStatus, number>();
  for (const { positions } of groups) {
    for (const position of positions) {
      const status = refusedStatus(position);
      if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  }
  return counts;
}

/** Of all records together, and the oldest; that only where every partition was looked into. */
function totalLag(measured: readonly { lag?: Lag }[]): { records: number; timeMs?: number } {
  const lags = measured.flatMap(({ lag }) => lag ?? []);
  const records = sum(lags.map((lag) => Number(lag.records)));
  const times = lags.map(({ timeMs }) => timeMs);
  if (times.length === 0 || !times.every((timeMs) => timeMs !== undefined)) return { records };
  return { records, timeMs: times.reduce((oldest, timeMs) => Math.max(oldest, timeMs), 0) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
