import type { Check, Outcome } from '../../preflight/check.ts';
import { counted } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable, type Style } from './table.ts';

const columns: readonly Column[] = [
  { title: 'CHECK' },
  { title: 'CLUSTER' },
  { title: 'OF' },
  { title: 'RESULT' },
  { title: 'FOUND' },
];

const styles: Readonly<Record<Outcome, Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'dim',
};

/** A row for each check, and below them what to do, failures first. */
export function renderChecks(checks: readonly Check[], paint: Paint = plain): string[] {
  const rows = checks.map(({ check, cluster, outcome, found, ...place }): Cell[] => [
    check,
    cluster,
    subject(place),
    { text: outcome, style: styles[outcome] },
    found,
  ]);
  return [...renderTable(columns, rows, paint), ...remedies(checks)];
}

/** What it is about within the cluster; the flow where it is all of it. */
function subject({ flow, broker, topic, group }: Partial<Check>): string {
  if (group !== undefined) return `group ${group}`;
  return topic ?? broker ?? flow ?? '';
}

function remedies(checks: readonly Check[]): string[] {
  const sorted = (['failed', 'warning'] as const).flatMap((outcome) =>
    checks.filter((check) => check.outcome === outcome),
  );
  const alike = Map.groupBy(sorted, ({ check, cluster, outcome, remedy }) =>
    [outcome, check, cluster, remedy].join('\n'),
  );
  const lines = [...alike.values()].map((some) => {
    const [{ check, cluster, remedy }] = some as [Check];
    const names = some.map(subject).filter((name) => name !== '');
    const of =
      names.length === 0
        ? ''
        : ` ${some.length > 3 ? `${names.slice(0, 3).join(', ')} and ${some.length - 3} more` : names.join(', ')}`;
    return `  ${check}, ${cluster}${of}: ${remedy}`;
  });
  return lines.length === 0 ? [] : ['', 'What to do:', ...lines];
}

export function summarizeChecks(checks: readonly Check[]): string {
  const count = (outcome: Outcome) => checks.filter((one) => one.outcome === outcome).length;
  const [failed, warned, skipped] = [count('failed'), count('warning'), count('skipped')];
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warned > 0 ? [counted(warned, 'warning')] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const rest = parts.length === 0 ? 'all well' : parts.join(', ');
  return `${counted(checks.length, 'check')}: ${rest}`;
}

export function preflightJson(checks: readonly Check[]): object {
  return {
    checks: checks.map(({ check, outcome, cluster, found, ...rest }) => ({
      check,
      outcome,
      cluster,
      flow: rest.flow ?? null,
      broker: rest.broker ?? null,
      topic: rest.topic ?? null,
      group: rest.group ?? null,
      found,
      remedy: rest.remedy ?? null,
      missing: (rest.missing ?? []).map(({ iam, ...acl }) => ({ ...acl, iam: iam ?? null })),
    })),
  };
}
