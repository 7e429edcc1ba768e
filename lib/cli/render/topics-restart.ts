import { mayRestart, type Restarted } from '../../restart/restart.ts';
import type { RestartReport } from '../flows/restart.ts';
import { errorJson, failureSummaries } from './errors.ts';
import { counted, formatCount } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable, visible } from './table.ts';

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'DETECTED' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'TO COPY', align: 'right' },
  { title: 'OUTCOME' },
];

/** A row for each topic. */
export function renderRestart(report: RestartReport, paint: Paint = plain): string[] {
  const rows = report.topics.map((topic): Cell[] => {
    const { starts, states } = topic;
    const found = [...new Set(states.map(({ state }) => state))].join(', ');
    const toCopy = starts.reduce((sum, { toCopyCount }) => sum + toCopyCount, 0n);
    const isStarted = starts.length > 0;
    return [
      topic.topic,
      found === '' ? '-' : { text: found, style: 'red' },
      isStarted ? formatCount(starts.length) : '-',
      isStarted ? formatCount(Number(toCopy)) : '-',
      outcomeCell(topic, report),
    ];
  });
  return renderTable(columns, rows, paint);
}

function outcomeCell(topic: Restarted, { dryRun }: RestartReport): Cell {
  const { refusal, failure, staysPaused } = topic;
  if (refusal !== undefined) return { text: `refused: ${refusal}`, style: 'yellow' };
  if (failure !== undefined) return { text: `failed: ${failure.code}`, style: 'red' };
  const text = dryRun ? 'would be restarted' : 'restarted';
  return { text: staysPaused ? `${text}, stays paused` : text, style: 'green' };
}

/** What is to be asked before it is done; undefined where there is nothing to do. */
export function restartQuestion({ flow, topics, from }: RestartReport): string | undefined {
  const count = topics.filter(mayRestart).length;
  if (count === 0) return undefined;
  return `Begin ${counted(count, 'topic')} of ${flow} anew from ${from}?`;
}

/** What a person should know beside the rows. */
export function explainRestart(report: RestartReport): string[] {
  const { topics, from, dryRun, failures } = report;
  const restarted = topics.filter(mayRestart);
  const keepsOld = restarted.some(({ starts }) => starts.some(({ downstream }) => downstream > 0n));
  const failed = topics.flatMap(({ failure }) => failure ?? []);
  return [
    ...(keepsOld && from === 'earliest'
      ? ['what remote topics hold stays there, and what the source holds is copied behind it']
      : []),
    ...(restarted.length > 0 ? [ofGroups] : []),
    ...(restarted.some(({ staysPaused }) => staysPaused) && !dryRun
      ? ['what was paused before stays paused: see `mirrorless resume`']
      : []),
    ...(failed.length > 0 && !dryRun
      ? ['what failed stays paused: the same command again completes it']
      : []),
    ...failureSummaries([...failures, ...failed]).map((line) => `warning: ${visible(line)}`),
  ];
}

const ofGroups =
  'groups are translated by the new generation alone: a position before its start is `before-map`, ' +
  'one that is not copied yet `ahead`; groups on the target stay where they stand';

/** Names and types stay as they are; offsets are decimal strings. */
export function restartJson({ flow, dryRun, from, topics, failures }: RestartReport): object {
  return {
    flow,
    dryRun,
    from,
    topics: topics.map((topic) => ({
      topic: topic.topic,
      remoteTopic: topic.remoteTopic,
      outcome: outcomeOf(topic, dryRun),
      detectedStates: topic.states.map(({ state, partition, what, sinceMs }) => ({
        ...{ state, partition: partition ?? null, what, since: new Date(sinceMs).toISOString() },
      })),
      staysPaused: topic.staysPaused,
      partitions: topic.starts.map(({ partition, upstream, downstream, toCopyCount }) => ({
        partition,
        upstreamStart: String(upstream),
        downstreamStart: String(downstream),
        toCopy: String(toCopyCount),
      })),
      reason: topic.refusal ?? null,
      error: errorJson(topic.failure),
    })),
    failures: failures.map(errorJson),
  };
}

function outcomeOf(topic: Restarted, dryRun: boolean): string {
  if (topic.refusal !== undefined) return 'refused';
  if (topic.failure !== undefined) return 'failed';
  return dryRun ? 'restartable' : 'restarted';
}
