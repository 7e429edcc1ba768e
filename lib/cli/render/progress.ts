import type { FlowStatus } from '../../local/local-flow.ts';
import type { TopicStatus } from '../../local/mirror.ts';
import { formatCount, formatDuration } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable } from './table.ts';

/** Records a second of each topic, keyed `flow topic`. */
export type Rates = ReadonlyMap<string, number>;

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'COPIED', align: 'right' },
  { title: 'PER SECOND', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'LATENCY', align: 'right' },
  { title: 'STATE' },
];

/** Ages are told every ten seconds, once a minute anew. */
const quietTooLongMs = 75_000;

/** Where every topic stands; what lags most comes first where there is no room for all. */
export function renderProgress(
  flows: readonly FlowStatus[],
  options: { rates?: Rates; paint?: Paint; maxRows?: number } = {},
): string[] {
  const { rates = new Map(), paint = plain, maxRows = Number.POSITIVE_INFINITY } = options;
  return flows.flatMap((flow) => {
    const shown = selectTopics(flow.topics, maxRows);
    const rows = shown.map((topic) => row(topic, rates.get(rateKey(flow, topic)) ?? 0));
    const left = flow.topics.length - shown.length;
    const more = left > 0 ? [`and ${formatCount(left)} more topics`] : [];
    const title = `${paint('bold', flow.flow)}  ${signs(flow, paint)}`.trimEnd();
    return flow.enabled ? [title, ...renderTable(columns, rows, paint), ...more] : [title];
  });
}

/** What is known of a flow beside its topics, also while no data flows. */
function signs(
  { enabled, scheduled, heartbeat, checkpointAgeMs }: FlowStatus,
  paint: Paint,
): string {
  const failing = scheduled.flatMap(({ name, failing }) => {
    const what = failing && `${name} failed ${failing.attempts} times: ${failing.failure.code}`;
    return what === undefined ? [] : [paint('red', what)];
  });
  return [
    ...(enabled ? [] : [paint('dim', 'heartbeats only')]),
    ...failing,
    ...(heartbeat === undefined ? [] : [heartbeatSign(heartbeat, paint)]),
    ...(checkpointAgeMs === undefined
      ? []
      : [paint('dim', `checkpoints ${formatDuration(checkpointAgeMs)} ago`)]),
  ].join(', ');
}

function heartbeatSign(
  { ageMs, latencyMs }: NonNullable<FlowStatus['heartbeat']>,
  paint: Paint,
): string {
  if (ageMs > quietTooLongMs) return paint('yellow', `no heartbeat for ${formatDuration(ageMs)}`);
  return paint(
    'dim',
    latencyMs === undefined
      ? 'heartbeats arrive'
      : `heartbeats arrive in ${formatDuration(latencyMs)}`,
  );
}

/** One line for where there is no terminal. */
export function renderSummary({ flow, topics }: FlowStatus, rates: Rates): string {
  const sum = (value: (topic: TopicStatus) => number): string =>
    formatCount(topics.reduce((total, topic) => total + value(topic), 0));
  return [
    `${flow}: ${sum(({ recordCount }) => recordCount)} records copied`,
    `${sum((topic) => rates.get(rateKey({ flow }, topic)) ?? 0)} per second`,
    `lag ${sum(({ lagRecords }) => lagRecords)}`,
  ].join(', ');
}

export function rateKey({ flow }: Pick<FlowStatus, 'flow'>, { topic }: TopicStatus): string {
  return `${flow} ${topic}`;
}

function selectTopics(topics: readonly TopicStatus[], maxRows: number): readonly TopicStatus[] {
  if (topics.length <= maxRows) return topics;
  const byUrgency = topics.toSorted(
    (a, b) => trouble(b) - trouble(a) || b.lagRecords - a.lagRecords,
  );
  const chosen = new Set(byUrgency.slice(0, maxRows));
  return topics.filter((topic) => chosen.has(topic));
}

function trouble({ failing, problems }: TopicStatus): number {
  return (failing === undefined ? 0 : 1) + problems.length;
}

function row(topic: TopicStatus, rate: number): Cell[] {
  const latency = topic.replicationLatencyMs;
  return [
    topic.topic,
    formatCount(topic.partitionCount),
    formatCount(topic.recordCount),
    formatCount(rate),
    formatCount(topic.lagRecords),
    latency === undefined ? '' : formatDuration(latency),
    stateOf(topic),
  ];
}

function stateOf({ failing, problems, lagRecords }: TopicStatus): Cell {
  const halted = problems.filter(({ isHalted }) => isHalted);
  if (halted.length > 0) {
    const partitions = halted.map(({ partition }) => partition).join(', ');
    return { text: `halted: partition ${partitions}`, style: 'red' };
  }
  if (failing !== undefined) {
    return { text: `failed ${failing.attempts} times: ${failing.failure.code}`, style: 'red' };
  }
  if (problems.length > 0) return { text: 'source does not answer', style: 'red' };
  return lagRecords > 0
    ? { text: 'copying', style: 'yellow' }
    : { text: 'up to date', style: 'green' };
}
