/** What a run of the checkpoint function says in its log: a few lines, however much there is. */
import type { MirrorlessError } from '../errors.ts';
import type { CheckpointRun } from './checkpoint.ts';
import { countOutcomes, type SyncOutcome } from './group-sync-plan.ts';
import { failuresOf, type RefusedStatus, refusedStatus } from './report.ts';

/** Of each kind; what is beyond is only counted. */
const linesMax = 20;
const namesMax = 50;

export interface RunSummary {
  groups: number;
  published?: number;
  repeated?: number;
  /** Positions without an offset on the target. */
  refused: number;
  /** Partitions on the target by what became of them: why groups were moved or left. */
  groupSync?: Partial<Record<SyncOutcome, number>>;
  offsetSyncs?: number;
  /** Partitions whose earlier syncs told of other records; readers forget those. */
  offsetSyncsRestarted?: number;
  failures: number;
  tookMs: number;
}

export function summarize(run: CheckpointRun, tookMs: number): RunSummary {
  const { positions, published, synced, offsetSyncs } = run;
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const refused = positions.groups.map((group) => group.positions.filter(refusedStatus).length);
  return {
    groups: positions.groups.length,
    ...(published && {
      published: total(published.groups.map(({ publishedCount }) => publishedCount)),
      repeated: total(published.groups.map(({ repeatedCount }) => repeatedCount)),
    }),
    refused: total(refused),
    ...(synced && { groupSync: Object.fromEntries(countOutcomes(synced.groups)) }),
    ...(offsetSyncs && { offsetSyncs: offsetSyncs.emittedCount }),
    ...(offsetSyncs?.restarted.length && { offsetSyncsRestarted: offsetSyncs.restarted.length }),
    failures: failuresOf(run).length,
    tookMs,
  };
}

export interface Refusals {
  status: RefusedStatus;
  topic: string;
  positions: number;
  groups: number;
  /** One of them, in full. */
  example: { group: string; partition: number; upstreamOffset: string; reason?: string };
}

/** Positions without an offset on the target, by reason and topic; the most frequent first. */
export function refusalsOf({ positions }: CheckpointRun): Refusals[] {
  const found = new Map<string, Refusals & { last: string }>();
  for (const { group, positions: some } of positions.groups) {
    for (const position of some) {
      const status = refusedStatus(position);
      if (status === undefined) continue;
      const { topic, partition, upstreamOffset, downstream } = position;
      const key = `${status} ${topic}`;
      let refusals = found.get(key);
      if (refusals === undefined) {
        const reason = 'error' in downstream ? { reason: downstream.error.message } : {};
        const example = { group, partition, upstreamOffset: `${upstreamOffset}`, ...reason };
        refusals = { status, topic, positions: 0, groups: 0, example, last: '' };
        found.set(key, refusals);
      }
      refusals.positions += 1;
      if (refusals.last !== group) refusals.groups += 1;
      refusals.last = group;
    }
  }
  return [...found.values()]
    .sort((one, other) => other.positions - one.positions)
    .slice(0, linesMax)
    .map(({ last, ...refusals }) => refusals);
}

export interface Behind {
  topic: string;
  partition: number;
  lagRecords: string;
  /** Of the first record that the target has not acknowledged; absent where nobody looked. */
  lagMs?: number;
}

/** The partitions of which the source holds more than the target has, the furthest behind first. */
export function furthestBehind({ positions }: CheckpointRun): Behind[] {
  return positions.partitions
    .filter(({ lag }) => lag.records > 0n)
    .sort((one, other) => Number(other.lag.records - one.lag.records))
    .slice(0, linesMax)
    .map(({ topic, partition, lag: { records, timeMs } }) => {
      const lagMs = timeMs === undefined ? {} : { lagMs: timeMs };
      return { topic, partition, lagRecords: `${records}`, ...lagMs };
    });
}

export interface Failures {
  first: MirrorlessError;
  /** Of the same code at the same place, but for the partition. */
  count: number;
}

/** Every failure by its code and place, once. */
export function failuresByPlace(failures: readonly MirrorlessError[]): Failures[] {
  const byPlace = Map.groupBy(failures, ({ code, place, message }) => {
    const { cluster, broker, topic } = place;
    const where = [cluster, broker, topic].filter((name) => name !== undefined);
    return [code, ...(where.length === 0 ? [message] : where)].join(' ');
  });
  return [...byPlace.values()]
    .map((same) => ({ first: same[0]!, count: same.length }))
    .slice(0, linesMax);
}

/** Groups that the source has ceased to list. */
export function goneOf({ published }: CheckpointRun): { count: number; groups: string[] } {
  const gone = published?.gone ?? [];
  return { count: gone.length, groups: gone.slice(0, namesMax) };
}
