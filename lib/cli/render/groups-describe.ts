import { translatedOffset } from '../../checkpoint/group-sync-plan.ts';
import type { DownstreamPosition } from '../../checkpoint/positions.ts';
import type { StoredCheckpoint } from '../../state/ports.ts';
import type { SurveyedGroup } from '../groups/survey.ts';
import { errorJson } from './errors.ts';
import { ageText, publishedAt } from './groups-list.ts';
import { formatCount, formatDuration } from './numbers.ts';
import {
  type Cell,
  type Column,
  type Paint,
  plain,
  renderTable,
  type Style,
  visible,
} from './table.ts';

/** A group, and the ends of its partitions on the source, in the order of its positions. */
export interface DescribedGroup extends SurveyedGroup {
  flow: string;
  isTargetListed: boolean;
  /** Undefined where the source did not say. */
  sourceEnds: readonly (bigint | undefined)[];
}

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITION', align: 'right' },
  { title: 'CURRENT-OFFSET', align: 'right' },
  { title: 'LOG-END-OFFSET', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'LAG-TIME', align: 'right' },
  { title: 'TARGET-OFFSET', align: 'right' },
  { title: 'EXACTNESS' },
  { title: 'CHECKPOINT', align: 'right' },
];

/** `now` is epoch milliseconds. */
export function renderGroup(group: DescribedGroup, now: number, paint: Paint = plain): string[] {
  const { positions, sourceEnds, state, isTargetListed } = group;
  const targetState = group.targetState ?? (isTargetListed ? 'not there' : '?');
  const checkpoint = checkpointsOf(group);
  const rows = positions.map((position, index): Cell[] => {
    const { topic, partition, upstreamOffset, lag, downstream } = position;
    return [
      topic,
      String(partition),
      String(upstreamOffset),
      sourceEnds[index]?.toString() ?? '?',
      lag === undefined ? '?' : formatCount(lag.records),
      lag?.timeMs === undefined ? '?' : formatDuration(lag.timeMs),
      translatedOffset(position)?.toString() ?? '-',
      { text: downstream.status, style: styles[downstream.status] },
      checkpointText(checkpoint(position)),
    ];
  });
  const published = `checkpoints published: ${ageText(group.published, now)}`;
  const states = `source: ${state}   target: ${targetState}   ${published}`;
  return [
    `${paint('bold', visible(group.group))}   ${states}`,
    ...renderTable(columns, rows, paint),
  ];
}

/** Names and types stay as they are; offsets and counts of records are decimal strings. */
export function groupJson(group: DescribedGroup): object {
  const { positions, sourceEnds, published, failure } = group;
  const checkpoint = checkpointsOf(group);
  return {
    flow: group.flow,
    group: group.group,
    sourceState: group.state,
    targetState: group.targetState ?? null,
    publishedAt: publishedAt(published),
    partitions: positions.map((position, index) => ({
      topic: position.topic,
      partition: position.partition,
      remoteTopic: position.remoteTopic,
      upstreamOffset: String(position.upstreamOffset),
      upstreamEnd: sourceEnds[index]?.toString() ?? null,
      lagRecords: position.lag?.records.toString() ?? null,
      lagMs: position.lag?.timeMs ?? null,
      translatedOffset: translatedOffset(position)?.toString() ?? null,
      ...exactnessJson(position.downstream),
      checkpoint: checkpointJson(checkpoint(position)),
    })),
    error: errorJson(failure),
  };
}

/** Why a partition is not exact, for a person; nothing for one that is. */
export function explainDownstream(downstream: DownstreamPosition): string | undefined {
  switch (downstream.status) {
    case 'exact':
      return undefined;
    case 'ahead':
      return `the group has read on beyond what is copied, which ends before offset ${downstream.mapEnd}`;
    case 'sampled':
      return `the group stands before offset ${downstream.mapStart}, in what MirrorMaker 2 copied: by its offset syncs it goes on at ${downstream.offset} or later, and some records come again`;
    case 'before-map':
      return `the group has still to read what lies before offset ${downstream.mapStart}, which was never copied`;
    case 'no-map':
      return 'nothing of the partition was copied yet';
    default:
      return downstream.error.message;
  }
}

/** The label, and what it means where it is not `exact`. */
export function exactnessJson(downstream: DownstreamPosition): object {
  return {
    exactness: downstream.status,
    reason: explainDownstream(downstream) ?? null,
  };
}

const styles: Record<DownstreamPosition['status'], Style> = {
  exact: 'green',
  ahead: 'yellow',
  sampled: 'yellow',
  'before-map': 'red',
  'no-map': 'red',
  'target-truncated': 'red',
  'source-recreated': 'red',
  unknown: 'red',
};

function checkpointsOf({ published }: SurveyedGroup) {
  const byPlace = new Map(
    published?.checkpoints.map((one) => [`${one.topic}-${one.partition}`, one]),
  );
  return ({ topic, partition }: { topic: string; partition: number }) =>
    byPlace.get(`${topic}-${partition}`);
}

function checkpointText(checkpoint: StoredCheckpoint | undefined): string {
  if (checkpoint === undefined) return '-';
  return `${checkpoint.upstreamOffset} → ${checkpoint.downstreamOffset}`;
}

function checkpointJson(checkpoint: StoredCheckpoint | undefined): object | null {
  if (checkpoint === undefined) return null;
  return {
    upstreamOffset: String(checkpoint.upstreamOffset),
    downstreamOffset: String(checkpoint.downstreamOffset),
    exactness: checkpoint.exactness,
  };
}
