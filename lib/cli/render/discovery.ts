import type { DiscoveryPlan, DiscoveryRun } from '../../discovery/discover.ts';
import { type Failure, failuresOf } from '../../discovery/report.ts';
import { type ActionRow, mappingRows, topicRows } from './discovery-actions.ts';
import { errorJson, failureSummaries } from './errors.ts';
import { counted, formatCount } from './numbers.ts';
import { renderDetected, stateJson } from './status.ts';
import { type Cell, type Column, type Paint, plain, renderTable, visible } from './table.ts';

export interface RenderOptions {
  /** Epoch milliseconds. */
  now: number;
  paint?: Paint;
}

const columns: readonly Column[] = [
  { title: 'ACTION' },
  { title: 'KIND' },
  { title: 'TOPIC' },
  { title: 'WHAT' },
  { title: 'REASON' },
];

/** A row for each thing that is to be done, and what was detected; nothing where there is neither. */
export function renderPlan(plan: DiscoveryPlan, { now, paint = plain }: RenderOptions): string[] {
  const rows = plannedRows(plan).map(cellsOf);
  const table = rows.length === 0 ? [] : renderTable(columns, rows, paint);
  return [...table, ...renderDetected(plan.watched.states, { now, paint })];
}

function plannedRows({ plan, mappings }: DiscoveryPlan): ActionRow[] {
  return [...topicRows(plan.actions), ...mappingRows(mappings)];
}

function cellsOf({ action, kind, topic, what, reason, style }: ActionRow): Cell[] {
  return [{ text: action, style }, kind, topic, what, reason];
}

/** A row for each thing that was done, waits, or was refused; and what was detected. */
export function renderDiscovery(
  run: DiscoveryRun,
  { now, paint = plain }: RenderOptions,
): string[] {
  const { done, waiting } = ranRows(run);
  const rows = [
    ...done.map((row): Cell[] => [...cellsOf(row), { text: 'done', style: 'green' }]),
    ...waiting.map((row): Cell[] => [...cellsOf(row), { text: 'waits', style: 'yellow' }]),
    ...refusedOf(run).map((one): Cell[] => [
      '-',
      one.kind,
      one.topic,
      one.setting ?? '-',
      one.error.code,
      { text: 'refused', style: 'red' },
    ]),
  ];
  const table =
    rows.length === 0 ? [] : renderTable([...columns, { title: 'OUTCOME' }], rows, paint);
  return [...table, ...renderDetected(run.watched.states, { now, paint })];
}

function ranRows({ applied, kept }: DiscoveryRun): { done: ActionRow[]; waiting: ActionRow[] } {
  return {
    done: [...topicRows(applied.done), ...mappingRows(kept?.done ?? [])],
    waiting: mappingRows(kept?.postponed ?? []),
  };
}

interface RefusedRow {
  kind: 'topic' | 'setting' | 'mapping';
  topic: string;
  setting?: string;
  error: Failure['error'];
}

function refusedOf({ applied, kept }: DiscoveryRun): RefusedRow[] {
  return [
    ...applied.refused.map(({ topic, setting, error }): RefusedRow => {
      if (setting === undefined) return { kind: 'topic', topic, error };
      return { kind: 'setting', topic, setting, error };
    }),
    ...(kept?.refused ?? []).map(({ topic, error }): RefusedRow => {
      return { kind: 'mapping', topic, error };
    }),
  ];
}

/** One line for all that is to be done. */
export function summarizePlan(plan: DiscoveryPlan, flow: string): string {
  const rows = plannedRows(plan).filter(({ action }) => action !== 'leave');
  const topics = `${flow} mirrors ${counted(plan.topics.mirrored.length, 'topic')}`;
  const what = rows.length === 0 ? 'nothing is to be done' : `to be done: ${countsOf(rows)}`;
  return `${topics}; ${what}${aclsText(plan)}`;
}

export function summarizeDiscovery(run: DiscoveryRun, flow: string): string {
  const { done, waiting } = ranRows(run);
  const refused = refusedOf(run).length;
  const topics = `${flow} mirrors ${counted(run.topics.mirrored.length, 'topic')}`;
  return (
    [
      `${topics}; ${done.length === 0 ? 'nothing was to be done' : `done: ${countsOf(done)}`}`,
      ...(waiting.length === 0 ? [] : [`${formatCount(waiting.length)} waiting for Lambda`]),
      ...(refused === 0 ? [] : [`${formatCount(refused)} refused`]),
    ].join(', ') + aclsText(run)
  );
}

/** ACLs are followed only where both clusters have any. */
function aclsText({ plan: { withoutAcls } }: Looked): string {
  return withoutAcls === undefined ? '' : `; no ACLs, since the ${withoutAcls} authorizes nobody`;
}

function countsOf(rows: readonly ActionRow[]): string {
  const byKind = Map.groupBy(rows, ({ action, kind }) => `${action} ${kind}`);
  return [...byKind].map(([name, some]) => `${formatCount(some.length)} ${name}`).join(', ');
}

type Looked = Pick<DiscoveryPlan, 'topics' | 'plan'>;

/** What could not be looked at or done, and what has no effect. */
export function planWarnings(found: DiscoveryPlan): string[] {
  return [...failureSummaries(found.failures), ...ineffective(found)];
}

export function discoveryWarnings(run: DiscoveryRun): string[] {
  return [...failureSummaries(failuresOf(run).map(({ error }) => error)), ...ineffective(run)];
}

function ineffective({ topics, plan }: Looked): string[] {
  return [
    ...topics.unmatched.map(({ pattern, error }) => {
      const what = `no topic of the source matches ${visible(pattern)} of topics`;
      return error === undefined ? what : `${what}: ${error.message}`;
    }),
    ...plan.unknownConfigs.map(({ remoteTopic, name }) => {
      return `the target does not know the setting ${name}, which ${remoteTopic} cannot follow`;
    }),
  ];
}

/** Names and types stay as they are. */
export function planJson(found: DiscoveryPlan, flow: string): object {
  return {
    flow,
    mirroredTopics: found.topics.mirrored.length,
    actions: plannedRows(found).map(actionJson),
    ...lookedJson(found),
    failures: found.failures.map(errorJson),
  };
}

export function discoveryJson(run: DiscoveryRun, flow: string): object {
  const { done, waiting } = ranRows(run);
  return {
    flow,
    mirroredTopics: run.topics.mirrored.length,
    done: done.map(actionJson),
    waiting: waiting.map(actionJson),
    refused: refusedOf(run).map(({ kind, topic, setting, error }) => {
      return { kind, topic, setting: setting ?? null, error: errorJson(error) };
    }),
    ...lookedJson(run),
    failures: run.failures.map(errorJson),
  };
}

function actionJson({ action, kind, topic, reason, details }: ActionRow): object {
  return { action, kind, topic, reason, ...details };
}

function lookedJson({
  topics,
  plan,
  watched,
}: Looked & Pick<DiscoveryPlan, 'watched'>): Record<string, unknown> {
  return {
    detectedStates: watched.states.map(stateJson),
    unmatchedPatterns: topics.unmatched.map(({ pattern, error }) => {
      return { pattern, error: errorJson(error) };
    }),
    unknownSettings: plan.unknownConfigs,
    withoutAcls: plan.withoutAcls ?? null,
  };
}
