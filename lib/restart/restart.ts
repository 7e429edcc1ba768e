/**
 * Begins topics anew, on one screen: what was copied of them stays where it is and is not spoken of
 * any more, and a new generation of their offset maps begins.
 *
 * A run that is killed anywhere is completed by the next one. What a topic is restarted for is seen
 * until its generations have begun, its mapping’s group stands at the new start before that, and that
 * a restart has paused it is noted until it has ended. A mapping that is turned on by somebody
 * meanwhile copies nothing wrong: what it reads is compared, and halted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isIdle } from '../checkpoint/group-sync-plan.ts';
import { applyTopics } from '../discovery/apply-topics.ts';
import { consumerGroupId } from '../discovery/consumer-group.ts';
import { haltedTopics } from '../discovery/detected-states.ts';
import { planRemoteTopics } from '../discovery/look-at-topics.ts';
import { turn } from '../discovery/pause.ts';
import { MirrorlessError, toMirrorlessError } from '../errors.ts';
import {
  lookAtStarts,
  type PlannedRestart,
  type RestartDependencies,
  type RestartLook,
  topicsOf,
} from './look.ts';
import { type NewStart, type RestartRules, restartable } from './plan.ts';

export interface RestartOptions extends RestartRules {
  waitForLambda(): Promise<boolean>;
  /** How long mappings may take to leave their groups. */
  leavingMs: number;
  /** Ends the wait; what has begun is completed by the next run. */
  signal: AbortSignal;
}

export interface Restarted extends PlannedRestart {
  /** Where it stays paused: somebody had paused it, or the flow. */
  staysPaused: boolean;
}

/**
 * Rejects where nothing was begun anew. What is refused is in the result as it was planned; what
 * failed stays paused, and the same again completes it.
 */
export async function restartTopics(
  { planned, pauses }: RestartLook,
  dependencies: RestartDependencies,
  options: RestartOptions,
): Promise<Restarted[]> {
  const topics = planned.filter(mayRestart).map(({ topic }) => topic);
  const mine = topics.filter(
    (topic) => !pauses.topics.has(topic) || pauses.restarting?.has(topic) === true,
  );
  await pauseAll(topics, mine, dependencies, options);
  const reading = await untilNobodyReads(topics, dependencies, options);
  const restarted: Restarted[] = [];
  for (const each of planned) {
    const { topic } = each;
    const begun = { ...each, staysPaused: pauses.flow || !mine.includes(topic) };
    if (!mayRestart(each)) restarted.push(begun);
    else restarted.push(await restartOne(begun, reading.get(topic), { dependencies, options }));
  }
  const done = restarted.filter(mayRestart).map(({ topic }) => topic);
  await resumeAll(
    done.filter((topic) => mine.includes(topic)),
    dependencies,
    options,
  );
  return restarted;
}

/** Of what was planned: it is to be done. Of what was done: it succeeded. */
export function mayRestart({ refusal, failure }: PlannedRestart): boolean {
  return refusal === undefined && failure === undefined;
}

/** Of a topic that somebody has paused the mapping is disabled too, where it is not yet. */
async function pauseAll(
  topics: readonly string[],
  mine: readonly string[],
  dependencies: RestartDependencies,
  options: RestartOptions,
): Promise<void> {
  const others = topics.filter((topic) => !mine.includes(topic));
  const turning = turningOf(dependencies, options);
  if (mine.length > 0) await turn({ to: 'pause', topics: mine, by: 'restart' }, turning);
  if (others.length > 0) await turn({ to: 'pause', topics: others }, turning);
}

/** What is still the matter with others keeps them from being read on. */
async function resumeAll(
  topics: readonly string[],
  dependencies: RestartDependencies,
  options: RestartOptions,
): Promise<void> {
  if (topics.length === 0) return;
  const known = await dependencies.knownTopics.read();
  const halted = haltedTopics(known.topics.flatMap(({ states }) => states));
  await turn({ to: 'resume', topics }, { ...turningOf(dependencies, options), halted });
}

function turningOf(
  { mappings: api, pauses, settings }: RestartDependencies,
  { waitForLambda }: RestartOptions,
) {
  const { mapped: flow, functionName } = settings;
  return { api, pauses, flow, functionName, waitForLambda };
}

const lookEachMs = 1000;

