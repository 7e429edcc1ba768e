import type { FlowStatus, ScheduledStatus } from '../../local/local-flow.ts';
import type { TopicStatus } from '../../local/mirror.ts';

/** The result of `local` for machines: names and types stay as they are. */
export function flowsJson(flows: readonly FlowStatus[]): object {
  return {
    flows: flows.map(flowJson),
  };
}

function flowJson(status: FlowStatus): object {
  const { flow, enabled, topics, scheduled, heartbeat, checkpointAgeMs } = status;
  return {
    flow,
    enabled,
    caughtUp: topics.every(({ hasCaughtUp }) => hasCaughtUp),
    functionMaxResidentBytes: status.maxResidentBytes,
    heartbeatLatencyMs: heartbeat?.latencyMs ?? null,
    heartbeatAgeMs: heartbeat?.ageMs ?? null,
    checkpointAgeMs: checkpointAgeMs ?? null,
    scheduled: scheduled.map(scheduledJson),
    topics: topics.map(topicJson),
  };
}

function scheduledJson({ name, failing }: ScheduledStatus): object {
  return { function: name, failure: failureJson(failing) };
}

function topicJson(topic: TopicStatus): object {
  const { failing } = topic;
  return {
    topic: topic.topic,
    remoteTopic: topic.remoteTopic,
    partitions: topic.partitionCount,
    records: topic.recordCount,
    events: topic.eventCount,
    lag: topic.lagRecords,
    caughtUp: topic.hasCaughtUp,
    failure: failureJson(failing),
    problems: topic.problems.map(({ partition, message, isHalted }) => ({
      partition,
      message,
      halted: isHalted,
    })),
  };
}

function failureJson(failing: TopicStatus['failing']): object | null {
  return failing === undefined ? null : { ...failing.failure, attempts: failing.attempts };
}
