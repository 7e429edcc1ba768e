import { stripVTControlCharacters } from 'node:util';
import { detectedStates } from '../../discovery/detected-states.ts';
import type { KnownTopic } from '../../state/ports.ts';
import { totalLag } from '../flows/lag-sum.ts';
import { type FlowSurvey, type SurveyedTopic, type Trouble, troublesOf } from '../flows/survey.ts';
import { errorJson } from './errors.ts';
import {
  lagCells,
  lagJson,
  lagWords,
  partitionCountText,
  renderPartitions,
  topicLag,
  topicLagJson,
} from './lag.ts';
import { counted, formatCount, formatDuration } from './numbers.ts';
import { type Cell, type Column, type Paint, plain, renderTable, visible } from './table.ts';

export interface StatusOptions {
  /** Epoch milliseconds. */
  now: number;
  paint?: Paint;
  showsPartitions?: boolean;
  /** Of the terminal, in columns: where it is too narrow, remote topics are left out. */
  width?: number | undefined;
}

/** Each flow: its line, its topics, and what was detected of them. */
export function renderStatus(surveys: readonly FlowSurvey[], options: StatusOptions): string[] {
  return surveys.flatMap((survey, index) => [
    ...(index === 0 ? [] : ['']),
    ...renderFlow(survey, options),
  ]);
}

function renderFlow(
  survey: FlowSurvey,
  { now, paint = plain, showsPartitions = false, width }: StatusOptions,
): string[] {
  const title = flowLine(survey, paint);
  if (survey.topics.length === 0) return [title];
  return [
    title,
    ...fitting(renderTopics(survey, paint), width, () => renderTopics(survey, paint, true)),
    ...(showsPartitions ? ['', ...renderPartitions(survey.topics, paint)] : []),
    ...renderDetected(
      survey.topics.flatMap(({ states }) => states),
      { now, paint },
    ),
  ];
}

function flowLine(survey: FlowSurvey, paint: Paint): string {
  const { topics, pauses } = survey;
  const detected = topics.reduce((sum, { states }) => sum + states.length, 0);
  const partitions = topics.reduce((sum, each) => sum + each.partitions.length, 0);
  return [
    paint('bold', survey.flow),
    ...(pauses?.flow ? [paint('yellow', 'paused')] : []),
    ...(detected === 0 ? [] : [paint('red', counted(detected, 'detected state'))]),
    ...(topics.length === 0 ? [] : [lagWords(totalLag(topics))]),
    `${counted(topics.length, 'topic')}, ${counted(partitions, 'partition')}`,
    mappingCounts(survey),
  ].join('   ');
}

function mappingCounts({ topics, areMappingsListed }: FlowSurvey): string {
  if (!areMappingsListed) return 'mappings: ?';
  const byState = Map.groupBy(topics, ({ mapping }) => mapping?.State ?? 'none');
  const counts = [...byState].map(([state, some]) => `${formatCount(some.length)} ${state}`);
  return `mappings: ${counts.length === 0 ? 'none' : counts.join(', ')}`;
}

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'REMOTE-TOPIC' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'MAPPING' },
  { title: 'LAG', align: 'right' },
  { title: 'LAG-TIME', align: 'right' },
  { title: 'STATE' },
];

function renderTopics(survey: FlowSurvey, paint: Paint, isNarrow = false): string[] {
  const rows = survey.topics.map((topic): Cell[] => [
    topic.topic,
    topic.remoteTopic,
    partitionCountText(topic),
    mappingCell(topic, survey),
    ...lagCells(topicLag(topic)),
    stateCell(topic, survey),
  ]);
  if (!isNarrow) return renderTable(columns, rows, paint);
  return renderTable(
    columns.toSpliced(1, 1),
    rows.map((row) => row.toSpliced(1, 1)),
    paint,
  );
}

