import type {
  GroupComparison,
  PartitionComparison,
  Verdict,
} from '../../checkpoint/compare-groups.ts';
import type { Distance } from '../../checkpoint/copied-between.ts';
import { translatedOffset } from '../../checkpoint/group-sync-plan.ts';
import type { GroupPosition } from '../../checkpoint/positions.ts';
import type { Comparison } from '../groups/compare.ts';
import { errorJson } from './errors.ts';
import { exactnessJson } from './groups-describe.ts';
import { counted, formatCount } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable, type Style } from './table.ts';

const columns: readonly Column[] = [
  { title: 'GROUP' },
  { title: 'TOPIC' },
  { title: 'PARTITION', align: 'right' },
  { title: 'SOURCE-OFFSET', align: 'right' },
  { title: 'EXPECTED', align: 'right' },
  { title: 'ACTUAL', align: 'right' },
  { title: 'DISTANCE', align: 'right' },
  { title: 'VERDICT' },
];

const styles: Record<Verdict, Style> = {
  equal: 'green',
  behind: 'yellow',
  ahead: 'red',
  absent: 'yellow',
  unknown: 'red',
};

export function renderComparison(
  groups: readonly GroupComparison[],
  paint: Paint = plain,
): string[] {
  const rows = groups.flatMap(({ group, partitions }) =>
    partitions.map((comparison) => row(group, comparison)),
  );
  return renderTable(columns, rows, paint);
}

/** One line for all, for a person. */
export function summarizeComparison(groups: readonly GroupComparison[]): string {
  const all = groups.flatMap(({ partitions }) => partitions);
  const counts = (Object.keys(styles) as Verdict[])
    .map((verdict) => [verdict, all.filter((one) => one.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${formatCount(count)} ${verdictWords[verdict]}`);
  const seen = `${counted(groups.length, 'group')}, ${counted(all.length, 'partition')}`;
  return [seen, ...counts].join(', ');
}

/** Names and types stay as they are; offsets and counts of records are decimal strings. */
export function comparisonJson({ flow, groups, absent, failures }: Comparison): object {
  return {
    flow,
    groups: groups.map(({ group, state, targetState, partitions, failure }) => ({
      group,
      sourceState: state,
      targetState: targetState ?? null,
      partitions: partitions.map(partitionJson),
      error: errorJson(failure),
    })),
    absent,
    failures: failures.map(errorJson),
  };
}

function partitionJson(comparison: PartitionComparison): object {
  const { position, targetOffset, verdict, distance, error } = comparison;
  return {
    topic: position.topic,
    partition: position.partition,
    remoteTopic: position.remoteTopic,
    upstreamOffset: String(position.upstreamOffset),
    translatedOffset: translatedOffset(position)?.toString() ?? null,
    ...exactnessJson(position.downstream),
    targetOffset: targetOffset?.toString() ?? null,
    verdict,
    distance:
      distance === undefined
        ? null
        : { records: String(distance.records), exact: distance.isExact },
    error: errorJson(error),
  };
}

function row(group: string, comparison: PartitionComparison): Cell[] {
  const { position, targetOffset, verdict } = comparison;
  const { topic, partition, upstreamOffset } = position;
  return [
    group,
    topic,
    String(partition),
    String(upstreamOffset),
    expectedText(position),
    targetOffset?.toString() ?? (comparison.error === undefined ? '-' : '?'),
    distanceText(comparison),
    { text: verdictText(comparison), style: styles[verdict] },
  ];
}

/** What is not copied yet will lie at or beyond the end of what is; a sampled place is the earliest. */
function expectedText(position: GroupPosition): string {
  const offset = translatedOffset(position)?.toString() ?? '?';
  const { status } = position.downstream;
  return status === 'ahead' || status === 'sampled' ? `≥${offset}` : offset;
}

const verdictWords: Record<Verdict, string> = {
  equal: 'equal',
  behind: 'behind',
  ahead: 'ahead',
  absent: 'not there',
  unknown: 'unknown',
};

function distanceText({ verdict, distance }: PartitionComparison): string {
  if (verdict === 'equal') return '0';
  if (distance === undefined) return verdict === 'behind' || verdict === 'ahead' ? '?' : '-';
  return `${verdict === 'behind' ? '-' : '+'}${recordsText(distance)}`;
}

function verdictText({ position, verdict, distance, error }: PartitionComparison): string {
  const words = verdictWords[verdict];
  if (verdict === 'unknown') {
    const { status } = position.downstream;
    if (error !== undefined) return `${words}: ${error.code}`;
    return `${words}: ${status === 'ahead' ? 'not copied yet' : status}`;
  }
  if (distance === undefined) return words;
  return `${words}: would ${verdict === 'behind' ? 'read again' : 'skip'} ${recordsText(distance)}`;
}

/** Outside the map an offset may hold no copied record, so the count is an upper bound. */
function recordsText({ records, isExact }: Distance): string {
  return `${isExact ? '' : '≤'}${formatCount(records)}`;
}
