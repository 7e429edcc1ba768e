/** What `mirrorless pause` and `mirrorless resume` do to a flow, and what their exit code says. */
import type { ExistingMapping, MappingsApi } from '../../aws/mappings.ts';
import { functionName } from '../../deployment.ts';
import { haltedTopics } from '../../discovery/detected-states.ts';
import { type MappedFlow, mappedFlow } from '../../discovery/mapping-parameters.ts';
import { isPaused, planTurn, type Turn, turn, turnedPauses } from '../../discovery/pause.ts';
import { type MappingAction, ownMappings } from '../../discovery/plan-mappings.ts';
import type { MirrorlessError } from '../../errors.ts';
import type { Pauses } from '../../state/ports.ts';
import { settle } from '../../state/settle.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { CommandAccess } from '../flow-access.ts';

export interface TurnRequest {
  to: Turn['to'];
  /** Of the source; absent for the flow as a whole. */
  topics?: readonly string[];
  dryRun: boolean;
  /** Until Lambda is ready for what it was not ready for; resolves false where no time is left. */
  waitForLambda(): Promise<boolean>;
}

export interface TurnReport {
  flow: string;
  to: Turn['to'];
  dryRun: boolean;
  /** The flow as a whole, or only some topics. */
  isWhole: boolean;
  /** By name. */
  topics: readonly TurnedTopic[];
  /** Asked for, and not known to the flow. */
  absent: readonly string[];
  /** What is noted as paused: after the turn, or as it would be. */
  pauses: Pauses;
  /** Whether the turn changed, or would change, what is noted. */
  isNoted: boolean;
  failures: readonly MirrorlessError[];
}

/**
 * | outcome     | meaning                                                            |
 * | ----------- | ------------------------------------------------------------------ |
 * | `turned`    | its mapping was, or would be, enabled or disabled                  |
 * | `as-wanted` | its mapping was already so                                         |
 * | `unmapped`  | it has no mapping yet: discovery will create it so                 |
 * | `waiting`   | Lambda is changing the mapping; discovery or the same command does it later |
 * | `held`      | resumed, but still paused: by itself, or with the whole flow       |
 * | `halted`    | resumed, but it may not be read on, for what was detected of it    |
 * | `refused`   | Lambda refused                                                     |
 */
export type TurnOutcome =
  | 'turned'
  | 'as-wanted'
  | 'unmapped'
  | 'waiting'
  | 'held'
  | 'halted'
  | 'refused';

export interface TurnedTopic {
  topic: string;
  outcome: TurnOutcome;
  /** Lambda's, after the turn; absent where there is no mapping. */
  state?: string;
  /** Of `waiting` and `halted`: a sentence without its full stop. */
  reason?: string;
  error?: MirrorlessError;
}

/**
 * Topics that the flow does not know are left out. Rejects where the mappings or the pauses cannot be
 * read, and then nothing was done.
 */
export async function turnFlow(
  { topics, ...request }: TurnRequest,
  access: CommandAccess,
): Promise<TurnReport> {
  const { configuration, flow: configured, pauses, mappings: api } = access;
  const flow = mappedFlow(configuration, configured);
  const name = functionName(configured, 'replicate');
  const [own, before, known] = await Promise.all([
    listOwn(api, flow, name),
    pauses.read(),
    access.knownTopics.read(),
  ]);
  const halted = haltedTopics(known.topics.flatMap(({ states }) => states));
  const sorted = await sortNames(access, { topics, own, before });
  const to: Turn = sorted.known === undefined ? request : { ...request, topics: sorted.known };
  const options = { api, pauses, flow, functionName: name, halted };
  const isNothing = sorted.known?.length === 0;
  const done = isNothing ? nothing : await carryOut(to, { ...options, ...request });
  const isDone = !request.dryRun && !isNothing;
  const after = isDone ? await pauses.read() : turnedPauses(before, to);
  const mappings = isDone ? await listOwn(api, flow, name) : own;
  const names = sorted.known ?? [...new Set([...mappings.keys(), ...after.topics])];
  return {
    flow: access.name,
    to: request.to,
    dryRun: request.dryRun,
    isWhole: topics === undefined,
    topics: names
      .sort()
      .map((topic) => outcomeOf(topic, { to: request.to, mappings, after, halted, done })),
    absent: sorted.absent,
    pauses: after,
    isNoted: !isSame(before, after),
    failures: [...sorted.failures, ...known.failures],
  };
}

