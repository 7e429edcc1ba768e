/** Everything that a flow's clusters, its table and the Lambda API tell of it, in one look. */
import type { ExistingMapping } from '../../aws/mappings.ts';
import { functionName } from '../../deployment.ts';
import { type DetectedStateName, haltedTopics } from '../../discovery/detected-states.ts';
import { mappedFlow } from '../../discovery/mapping-parameters.ts';
import { isPaused } from '../../discovery/pause.ts';
import { ownMappings } from '../../discovery/plan-mappings.ts';
import type { KnownTopic, Pauses } from '../../state/ports.ts';
import { settle } from '../../state/settle.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { CommandAccess } from '../flow-access.ts';
import { lookExitCode, type MeasuredFlow, type MeasuredTopic, measureFlow } from './measure.ts';

export interface FlowSurvey extends MeasuredFlow {
  flow: string;
  /** Absent where the table did not tell. */
  pauses?: Pauses;
  /** False where the Lambda API did not tell. */
  areMappingsListed: boolean;
  topics: readonly SurveyedTopic[];
}

export interface SurveyedTopic extends MeasuredTopic {
  isPaused: boolean;
  /** Absent where there is none, or it is not known. */
  mapping?: ExistingMapping;
  /** As discovery has last seen them. */
  states: KnownTopic['states'];
}

/** All topics, or those that are named. Never rejects. */
export async function surveyFlow(
  access: CommandAccess,
  { only, listMappings = mappingsOf }: SurveyOptions = {},
): Promise<FlowSurvey> {
  const [known, pauses, mappings] = await Promise.all([
    settle(() => access.knownTopics.read()),
    settle(() => access.pauses.read()),
    settle(() => listMappings(access)),
  ]);
  const remembered = new Map((known.ok ? known.value.topics : []).map((one) => [one.topic, one]));
  const mapped = mappings.ok ? mappings.value : new Map<string, ExistingMapping>();
  const measured = await measureFlow(access, {
    known: [...remembered.keys(), ...mapped.keys()],
    only,
    asksTarget: true,
  });
  const topics = measured.topics.map((topic): SurveyedTopic => {
    const mapping = mapped.get(topic.topic);
    return {
      ...topic,
      isPaused: pauses.ok && isPaused(pauses.value, topic.topic),
      ...(mapping && { mapping }),
      states: remembered.get(topic.topic)?.states ?? [],
    };
  });
  return {
    ...measured,
    flow: access.name,
    ...(pauses.ok && { pauses: pauses.value }),
    areMappingsListed: mappings.ok,
    topics: topics.filter(isOfFlow),
    failures: [
      ...measured.failures,
      ...[known, pauses, mappings].flatMap((answer) => (answer.ok ? [] : [answer.error])),
      ...(known.ok ? known.value.failures : []),
    ],
  };
}

export interface SurveyOptions {
  /** Only these, under either of their names. */
  only?: readonly string[] | undefined;
  /** The mappings of the flow by topic; by default they are asked for. */
  listMappings?: (access: CommandAccess) => Promise<ReadonlyMap<string, ExistingMapping>>;
}

export async function mappingsOf(
  access: CommandAccess,
): Promise<ReadonlyMap<string, ExistingMapping>> {
  const { configuration, flow } = access;
  const existing = await access.mappings.list(functionName(flow, 'replicate'));
  return ownMappings({ flow: mappedFlow(configuration, flow), existing });
}

/** For a watch: the Lambda API takes few calls, and discovery needs them too. */
export function rememberedMappings(forMs: number): typeof mappingsOf {
  const asked = new Map<CommandAccess, { atMs: number; answer: ReturnType<typeof mappingsOf> }>();
  return (access) => {
    const last = asked.get(access);
    if (last !== undefined && Date.now() - last.atMs < forMs) return last.answer;
    const answer = mappingsOf(access);
    asked.set(access, { atMs: Date.now(), answer });
    return answer;
  };
}

/** A topic that the flow took once is of interest for as long as something reads it. */
function isOfFlow({ isMirrored, mapping }: SurveyedTopic): boolean {
  return isMirrored || mapping !== undefined;
}

export type Trouble =
  | { kind: 'detected'; states: readonly DetectedStateName[] }
  /** Lambda cannot read; its own words. */
  | { kind: 'problem'; result: string }
  /** Disabled; nobody has paused it, and no state has halted it. */
  | { kind: 'stopped'; reason: string | undefined }
  | { kind: 'unmapped' }
  /** `topics restart` is at work on it, or has died on its way. */
  | { kind: 'restarting' };

/** What is not as it should be with a topic, the worst first; nothing that is only guessed. */
export function troublesOf(
  { topic, states, mapping, isPaused, isMirrored, isOnSource }: SurveyedTopic,
  { areMappingsListed, pauses }: Pick<FlowSurvey, 'areMappingsListed' | 'pauses'>,
): Trouble[] {
  const troubles: Trouble[] = [];
  const names = [...new Set(states.map(({ state }) => state))];
  if (names.length > 0) troubles.push({ kind: 'detected', states: names });
  const isDisabled = mapping?.State === 'Disabled' || mapping?.State === 'Disabling';
  if (isDisabled && pauses !== undefined && !isPaused && haltedTopics(states).size === 0) {
    troubles.push({ kind: 'stopped', reason: mapping.StateTransitionReason });
  }
  const result = mapping?.LastProcessingResult;
  if (result?.startsWith('PROBLEM') && !isDisabled) troubles.push({ kind: 'problem', result });
  const isThere = isOnSource ?? !names.includes('source-deleted');
  if (areMappingsListed && !mapping && isMirrored && isThere) troubles.push({ kind: 'unmapped' });
  if (pauses?.restarting?.has(topic)) troubles.push({ kind: 'restarting' });
  return troubles;
}

/** What could not be looked at comes before what was found. */
export function statusExitCode(
  surveys: readonly FlowSurvey[],
  absent: readonly string[],
): ExitCode {
  const lookedAt = lookExitCode(surveys, absent);
  if (lookedAt !== exitCodes.done) return lookedAt;
  const isWell = surveys.every((survey) =>
    survey.topics.every((topic) => troublesOf(topic, survey).length === 0),
  );
  return isWell ? exitCodes.done : exitCodes.checkFailed;
}
