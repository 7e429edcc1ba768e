import type { FinalVerdict } from '../../checkpoint/final-plan.ts';
import {
  type AbsentGroup,
  countOutcomes,
  type GroupSync,
  type PartitionSync,
  type SyncOutcome,
  syncOutcomes,
  translatedOffset,
} from '../../checkpoint/group-sync-plan.ts';
import type { MirrorlessError } from '../../errors.ts';
import { errorJson } from './errors.ts';
import { exactnessJson } from './groups-describe.ts';
import { counted, formatCount } from './numbers.ts';
import {
  type Cell,
  type Column,
  type Paint,
  plain,
  renderTable,
  type Style,
  visible,
} from './table.ts';

export interface GroupsSyncReport {
  flow: string;
  mode: 'sync' | 'final';
  dryRun: boolean;
  groups: readonly (GroupSync & { verdict?: FinalVerdict })[];
  absent: readonly AbsentGroup[];
  failures: readonly MirrorlessError[];
  /** Of the final mode. */
  isDone?: boolean;
}

const columns: readonly Column[] = [
  { title: 'GROUP' },
  { title: 'TOPIC' },
  { title: 'PARTITION', align: 'right' },
  { title: 'SOURCE-OFFSET', align: 'right' },
  { title: 'FROM', align: 'right' },
  { title: 'TO', align: 'right' },
  { title: 'OUTCOME' },
];

const styles: Record<SyncOutcome, Style> = {
  moved: 'green',
  'already-there': 'green',
  'would-move': 'green',
  live: 'yellow',
  'other-type': 'red',
  'target-further': 'yellow',
  'before-map': 'red',
  'no-map': 'yellow',
  'target-truncated': 'red',
  'source-recreated': 'red',
  failed: 'red',
  'source-live': 'yellow',
  ahead: 'yellow',
  sampled: 'yellow',
  'held-back': 'yellow',
};

const absences: Record<AbsentGroup['reason'], string> = {
  gone: 'gone: the source has no such group',
  'not-translated':
    'not translated: no consumer group that the filters of the flow take, or nothing committed in its topics',
  unknown: 'unknown: the source does not name it, but not all of its brokers answered',
};

/** A row for each partition, none where there is no group: FROM is what the target had before. */
export function renderGroupsSync(report: GroupsSyncReport, paint: Paint = plain): string[] {
  const rows = report.groups.flatMap(({ group, partitions, failure }): Cell[][] => [
    ...partitions.map((partition) => row(group, partition)),
    ...(failure === undefined ? [] : [wholeRow(group, failure.code)]),
  ]);
  const absent = report.absent.map(({ group, reason }) => wholeRow(group, reason));
  const all = [...rows, ...absent];
  return all.length === 0 ? [] : renderTable(columns, all, paint);
}

/** One line for all. */
export function summarizeGroupsSync(report: GroupsSyncReport): string {
  const { flow, groups, absent, mode, dryRun, isDone } = report;
  if (groups.length + absent.length === 0) {
    return `${flow} takes no group that has committed an offset`;
  }
  const all = groups.flatMap(({ partitions }) => partitions);
  const counts = [...countOutcomes(groups)].map(
    ([outcome, count]) => `${formatCount(count)} ${words(outcome)}`,
  );
  const seen = `${counted(groups.length, 'group')}, ${counted(all.length, 'partition')}`;
  const missing = absent.length === 0 ? [] : [`${counted(absent.length, 'group')} absent`];
  const text = [seen, ...counts, ...missing].join(', ');
  if (mode === 'sync' || dryRun) return text;
  const done = groups.filter(({ verdict }) => verdict === 'done').length;
  const total = groups.length + absent.length;
  return `${isDone ? 'done' : 'not done'}: ${done} of ${counted(total, 'group')}; ${text}`;
}

/** What the outcomes mean that keep a group from its place, and each failure once. */
export function explainGroupsSync({ groups, absent, failures }: GroupsSyncReport): string[] {
  const all = groups.flatMap(({ partitions }) => partitions);
  const inPlace: readonly SyncOutcome[] = ['moved', 'already-there', 'would-move', 'failed'];
  const meanings = [...countOutcomes(groups).keys()]
    .filter((outcome) => !inPlace.includes(outcome))
    .map((outcome) => `${words(outcome)}: ${syncOutcomes[outcome]}`);
  const errors = [
    ...failures,
    ...groups.flatMap(({ failure }) => failure ?? []),
    ...all.flatMap(({ outcome, error }) => (outcome === 'live' ? [] : (error ?? []))),
  ].map(({ message }) => message);
  return [
    ...meanings,
    ...absent.map(({ group, reason }) => `${visible(group)} is ${absences[reason]}`),
    ...new Set(errors),
  ];
}

/** Names and types stay as they are; offsets are decimal strings. */
export function groupsSyncJson(report: GroupsSyncReport): object {
  const { flow, mode, dryRun, groups, absent, failures, isDone } = report;
  return {
    flow,
    mode,
    dryRun,
    done: isDone ?? null,
    groups: groups.map(({ group, state, partitions, failure, verdict }) => ({
      group,
      sourceState: state,
      verdict: verdict ?? null,
      partitions: partitions.map(partitionJson),
      error: errorJson(failure),
    })),
    absent,
    failures: failures.map(errorJson),
  };
}

function partitionJson({ position, targetOffset, outcome, error }: PartitionSync): object {
  const { topic, partition, remoteTopic, upstreamOffset, downstream } = position;
  const mapEnd = downstream.status === 'ahead' ? downstream.mapEnd : undefined;
  return {
    topic,
    partition,
    remoteTopic,
    upstreamOffset: String(upstreamOffset),
    translatedOffset: translatedOffset(position)?.toString() ?? null,
    ...exactnessJson(downstream),
    mapEnd: mapEnd?.toString() ?? null,
    targetOffset: targetOffset?.toString() ?? null,
    outcome,
    error: errorJson(error),
  };
}

function row(group: string, partition: PartitionSync): Cell[] {
  const { position, targetOffset, outcome } = partition;
  return [
    group,
    position.topic,
    String(position.partition),
    String(position.upstreamOffset),
    targetOffset?.toString() ?? '-',
    translatedOffset(position)?.toString() ?? '-',
    { text: outcomeText(partition), style: styles[outcome] },
  ];
}

/** Of a group without partitions to show. */
function wholeRow(group: string, text: string): Cell[] {
  return [group, '-', '-', '-', '-', '-', { text: text.replaceAll('-', ' '), style: 'red' }];
}

function outcomeText({ position, targetOffset, outcome, error }: PartitionSync): string {
  const { downstream, upstreamOffset } = position;
  const text = words(outcome);
  if (outcome === 'failed' && error !== undefined) return `${text}: ${error.code}`;
  if (outcome === 'target-further' && 'offset' in downstream && targetOffset !== undefined) {
    return `${text}: by ${formatCount(targetOffset - downstream.offset)}`;
  }
  if (downstream.status !== 'ahead') return text;
  // Some of these offsets may hold no record.
  const missing = formatCount(upstreamOffset - downstream.mapEnd);
  return `${text}: copied before ${downstream.mapEnd}, ${missing} missing`;
}

function words(outcome: SyncOutcome): string {
  return outcome.replaceAll('-', ' ');
}
