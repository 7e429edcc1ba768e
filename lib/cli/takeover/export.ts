/** What `mirrorless mm2 export` does with a flow, and what its exit code says of it. */
import type { MirrorlessError } from '../../errors.ts';
import { emitOffsetSyncs } from '../../offset-syncs/emit.ts';
import {
  type ExportOptions,
  exportPositions,
  lookAtCopies,
  type OffsetsTopicSettings,
} from '../../takeover/export.ts';
import { blocksExport, type ExportRow, planExport } from '../../takeover/export-plan.ts';
import { type ConnectWorkers, checkNobodyReads } from '../../takeover/workers.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { FlowAccess } from '../flow-access.ts';

export interface ExportReport {
  flow: string;
  offsetsTopic: string;
  connector: string;
  workers: ConnectWorkers;
  dryRun: boolean;
  /** False where something stands in the way of all. */
  mayExport: boolean;
  rows: readonly ExportRow[];
  /** Written, so that MM2's readers know the newest records; absent where nothing was written. */
  offsetSyncs?: { emittedCount: number; failures: readonly MirrorlessError[] };
}

/** Changes nothing. */
export async function planExports(
  access: FlowAccess,
  options: ExportOptions,
): Promise<ExportReport> {
  const { workers, connector, partitions } = await lookAtCopies(access, options);
  const rows = partitions.flatMap((seen) => planExport(seen) ?? []);
  const isCopied = rows.some(({ verdict }) => verdict !== 'untouched');
  const mayExport =
    !workers.isMirrorMakerAlive && isCopied && !rows.some(({ verdict }) => blocksExport(verdict));
  if (mayExport) await checkNobodyReads(rows, access);
  const { offsetsTopic } = options;
  return { flow: access.name, offsetsTopic, connector, workers, dryRun: true, mayExport, rows };
}

/** Offset syncs first: a MirrorMaker 2 that starts on the positions reads them at once. */
export async function carryOutExports(
  planned: ExportReport,
  access: FlowAccess,
  { offsets, deadline }: Pick<ExportOptions, 'deadline'> & { offsets: OffsetsTopicSettings },
): Promise<ExportReport> {
  const { rows, connector } = planned;
  const { source, target } = access.settings;
  const syncs = {
    ...access,
    source: { ...access.source, alias: source.alias },
    target: { ...access.target, alias: target.alias },
    store: access.checkpoints,
    settings: access.settings.offsetSyncs,
  };
  const copied = rows.filter(({ position }) => position !== undefined);
  const told = access.settings.offsetSyncs.enabled
    ? await emitOffsetSyncs(syncs, copied, deadline)
    : undefined;
  await exportPositions(rows, access, { offsets, connector, deadline });
  return { ...planned, dryRun: false, ...(told === undefined ? {} : { offsetSyncs: told }) };
}

export function exportExitCode({ mayExport, offsetSyncs }: ExportReport): ExitCode {
  if (!mayExport) return exitCodes.checkFailed;
  return offsetSyncs?.failures.length ? exitCodes.partlyDone : exitCodes.done;
}