async function listOwn(
  api: MappingsApi,
  flow: MappedFlow,
  name: string,
): Promise<ReadonlyMap<string, ExistingMapping>> {
  return ownMappings({ flow, existing: await api.list(name) });
}

interface SortedNames {
  /** Undefined for the flow as a whole. */
  known: string[] | undefined;
  absent: string[];
  failures: MirrorlessError[];
}

/** What has a mapping, or is paused, is known without asking anybody. */
async function sortNames(
  { source, mirrors }: CommandAccess,
  {
    topics,
    own,
    before,
  }: {
    topics: readonly string[] | undefined;
    own: ReadonlyMap<string, unknown>;
    before: Pauses;
  },
): Promise<SortedNames> {
  if (topics === undefined) return { known: undefined, absent: [], failures: [] };
  const names = [...new Set(topics)];
  const isKnown = (topic: string) => own.has(topic) || before.topics.has(topic);
  const known = names.filter(isKnown);
  const others = names.filter((topic) => !isKnown(topic));
  if (others.length === 0) return { known, absent: [], failures: [] };
  const listed = await settle(() => source.dataPlane.listTopics());
  const onSource = new Set((listed.ok ? listed.value : []).map(({ topic }) => topic));
  const isMirrored = (topic: string) => onSource.has(topic) && mirrors(topic);
  return {
    known: [...known, ...others.filter(isMirrored)],
    absent: others.filter((topic) => !isMirrored(topic)),
    failures: listed.ok ? [] : [listed.error],
  };
}

interface Done {
  done: readonly MappingAction[];
  postponed: readonly MappingAction[];
  refused: readonly { topic: string; error: MirrorlessError }[];
}

const nothing: Done = { done: [], postponed: [], refused: [] };

async function carryOut(
  to: Turn,
  options: Parameters<typeof turn>[1] & Pick<TurnRequest, 'dryRun'>,
): Promise<Done> {
  if (!options.dryRun) return turn(to, options);
  const actions = await planTurn(to, options);
  const isWaiting = ({ kind }: MappingAction) => kind === 'wait';
  return {
    done: actions.filter((action) => !isWaiting(action)),
    postponed: actions.filter(isWaiting),
    refused: [],
  };
}

function outcomeOf(
  topic: string,
  turned: {
    to: Turn['to'];
    mappings: ReadonlyMap<string, ExistingMapping>;
    after: Pauses;
    halted: ReadonlyMap<string, string>;
    done: Done;
  },
): TurnedTopic {
  const { to, mappings, after, halted, done } = turned;
  const mapping = mappings.get(topic);
  const state = mapping && { state: mapping.State };
  const of = (actions: readonly MappingAction[]) => actions.find((one) => one.topic === topic);
  const refusal = done.refused.find((one) => one.topic === topic);
  const waiting = of(done.postponed);
  if (refusal) return { topic, outcome: 'refused', ...state, error: refusal.error };
  if (waiting) return { topic, outcome: 'waiting', ...state, reason: waiting.reason };
  const reason = halted.get(topic);
  if (to === 'resume' && reason) return { topic, outcome: 'halted', ...state, reason };
  if (to === 'resume' && isPaused(after, topic)) return { topic, outcome: 'held', ...state };
  if (of(done.done)) return { topic, outcome: 'turned', ...state };
  return { topic, outcome: mapping === undefined ? 'unmapped' : 'as-wanted', ...state };
}

function isSame(one: Pauses, other: Pauses): boolean {
  if (one.flow !== other.flow || one.topics.size !== other.topics.size) return false;
  return [...one.topics].every((topic) => other.topics.has(topic));
}

const openOutcomes: ReadonlySet<TurnOutcome> = new Set(['waiting', 'halted', 'refused']);

/** What can be done was done: the rest is named. */
export function turnExitCode({ topics, absent, failures, isNoted }: TurnReport): ExitCode {
  const isOpen = ({ outcome }: TurnedTopic) => openOutcomes.has(outcome);
  const isAll = !topics.some(isOpen) && absent.length === 0 && failures.length === 0;
  if (isAll) return exitCodes.done;
  const isAny = isNoted || topics.some((topic) => !isOpen(topic));
  return isAny ? exitCodes.partlyDone : exitCodes.failed;
}
