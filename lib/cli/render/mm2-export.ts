import { blocksExport, type ExportVerdict, exportVerdicts } from '../../takeover/export-plan.ts';
import type { ExportReport } from '../takeover/export.ts';
import { workerLines } from '../takeover/options.ts';
import { errorJson } from './errors.ts';
import { counted, formatCount } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable, type Style } from './table.ts';

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITION', align: 'right' },
  { title: 'MM2-POSITION', align: 'right' },
  { title: 'NEW-POSITION', align: 'right' },
  { title: 'VERDICT' },
];

export function renderExport({ rows }: ExportReport, paint: Paint = plain): string[] {
  if (rows.length === 0) return [];
  const cells = rows.map(({ topic, partition, stored, position, verdict, detail }): Cell[] => [
    topic,
    String(partition),
    stored?.toString() ?? '-',
    position?.toString() ?? '-',
    {
      text: detail === undefined ? words(verdict) : `${words(verdict)}: ${detail}`,
      style: styleOf(verdict),
    },
  ]);
  return renderTable(columns, cells, paint);
}

/** One line for all. */
export function summarizeExport(report: ExportReport): string {
  const { flow, connector, offsetsTopic, rows, dryRun, mayExport, offsetSyncs } = report;
  const told = rows.filter(({ verdict }) => verdict === 'write' || verdict === 'remove').length;
  const of = `${formatCount(told)} of ${counted(rows.length, 'partition')}`;
  if (rows.every(({ verdict }) => verdict === 'untouched')) return `${flow} has copied nothing`;
  if (!mayExport) return 'nothing was handed back';
  if (dryRun) return `${of} would be written to ${offsetsTopic} for ${connector}`;
  const syncs = offsetSyncs === undefined ? [] : [counted(offsetSyncs.emittedCount, 'offset sync')];
  return [`${of} written to ${offsetsTopic} for ${connector}, and read back`, ...syncs].join(', ');
}

/** What the verdicts mean, each once, and what keeps it from being done. */
export function explainExport({ rows, workers, offsetSyncs }: ExportReport): string[] {
  const verdicts = new Set(rows.map(({ verdict }) => verdict));
  const meanings = (Object.keys(exportVerdicts) as ExportVerdict[])
    .filter((verdict) => verdicts.has(verdict) && verdict !== 'write')
    .map((verdict) => `${words(verdict)}: ${exportVerdicts[verdict]}`);
  const failures = (offsetSyncs?.failures ?? []).map(({ message }) => message);
  return [...meanings, ...workerLines(workers), ...failures];
}

/** Names and types stay as they are; offsets are decimal strings. */
export function exportJson(report: ExportReport): object {
  const { flow, connector, offsetsTopic, workers, dryRun, mayExport, rows, offsetSyncs } = report;
  return {
    flow,
    offsetsTopic,
    connector,
    dryRun,
    mayExport,
    mirrorMakerAlive: workers.isMirrorMakerAlive,
    otherWorkers: workers.others,
    partitions: rows.map(({ topic, partition, stored, position, verdict, detail }) => ({
      topic,
      partition,
      mm2Position: stored?.toString() ?? null,
      newPosition: position?.toString() ?? null,
      verdict,
      detail: detail ?? null,
    })),
    offsetSyncs: offsetSyncs?.emittedCount ?? null,
    failures: [...workers.failures, ...(offsetSyncs?.failures ?? [])].map(errorJson),
  };
}

function styleOf(verdict: ExportVerdict): Style {
  if (verdict === 'write' || verdict === 'unchanged') return 'green';
  return blocksExport(verdict) ? 'red' : 'yellow';
}

function words(verdict: ExportVerdict): string {
  return verdict.replaceAll('-', ' ');
}
