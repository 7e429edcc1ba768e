import type { MirrorlessError } from '../../errors.ts';
import { type LagSum, lagOf, totalLag } from '../flows/lag-sum.ts';
import type { MeasuredPartition, MeasuredTopic } from '../flows/measure.ts';
import { errorJson } from './errors.ts';
import { formatCount, formatDuration } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable } from './table.ts';

/** The topics of one flow, measured. */
export interface FlowLag {
  flow: string;
  topics: readonly MeasuredTopic[];
}

const topicColumns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'REMOTE-TOPIC' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'LAG-TIME', align: 'right' },
];

/** A row for each topic; with several flows, each under its name. */
export function renderTopicLags(flows: readonly FlowLag[], paint: Paint = plain): string[] {
  return underFlows(flows, paint, ({ topics }) => {
    const rows = topics.map((topic): Cell[] => [
      topic.topic,
      topic.remoteTopic,
      partitionCountText(topic),
      ...lagCells(topicLag(topic)),
    ]);
    return renderTable(topicColumns, rows, paint);
  });
}

const partitionColumns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITION', align: 'right' },
  { title: 'UPSTREAM', align: 'right' },
  { title: 'DOWNSTREAM', align: 'right' },
  { title: 'SOURCE-END', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'LAG-TIME', align: 'right' },
];

/** A row for each partition; with several flows, each under its name. */
export function renderPartitionLags(flows: readonly FlowLag[], paint: Paint = plain): string[] {
  return underFlows(flows, paint, ({ topics }) => renderPartitions(topics, paint));
}

export function renderPartitions(topics: readonly MeasuredTopic[], paint: Paint): string[] {
  const rows = topics.flatMap(({ topic, partitions, isOnSource }) =>
    partitions.map((partition): Cell[] => [
      topic,
      String(partition.partition),
      partition.progress?.upstream.toString() ?? '-',
      partition.progress?.downstream.toString() ?? '-',
      partition.sourceEnd?.toString() ?? (isOnSource === false ? '-' : '?'),
      ...lagCells(isOnSource === false ? undefined : lagOf([partition])),
    ]),
  );
  return renderTable(partitionColumns, rows, paint);
}

function underFlows(
  flows: readonly FlowLag[],
  paint: Paint,
  render: (flow: FlowLag) => string[],
): string[] {
  if (flows.length === 1) return render(flows[0]!);
  return flows.flatMap((flow, index) => {
    const title = [...(index === 0 ? [] : ['']), paint('bold', flow.flow)];
    return [...title, ...render(flow)];
  });
}

/** Of both clusters, neither of which may have told. */
export function partitionCountText({ partitions }: Pick<MeasuredTopic, 'partitions'>): string {
  return partitions.length === 0 ? '?' : formatCount(partitions.length);
}

/** Undefined of a topic that is gone from the source: nobody is behind there. */
export function topicLag(topic: Pick<MeasuredTopic, 'partitions' | 'isOnSource'>) {
  return topic.isOnSource === false ? undefined : totalLag([topic]);
}

/** LAG and LAG-TIME. */
export function lagCells(lag: LagSum | undefined): [Cell, Cell] {
  if (lag === undefined) return ['-', '-'];
  const { timeMs } = lag;
  const style = lag.records === 0n && lag.unknownCount === 0 ? 'green' : 'yellow';
  return [{ text: recordsText(lag), style }, timeMs === undefined ? '?' : formatDuration(timeMs)];
}

/** `lag 1,234 records, the oldest 12.0 s old` */
export function lagWords(lag: LagSum): string {
  if (lag.knownCount === 0 && lag.unknownCount > 0) return 'lag unknown';
  const noun = lag.records === 1n && lag.unknownCount === 0 ? 'record' : 'records';
  const records = `lag ${recordsText(lag)} ${noun}`;
  if (lag.timeMs === undefined || lag.records === 0n) return records;
  return `${records}, the oldest ${formatDuration(lag.timeMs)} old`;
}

/** Of those that are known, where there are others. */
function recordsText({ records, knownCount, unknownCount }: LagSum): string {
  if (unknownCount === 0) return formatCount(records);
  return knownCount === 0 ? '?' : `≥${formatCount(records)}`;
}

/** Names and types stay as they are; offsets and counts of records are decimal strings. */
export function lagJson(lag: LagSum | undefined): object {
  return {
    lagRecords: lag?.records.toString() ?? null,
    lagMs: lag?.timeMs ?? null,
    lagUnknownPartitions: lag?.unknownCount ?? 0,
  };
}

export function flowLagsJson(
  flows: readonly (FlowLag & { failures: readonly MirrorlessError[] })[],
  total: LagSum,
): object {
  return {
    flows: flows.map(({ flow, topics, failures }) => ({
      flow,
      topics: topics.map(topicLagJson),
      failures: failures.map(errorJson),
    })),
    ...lagJson(total),
  };
}

export function topicLagJson(topic: MeasuredTopic): object {
  return {
    topic: topic.topic,
    remoteTopic: topic.remoteTopic,
    ...lagJson(topicLag(topic)),
    partitions: topic.partitions.map(partitionJson),
  };
}

function partitionJson({ partition, progress, sourceEnd, lag }: MeasuredPartition): object {
  return {
    partition,
    upstreamOffset: progress?.upstream.toString() ?? null,
    downstreamOffset: progress?.downstream.toString() ?? null,
    sourceEnd: sourceEnd?.toString() ?? null,
    lagRecords: lag?.records.toString() ?? null,
    lagMs: lag?.timeMs ?? null,
  };
}