/** @returns why a topic cannot be restarted yet, by topic */
async function untilNobodyReads(
  topics: readonly string[],
  { groups, settings }: RestartDependencies,
  { leavingMs, signal }: RestartOptions,
): Promise<ReadonlyMap<string, MirrorlessError>> {
  const endsAt = Date.now() + leavingMs;
  const groupsOf = new Map(topics.map((topic) => [topic, consumerGroupId(settings.mapped, topic)]));
  for (;;) {
    const listed = await groups.listGroups();
    const alive = new Set(listed.groups.filter((one) => !isIdle(one)).map(({ group }) => group));
    const reading = topics.filter((topic) => alive.has(groupsOf.get(topic)!));
    const [unseen] = listed.failures;
    if (reading.length === 0 && unseen === undefined) return new Map();
    if (Date.now() >= endsAt || signal.aborted) {
      const of = (topic: string) => unseen ?? stillReads(groupsOf.get(topic)!, topic);
      return new Map((unseen ? topics : reading).map((topic) => [topic, of(topic)]));
    }
    await delay(lookEachMs, undefined, { signal }).catch(() => {});
  }
}

function stillReads(group: string, topic: string): MirrorlessError {
  const what = `Group ${group} still has members: something reads ${topic}. See with \`mirrorless status\` that its mapping is Disabled, then restart it again.`;
  return new MirrorlessError('GROUP_ACTIVE', what, { place: { group } });
}

interface Given {
  dependencies: RestartDependencies;
  options: RestartOptions;
}

async function restartOne(
  planned: Restarted,
  reading: MirrorlessError | undefined,
  given: Given,
): Promise<Restarted> {
  if (reading !== undefined) return { ...planned, failure: reading };
  try {
    const { starts, topics } = await readyToBegin(planned, given);
    await moveGroup(planned, starts, given);
    await beginGenerations(planned, starts, given);
    await keepKnown(planned, topics, given);
    return { ...planned, starts };
  } catch (error) {
    return { ...planned, failure: toMirrorlessError(error) };
  }
}

/**
 * The remote topic is created, or grown, as discovery would do it, until the target shows it so. What
 * was on its way when the mapping was paused has landed since, and has moved an end.
 */
async function readyToBegin(planned: Restarted, given: Given) {
  const { dependencies, options } = given;
  const { source, target, settings, formatRemoteTopic } = dependencies;
  const endsAt = Date.now() + options.leavingMs;
  for (;;) {
    const topics = await topicsOf([planned.topic], dependencies);
    const plan = await planRemoteTopics(topics, {
      ...{ source: source.admin, target: target.admin, formatRemoteTopic },
      mirrors: (topic) => topic === planned.topic,
      settings: settings.remoteTopics,
      sync: { topics: true, configs: false, acls: false },
      lost: new Set(),
    });
    if (plan.failures[0] !== undefined) throw plan.failures[0];
    if (plan.actions.length === 0) {
      const rules = { dependencies, rules: options };
      return { topics, starts: await lookAtStarts(planned, topics, rules) };
    }
    if (Date.now() >= endsAt) throw notSeen(planned);
    const { refused } = await applyTopics(target.admin, plan.actions);
    const whole = refused.find(({ setting }) => setting === undefined);
    if (whole !== undefined) throw whole.error;
    await delay(lookEachMs / 10);
  }
}

function notSeen({ remoteTopic }: Restarted): MirrorlessError {
  const what = `The target has ${remoteTopic}, and does not list it: may it be described? See \`mirrorless acls required\`.`;
  return new MirrorlessError('UNAUTHORIZED', what, { place: { topic: remoteTopic } });
}

/** First, so that who goes on from here after a run that was killed sees that it is not done. */
async function moveGroup(
  { topic }: Restarted,
  starts: readonly NewStart[],
  { dependencies: { groups, settings } }: Given,
): Promise<void> {
  const group = consumerGroupId(settings.mapped, topic);
  const positions = starts
    .filter(({ isRead }) => isRead)
    .map(({ partition, upstream }) => ({ topic, partition, offset: upstream, metadata: '' }));
  const outcomes = await groups.commitOffsets(group, positions);
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
}

async function beginGenerations(
  { topic }: Restarted,
  starts: readonly NewStart[],
  { dependencies: { state } }: Given,
): Promise<void> {
  for (const { partition, upstream, downstream, ended } of starts) {
    if (ended === undefined) continue;
    await state.startGeneration({ topic, partition }, ended, { upstream, downstream });
  }
}

/** The ids are those of the topics that the map speaks of from now on. */
async function keepKnown(
  { topic, remoteTopic, states, known }: Restarted,
  { mirrored, existing }: RestartLook['topics'],
  { dependencies: { knownTopics } }: Given,
): Promise<void> {
  const sourceTopicId = mirrored.find((each) => each.topic === topic)?.topicId;
  const remoteTopicId = existing.get(remoteTopic)?.topicId;
  const after = {
    topic,
    ...(sourceTopicId !== undefined && { sourceTopicId }),
    ...(remoteTopicId !== undefined && { remoteTopicId }),
    states: states.filter(({ state }) => !restartable.has(state) && state !== 'source-truncated'),
    emptyTails: [],
  };
  const [outcome] = await knownTopics.write([{ after, ...(known && { before: known }) }]);
  if (outcome?.ok === false) throw outcome.error;
}