function fitting(lines: string[], width: number | undefined, narrow: () => string[]): string[] {
  const isWide = (line: string) => stripVTControlCharacters(line).length >= (width ?? Infinity);
  return lines.some(isWide) ? narrow() : lines;
}

function mappingCell(
  { mapping, isPaused }: SurveyedTopic,
  { areMappingsListed }: FlowSurvey,
): Cell {
  const state = mapping?.State ?? (areMappingsListed ? 'none' : '?');
  if (isPaused) return { text: `${state}, paused`, style: 'yellow' };
  if (state === 'Enabled') return { text: state, style: 'green' };
  return { text: state, style: state === 'Disabled' || state === 'none' ? 'red' : 'yellow' };
}

function stateCell(topic: SurveyedTopic, survey: FlowSurvey): Cell {
  const troubles = troublesOf(topic, survey);
  if (troubles.length > 0) return { text: troubles.map(troubleText).join('; '), style: 'red' };
  if (!topic.isMirrored) return { text: 'not mirrored any more', style: 'yellow' };
  if (topic.isOnSource === false) return { text: 'not on the source', style: 'yellow' };
  if (!survey.isStateRead || topic.isOnSource === undefined) return { text: '?', style: 'yellow' };
  return { text: 'ok', style: 'green' };
}

function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'detected':
      return trouble.states.join(', ');
    case 'problem':
      return trouble.result;
    case 'stopped':
      return `stopped${trouble.reason === undefined ? '' : `: ${trouble.reason}`}`;
    case 'unmapped':
      return 'waits for discovery';
    case 'restarting':
      return 'restart not ended';
  }
}

type States = KnownTopic['states'];

/** Each state with what it means once, and every place where it was found. */
export function renderDetected(
  states: States,
  { now, paint }: { now: number; paint: Paint },
): string[] {
  const byName = Map.groupBy(states, ({ state }) => state);
  return [...byName].flatMap(([name, places]) => {
    const { meaning, remedy } = detectedStates[name];
    const found = places.map(({ what, sinceMs }) => {
      return `  ${visible(what)}; since ${sinceText(sinceMs, now)}`;
    });
    return ['', `${paint('red', name)}: ${meaning}`, ...found, `  what to do: ${remedy}`];
  });
}

function sinceText(sinceMs: number, now: number): string {
  const at = new Date(sinceMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${at}, ${formatDuration(Math.max(0, now - sinceMs))} ago`;
}

/** Names and types stay as they are; offsets and counts of records are decimal strings. */
export function statusJson(surveys: readonly FlowSurvey[], absent: readonly string[]): object {
  return {
    flows: surveys.map((survey) => ({
      flow: survey.flow,
      paused: survey.pauses?.flow ?? null,
      ...lagJson(totalLag(survey.topics)),
      mappingsListed: survey.areMappingsListed,
      topics: survey.topics.map((topic) => topicJson(topic, survey)),
      failures: survey.failures.map(errorJson),
    })),
    absent,
  };
}

function topicJson(topic: SurveyedTopic, survey: FlowSurvey): object {
  return {
    ...topicLagJson(topic),
    mirrored: topic.isMirrored,
    onSource: topic.isOnSource ?? null,
    paused: survey.pauses === undefined ? null : topic.isPaused,
    mapping: mappingJson(topic),
    troubles: troublesOf(topic, survey).map(({ kind }) => kind),
    detectedStates: topic.states.map(stateJson),
  };
}

export function stateJson({ state, topic, partition, what, sinceMs }: States[number]): object {
  const { meaning, remedy } = detectedStates[state];
  const since = new Date(sinceMs).toISOString();
  return { state, topic, partition: partition ?? null, what, since, meaning, remedy };
}

function mappingJson({ mapping }: SurveyedTopic): object | null {
  if (mapping === undefined) return null;
  return {
    uuid: mapping.UUID,
    state: mapping.State,
    stateTransitionReason: mapping.StateTransitionReason ?? null,
    lastProcessingResult: mapping.LastProcessingResult ?? null,
  };
}
