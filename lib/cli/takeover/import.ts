/** What `mirrorless mm2 import` does to a flow, and what its exit code says of it. */
import type { MirrorlessError } from '../../errors.ts';
import { type ImportedRow, importMirror, standsInTheWay } from '../../takeover/import.ts';
import { type ImportRules, importable, planImport } from '../../takeover/import-plan.ts';
import { type LookOptions, lookAtMirror } from '../../takeover/look.ts';
import { type ConnectWorkers, checkNobodyReads } from '../../takeover/workers.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { FlowAccess } from '../flow-access.ts';

export interface ImportReport {
  flow: string;
  offsetsTopic: string;
  connectors: readonly string[];
  workers: ConnectWorkers;
  dryRun: boolean;
  /** False where something stands in the way of all. */
  mayImport: boolean;
  rows: readonly ImportedRow[];
}

/** Changes nothing. */
export async function planImports(
  access: FlowAccess,
  options: LookOptions & ImportRules,
): Promise<ImportReport> {
  const { workers, connectors, partitions } = await lookAtMirror(access, options);
  const rows = partitions.flatMap((seen) => planImport(seen, options) ?? []);
  const isTaken = rows.some(({ verdict }) => importable.has(verdict));
  const mayImport =
    !workers.isMirrorMakerAlive && isTaken && !rows.some(({ verdict }) => standsInTheWay(verdict));
  if (mayImport) await checkNobodyReads(rows, access);
  const { offsetsTopic } = options;
  return { flow: access.name, offsetsTopic, connectors, workers, dryRun: true, mayImport, rows };
}

export async function carryOutImports(
  planned: ImportReport,
  access: FlowAccess,
  { deadline }: Pick<LookOptions, 'deadline'>,
): Promise<ImportReport> {
  return { ...planned, dryRun: false, rows: await importMirror(planned.rows, access, deadline) };
}

export function importFailures({ rows }: ImportReport): MirrorlessError[] {
  return rows.flatMap(({ failure }) => failure ?? []);
}

export function importExitCode(report: ImportReport): ExitCode {
  if (!report.mayImport) return exitCodes.checkFailed;
  const failed = importFailures(report).length;
  if (failed === 0) return exitCodes.done;
  const taken = report.rows.filter(({ next }) => next !== undefined).length;
  return failed < taken ? exitCodes.partlyDone : exitCodes.failed;
}
