/** What a run of discovery tells: its metrics, its log, its answer. */
import type { MirrorlessError } from '../errors.ts';
import type { MetricValues } from '../telemetry/emit.ts';
import { type DetectedStateName, detectedStates, haltedTopics } from './detected-states.ts';
import type { DiscoveryRun, Duty } from './discover.ts';
import { isPaused } from './pause.ts';

export interface Failure {
  /** The upstream name, where the failure is one of a topic. */
  topic?: string;
  error: MirrorlessError;
}

/** Everything that was not done. */
export function failuresOf({ failures, applied, kept }: DiscoveryRun): Failure[] {
  const notSeen = failures.map((error) => {
    const { topic } = error.place;
    return { ...(topic !== undefined && { topic }), error };
  });
  return [...notSeen, ...applied.refused, ...(kept?.refused ?? [])];
}

export interface MetricLine {
  values: MetricValues;
  dimensions: { State?: string };
}

/** Metrics of topics and mappings where they were looked at. */
export function metricLines(run: DiscoveryRun, duties: ReadonlySet<Duty>): MetricLine[] {
  const { topics, watched, kept } = run;
  const ofFlow: MetricValues = { DiscoveryFailureCount: failuresOf(run).length };
  const lines: MetricLine[] = [{ values: ofFlow, dimensions: {} }];
  if (!duties.has('topics')) return lines;
  ofFlow.MirroredTopicCount = topics.mirrored.length;
  ofFlow.DetectedStateCount = watched.states.length;
  ofFlow.LossCount = watched.states.filter(({ state }) => detectedStates[state].isLoss).length;
  if (kept) {
    const { existing } = kept;
    ofFlow.MappingCount = existing.length;
    ofFlow.StoppedMappingCount = stoppedMappings(run).length;
  }
  const byState = Map.groupBy(watched.states, ({ state }) => state);
  for (const [State, states] of byState) {
    lines.push({ values: { DetectedStateCount: states.length }, dimensions: { State } });
  }
  return lines;
}

/** Of the mappings that nobody paused, those that do not read, and why. */
export function stoppedMappings({ kept, pauses, watched }: DiscoveryRun): {
  topic: string;
  why: string;
}[] {
  const halted = haltedTopics(watched.states);
  const isMeant = (topic: string): boolean => isPaused(pauses, topic) || halted.has(topic);
  return (kept?.existing ?? []).flatMap(({ Topics, State, LastProcessingResult = '', ...rest }) => {
    const topic = Topics?.[0] ?? rest.UUID;
    const isDisabled = State === 'Disabled' || State === 'Disabling';
    if (isDisabled && isMeant(topic)) return [];
    if (isDisabled) return [{ topic, why: `${State}: ${rest.StateTransitionReason ?? 'unknown'}` }];
    return LastProcessingResult.startsWith('PROBLEM') ? [{ topic, why: LastProcessingResult }] : [];
  });
}

function unreadTopics(run: DiscoveryRun): DiscoveryAnswer['unread'] {
  const { topics, watched, pauses } = run;
  const halted = haltedTopics(watched.states);
  const meant = topics.mirrored.flatMap(({ topic }) => {
    const why = halted.get(topic) ?? (isPaused(pauses, topic) ? 'it is paused' : undefined);
    return why === undefined ? [] : [{ topic, why }];
  });
  return [...meant, ...stoppedMappings(run)];
}

export interface RunSummary {
  mirroredTopics: number;
  /** What was done, by kind. */
  done: Partial<Record<string, number>>;
  /** Mappings that Lambda is not ready to change. */
  postponed: number;
  states: number;
  failures: number;
  tookMs: number;
}

export function summarize(run: DiscoveryRun, tookMs: number): RunSummary {
  const { topics, watched, applied, kept } = run;
  const mappingKinds = (kept?.done ?? []).map(({ kind }) => `${kind}-mapping`);
  const kinds = [...applied.done.map(({ kind }) => kind), ...mappingKinds];
  const done = [...Map.groupBy(kinds, (kind) => kind)].map(([kind, some]) => [kind, some.length]);
  return {
    mirroredTopics: topics.mirrored.length,
    done: Object.fromEntries(done),
    postponed: kept?.postponed.length ?? 0,
    states: watched.states.length,
    failures: failuresOf(run).length,
    tookMs,
  };
}

/** A state as the log tells it, with what it means and what to do. */
export function describeState({
  state,
  what,
  sinceMs,
}: DiscoveryRun['watched']['states'][number]): Record<string, string> {
  const { meaning, remedy } = detectedStates[state];
  return { state, what, since: new Date(sinceMs).toISOString(), meaning, remedy };
}

/** What the function answers: for who waits for it. JSON, and no record in it. */
export interface DiscoveryAnswer {
  mirroredTopics: number;
  states: { topic: string; state: DetectedStateName; what: string }[];
  /** Topics of which the mapping does not read, and why: half a sentence. */
  unread: { topic: string; why: string }[];
  failures: { topic?: string; code: string; message: string }[];
}

export function answerOf(run: DiscoveryRun): DiscoveryAnswer {
  return {
    mirroredTopics: run.topics.mirrored.length,
    states: run.watched.states.map(({ topic, state, what }) => ({ topic, state, what })),
    unread: unreadTopics(run),
    failures: failuresOf(run).map(({ topic, error: { code, message } }) => ({
      ...(topic !== undefined && { topic }),
      code,
      message,
    })),
  };
}
