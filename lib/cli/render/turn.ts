import type { TurnedTopic, TurnOutcome, TurnReport } from '../flows/turn.ts';
import { errorJson, failureSummaries } from './errors.ts';
import { counted } from './numbers.ts';
import {
  type Cell,
  type Column,
  type Paint,
  plain,
  renderTable,
  type Style,
  visible,
} from './table.ts';

const columns: readonly Column[] = [{ title: 'TOPIC' }, { title: 'MAPPING' }, { title: 'OUTCOME' }];

const styles: Record<TurnOutcome, Style> = {
  turned: 'green',
  'as-wanted': 'green',
  unmapped: 'green',
  waiting: 'yellow',
  held: 'yellow',
  halted: 'red',
  refused: 'red',
};

/** A row for each topic; none where there is no topic. */
export function renderTurn(report: TurnReport, paint: Paint = plain): string[] {
  const rows = report.topics.map((topic): Cell[] => [
    topic.topic,
    topic.state ?? 'none',
    { text: outcomeText(topic, report), style: styles[topic.outcome] },
  ]);
  return rows.length === 0 ? [] : renderTable(columns, rows, paint);
}

function outcomeText(topic: TurnedTopic, { to, dryRun, pauses }: TurnReport): string {
  const isPause = to === 'pause';
  switch (topic.outcome) {
    case 'turned':
      if (dryRun) return `would ${to}`;
      return isPause ? 'paused' : 'resumed, from where it stood';
    case 'as-wanted':
      return isPause ? 'reads nothing already' : 'is read already';
    case 'unmapped':
      return `no mapping yet: it begins ${isPause ? 'disabled' : 'enabled'}`;
    case 'waiting':
      return `waits: ${topic.reason}`;
    case 'held':
      return pauses.flow ? 'stays paused: the flow is' : 'stays paused: by its own pause';
    case 'halted':
      return `stays disabled: ${topic.reason}`;
    case 'refused':
      return `refused: ${topic.error?.code}`;
  }
}

/** What is to be asked before it is done; undefined where there is nothing to do. */
export function turnQuestion({ flow, to, topics, isNoted }: TurnReport): string | undefined {
  const of = (outcome: TurnOutcome) => topics.filter((topic) => topic.outcome === outcome).length;
  const count = of('turned') + of('waiting');
  if (count === 0 && !isNoted) return undefined;
  const verb = to === 'pause' ? 'Pause' : 'Resume';
  return count === 0
    ? `${verb} ${flow}, of which no mapping is to be turned?`
    : `${verb} ${counted(count, 'event source mapping')} of ${flow}?`;
}

/** What a person should know beside the rows. */
export function explainTurn(report: TurnReport): string[] {
  const { flow, to, dryRun, isWhole, topics, absent, pauses, failures } = report;
  const has = (test: (topic: TurnedTopic) => boolean) => topics.some(test);
  const isPassing = ({ state }: TurnedTopic) => state === 'Disabling' || state === 'Enabling';
  const refusals = topics.flatMap(({ error }) => error ?? []);
  return [
    ...(isWhole && !dryRun ? [wholeText(report)] : []),
    ...(!dryRun && has(isPassing)
      ? [`Lambda takes up to 90 s until this has effect; \`mirrorless status\` shows it`]
      : []),
    ...(has(({ outcome }) => outcome === 'waiting')
      ? ['what waits is turned by the same command again, or by discovery where it is a pause']
      : []),
    ...(has(({ outcome }) => outcome === 'held')
      ? [
          pauses.flow
            ? `${flow} is paused as a whole: resume it without --topic`
            : 'topics that were paused by themselves are resumed with --topic',
        ]
      : []),
    ...(has(({ outcome }) => outcome === 'halted')
      ? ['what was detected must be dealt with first: see `mirrorless status`']
      : []),
    ...absent.map((topic) => `warning: ${flow} has no topic ${visible(topic)} to ${to}`),
    ...failureSummaries([...failures, ...refusals]).map((line) => `warning: ${line}`),
  ];
}

function wholeText({ flow, to }: TurnReport): string {
  return to === 'pause'
    ? `${flow} is paused; the mappings of topics that are found later begin disabled`
    : `${flow} is not paused`;
}

/** Names and types stay as they are. */
export function turnJson(report: TurnReport): object {
  const { flow, to, dryRun, topics, absent, pauses, failures } = report;
  return {
    flow,
    to,
    dryRun,
    flowPaused: pauses.flow,
    topics: topics.map(({ topic, outcome, state, reason, error }) => ({
      topic,
      outcome,
      paused: pauses.flow || pauses.topics.has(topic),
      mappingState: state ?? null,
      reason: reason ?? null,
      error: errorJson(error),
    })),
    absent,
    failures: failures.map(errorJson),
  };
}
