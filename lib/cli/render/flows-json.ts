import type { FlowStatus, TopicStatus } from '../../local/local-flow.ts';

/** The result of `local` for machines: names and types stay as they are. */
export function flowsJson(flows: readonly FlowStatus[]): object {
  return {
    flows: flows.map(({ flow, topics, maxResidentBytes }) => ({
      flow,
      caughtUp: topics.every(({ hasCaughtUp }) => hasCaughtUp),
      functionMaxResidentBytes: maxResidentBytes,
      topics: topics.map(topicJson),
    })),
  };
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
    failure: failing === undefined ? null : { ...failing.failure, attempts: failing.attempts },
    problems: topic.problems.map(({ partition, message, isHalted }) => ({
      partition,
      message,
      halted: isHalted,
    })),
  };
}
