/** What one invocation of the heartbeat function does, from top to bottom. */
import type { FlowSettings } from '../config/flow-settings.ts';
import { type Deadline, deadlineAt } from '../deadline.ts';
import { every, isDue, schedulePeriodMs } from '../every.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { TopicCreation } from '../kafka/topic-creation.ts';
import { ensureCompactedTopic } from '../mm2/topics.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import { emitHeartbeat } from './emit.ts';
import { remoteHeartbeatsTopics } from './remote-heartbeats.ts';
import { type Sighting, watchHeartbeats } from './watch.ts';

export interface HeartbeatDependencies {
  settings: FlowSettings;
  policy: ReplicationPolicy;
  /** Creates the topic, where it is missing. */
  admin: TopicCreation;
  target: KafkaDataPlane;
  /** More connections to the target, closed when the invocation ends. */
  connectTarget(): KafkaDataPlane;
  onSighting(sighting: Sighting): void;
  /** `what` could not be done. */
  onFailure(what: string, error: unknown): void;
}

export interface Invocation {
  /** Undefined where somebody invoked by hand. */
  scheduledAtMs: number | undefined;
  remainingMs(): number;
}

/** Kept at the end of the minute to answer in, and so that the next invocation finds us gone. */
const answeringMs = 500;
/** Enough for a target that is well; one that is not gets what remains. */
const roundMs = 200;

/**
 * Emits a heartbeat to the target every interval, and beside that watches heartbeats of the source
 * arrive there, which needs the flow to mirror. As in MM2 a flow that mirrors nothing emits too: its
 * heartbeats are what the flow in the other direction copies.
 *
 * @returns how many the target acknowledged
 * @throws the last failure where not one heartbeat could be emitted
 */
export async function heartbeat(
  dependencies: HeartbeatDependencies,
  { scheduledAtMs, remainingMs }: Invocation,
): Promise<number> {
  const { settings, policy, target, onFailure } = dependencies;
  const intervalMs = settings.heartbeats.intervalSeconds * 1000;
  if (!isDue(intervalMs, scheduledAtMs)) return 0;
  const lastsMs = Math.min(remainingMs(), schedulePeriodMs) - answeringMs;
  const deadline = deadlineAt(Date.now() + lastsMs);
  const topic = policy.heartbeatsTopic();
  await ensureTopic(dependencies, topic, deadline);
  const watching = settings.enabled
    ? watch(dependencies, {
        isOnce: scheduledAtMs === undefined || intervalMs >= schedulePeriodMs,
        deadline,
      })
    : undefined;
  let emittedCount = 0;
  const rounds = {
    intervalMs,
    scheduledAtMs,
    roundMs,
    remainingMs: () => deadline.remainingMs(),
    onFailure: (error: unknown) => onFailure('heartbeat not emitted', error),
  };
  const emitting = every(rounds, async () => {
    await deadline.within(emitHeartbeat(target, topic, settings), 'a heartbeat');
    emittedCount += 1;
  });
  const [emitted] = await Promise.allSettled([emitting, watching]);
  if (emitted.status === 'rejected') throw emitted.reason;
  return emittedCount;
}

/** MM2 goes on where its topic cannot be created: somebody else may have. */
async function ensureTopic(
  { settings, admin, onFailure }: HeartbeatDependencies,
  topic: string,
  deadline: Deadline,
): Promise<void> {
  const { topicReplicationFactor: replicationFactor } = settings.heartbeats;
  const ensuring = ensureCompactedTopic(admin, { topic, replicationFactor });
  try {
    const refusal = await deadline.within(ensuring, `creating the topic ${topic}`);
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    onFailure(`topic ${topic} not created on ${settings.target.alias}`, error);
  }
}

async function watch(
  dependencies: HeartbeatDependencies,
  { isOnce, deadline }: { isOnce: boolean; deadline: Deadline },
): Promise<void> {
  const { settings, policy, target, onSighting } = dependencies;
  const onFailure = (error: unknown): void => {
    dependencies.onFailure('heartbeats of the source not read', error);
  };
  try {
    const listed = await deadline.within(target.listTopics(), 'the topics of the target');
    const names = listed.map(({ topic }) => topic);
    const topics = remoteHeartbeatsTopics(names, policy, settings.source.alias);
    await Promise.all(
      topics.map(async (topic) => {
        const own = dependencies.connectTarget();
        await watchHeartbeats({ topic, target: own, isOnce, deadline, onSighting, onFailure });
        await own.close();
      }),
    );
  } catch (error) {
    onFailure(error);
  }
}
