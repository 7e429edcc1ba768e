import { type ImportVerdict, importable, importVerdicts } from '../../takeover/import-plan.ts';
import { type ImportReport, importFailures } from '../takeover/import.ts';
import { workerLines } from '../takeover/options.ts';
import { errorJson } from './errors.ts';
import { counted, formatCount } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable, type Style } from './table.ts';

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITION', align: 'right' },
  { title: 'MM2-POSITION', align: 'right' },
  { title: 'NEXT-UPSTREAM', align: 'right' },
  { title: 'NEXT-DOWNSTREAM', align: 'right' },
  { title: 'SAMPLES', align: 'right' },
  { title: 'VERDICT' },
];

export function renderImport({ rows }: ImportReport, paint: Paint = plain): string[] {
  if (rows.length === 0) return [];
  const cells = rows.map((row): Cell[] => [
    row.topic,
    String(row.partition),
    row.position?.toString() ?? '-',
    row.next?.upstream.toString() ?? '-',
    row.next?.downstream.toString() ?? '-',
    row.next === undefined ? '-' : formatCount(row.syncs.length),
    row.failure === undefined
      ? { text: verdictText(row), style: styleOf(row.verdict) }
      : { text: `failed: ${row.failure.code}`, style: 'red' },
  ]);
  return renderTable(columns, cells, paint);
}

/** One line for all. */
export function summarizeImport(report: ImportReport): string {
  const { flow, offsetsTopic, rows, dryRun, mayImport } = report;
  const taken = rows.filter(({ next }) => next !== undefined).length;
  if (rows.length === 0) return `${offsetsTopic} has no position of a topic that ${flow} mirrors`;
  const of = `${formatCount(taken)} of ${counted(rows.length, 'partition')}`;
  if (!mayImport) return `nothing was taken over: ${of} could be`;
  if (dryRun) return `${of} can be taken over by ${flow}`;
  return `${formatCount(taken - importFailures(report).length)} of ${counted(taken, 'partition')} taken over by ${flow}`;
}

/** What the verdicts mean, each once, and what keeps it from being done. */
export function explainImport(report: ImportReport): string[] {
  const verdicts = new Set(report.rows.map(({ verdict }) => verdict));
  const meanings = (Object.keys(importVerdicts) as ImportVerdict[])
    .filter((verdict) => verdicts.has(verdict) && verdict !== 'clean')
    .map((verdict) => `${words(verdict)}: ${importVerdicts[verdict]}`);
  const failures = importFailures(report).map(({ message }) => message);
  return [...meanings, ...workerLines(report.workers), ...new Set(failures)];
}

/** Names and types stay as they are; offsets are decimal strings. */
export function importJson(report: ImportReport): object {
  const { flow, offsetsTopic, connectors, workers, dryRun, mayImport, rows } = report;
  return {
    flow,
    offsetsTopic,
    connectors,
    dryRun,
    mayImport,
    mirrorMakerAlive: workers.isMirrorMakerAlive,
    otherWorkers: workers.others,
    partitions: rows.map((row) => ({
      topic: row.topic,
      partition: row.partition,
      remoteTopic: row.remoteTopic,
      mm2Position: row.position?.toString() ?? null,
      nextUpstream: row.next?.upstream.toString() ?? null,
      nextDownstream: row.next?.downstream.toString() ?? null,
      samples: row.syncs.length,
      verdict: row.verdict,
      detail: row.detail ?? null,
      error: errorJson(row.failure),
    })),
    failures: workers.failures.map(errorJson),
  };
}

function verdictText({ verdict, detail }: ImportReport['rows'][number]): string {
  return detail === undefined ? words(verdict) : `${words(verdict)}: ${detail}`;
}

function styleOf(verdict: ImportVerdict): Style {
  if (verdict === 'clean' || verdict === 'beyond' || verdict === 'imported') return 'green';
  return importable.has(verdict) || verdict === 'not-mirrored' ? 'yellow' : 'red';
}

function words(verdict: ImportVerdict): string {
  return verdict.replaceAll('-', ' ');
}
