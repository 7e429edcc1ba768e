/** What `mirrorless groups sync` does to a flow, and what its exit code says of it. */
import { type FinalSyncOptions, syncGroupsFinally } from '../../checkpoint/final.ts';
import { findPositions } from '../../checkpoint/find-positions.ts';
import { syncGroups } from '../../checkpoint/group-sync.ts';
import { absentGroups } from '../../checkpoint/group-sync-plan.ts';
import type { FlowPositions } from '../../checkpoint/positions.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { FlowAccess } from '../flow-access.ts';
import type { GroupsSyncReport } from '../render/groups-sync.ts';
import { byName, byPlace } from './survey.ts';

export interface SyncRequest {
  access: FlowAccess;
  /** Only these groups. */
  groups: readonly string[] | undefined;
  dryRun: boolean;
}

export async function syncNow({ access, groups, dryRun }: SyncRequest): Promise<GroupsSyncReport> {
  const found = await positionsOf(access, groups);
  const target = access.target.groups;
  const synced = await syncGroups({ positions: found.groups, target, dryRun });
  return {
    flow: access.name,
    mode: 'sync',
    dryRun,
    groups: synced.groups,
    absent: absentGroups(groups ?? [], found),
    failures: [...found.failures, ...synced.failures],
  };
}

export interface FinalRequest extends SyncRequest {
  timeoutMs: number;
  /** Groups too of which MM2's offset syncs tell where they go on. */
  allowSampled?: boolean;
  signal: AbortSignal;
  /** After each look. */
  onReport(report: GroupsSyncReport): void;
}

export async function syncFinally(request: FinalRequest): Promise<GroupsSyncReport> {
  const { access, groups, dryRun, timeoutMs, allowSampled = false, signal, onReport } = request;
  const report = { flow: access.name, mode: 'final', dryRun } as const;
  const options: FinalSyncOptions = {
    findPositions: () => positionsOf(access, groups),
    target: access.target.groups,
    timeoutMs,
    allowSampled,
    dryRun,
    signal,
    onRound: (round) => onReport({ ...report, ...round }),
  };
  const result = await syncGroupsFinally(groups === undefined ? options : { ...options, groups });
  return { ...report, ...result };
}

/** The final mode is a check: it passes whole or not at all. */
export function syncExitCode(report: GroupsSyncReport): ExitCode {
  const { mode, dryRun, isDone, groups, absent, failures } = report;
  const all = groups.flatMap(({ partitions }) => partitions);
  const isInPlace = ({ outcome }: (typeof all)[number]): boolean =>
    outcome === 'moved' || outcome === 'already-there' || (dryRun && outcome === 'would-move');
  const isRefused = absent.length > 0 || !all.every(isInPlace);
  const isFailed =
    failures.length > 0 ||
    groups.some(({ failure }) => failure !== undefined) ||
    all.some(({ outcome }) => outcome === 'failed');
  if (mode === 'final') {
    const isPassed = dryRun ? !isRefused && !isFailed && groups.length > 0 : isDone;
    return isPassed ? exitCodes.done : exitCodes.checkFailed;
  }
  if (isFailed) return all.some(isInPlace) ? exitCodes.partlyDone : exitCodes.failed;
  return isRefused ? exitCodes.checkFailed : exitCodes.done;
}

/** In an order that stays the same from look to look. */
async function positionsOf(
  access: FlowAccess,
  names: readonly string[] | undefined,
): Promise<FlowPositions> {
  // Nobody asks for lag in time here.
  const options = { lagRounds: 0, ...(names === undefined ? {} : { groups: names }) };
  const found = await findPositions(access, options);
  const groups = found.groups.map((group) => ({
    ...group,
    positions: group.positions.toSorted(byPlace),
  }));
  return { ...found, groups: groups.toSorted(byName) };
}
