import type { DownstreamPosition, GroupPosition } from '../../checkpoint/positions.ts';
import type { GroupCheckpoints } from '../../state/ports.ts';
import type { Survey, SurveyedGroup } from '../groups/survey.ts';
import { errorJson } from './errors.ts';
import { formatCount, formatDuration } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable } from './table.ts';

type Exactness = DownstreamPosition['status'];

const columns: readonly Column[] = [
  { title: 'GROUP' },
  { title: 'SOURCE' },
  { title: 'TARGET' },
  { title: 'TOPICS', align: 'right' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'EXACTNESS' },
  { title: 'CHECKPOINT', align: 'right' },
];

/** A row for each group; what is gone from the source comes last. `now` is epoch milliseconds. */
export function renderGroupsList(survey: Survey, now: number, paint: Paint = plain): string[] {
  const rows = survey.groups.map((group): Cell[] => [
    group.group,
    group.state,
    group.targetState ?? (survey.isTargetListed ? '-' : '?'),
    formatCount(topicCount(group.positions)),
    formatCount(group.positions.length),
    lagText(group),
    exactnessCell(group),
    ageText(group.published, now),
  ]);
  const gone = survey.gone.map((published): Cell[] => [
    published.group,
    { text: 'gone', style: 'yellow' },
    '-',
    formatCount(topicCount(published.checkpoints)),
    formatCount(published.checkpoints.length),
    '-',
    '-',
    ageText(published, now),
  ]);
  return renderTable(columns, [...rows, ...gone], paint);
}

/** Names and types stay as they are; offsets and counts of records are decimal strings. */
export function groupsListJson({ flow, groups, gone, failures }: Survey): object {
  return {
    flow,
    groups: groups.map((group) => ({
      group: group.group,
      sourceState: group.state,
      targetState: group.targetState ?? null,
      topics: topicCount(group.positions),
      partitions: group.positions.length,
      lagRecords: lagSum(group)?.toString() ?? null,
      exactness: Object.fromEntries(countExactness(group.positions)),
      publishedAt: publishedAt(group.published),
      error: errorJson(group.failure),
    })),
    gone: gone.map((published) => ({
      group: published.group,
      publishedAt: publishedAt(published),
      goneSince:
        published.goneSinceMs === undefined ? null : new Date(published.goneSinceMs).toISOString(),
    })),
    failures: failures.map(errorJson),
  };
}

/** When checkpoints were published, as they are shown. */
export function ageText(published: GroupCheckpoints | undefined, now: number): string {
  if (published === undefined) return 'never';
  return `${formatDuration(Math.max(0, now - published.publishedAtMs))} ago`;
}

export function publishedAt(published: GroupCheckpoints | undefined): string | null {
  return published === undefined ? null : new Date(published.publishedAtMs).toISOString();
}

function topicCount(positions: readonly { topic: string }[]): number {
  return new Set(positions.map(({ topic }) => topic)).size;
}

/** Undefined where the source did not tell of every partition. */
function lagSum({ positions, failure }: SurveyedGroup): bigint | undefined {
  if (failure !== undefined) return undefined;
  return positions.reduce<bigint | undefined>(
    (sum, { lag }) => (sum === undefined || lag === undefined ? undefined : sum + lag.records),
    0n,
  );
}

function lagText(group: SurveyedGroup): string {
  const sum = lagSum(group);
  return sum === undefined ? '?' : formatCount(sum);
}

function countExactness(positions: readonly GroupPosition[]): Map<Exactness, number> {
  const counts = new Map<Exactness, number>();
  for (const { downstream } of positions) {
    counts.set(downstream.status, (counts.get(downstream.status) ?? 0) + 1);
  }
  return counts;
}

function exactnessCell({ positions, failure }: SurveyedGroup): Cell {
  const counts = [...countExactness(positions)];
  const text =
    counts.length === 1 && counts[0]![0] === 'exact'
      ? 'exact'
      : counts.map(([status, count]) => `${formatCount(count)} ${status}`).join(', ');
  if (failure !== undefined) return { text: failure.code, style: 'red' };
  return { text, style: text === 'exact' ? 'green' : 'yellow' };
}
