/** What the host shows of a metric line: CloudWatch's embedded metric format, one topic's values. */
export interface TopicMetrics {
  topic: string;
  /** Of the records of one invocation. */
  replicationLatencyMs: readonly number[];
}

/** Undefined for a line that is not one. */
export function readMetricLine(line: string): TopicMetrics | undefined {
  if (!line.startsWith('{"_aws":')) return undefined;
  const { Topic: topic, ReplicationLatency: latency } = JSON.parse(line) as {
    Topic?: string;
    ReplicationLatency?: number | number[];
  };
  if (topic === undefined) return undefined;
  return { topic, replicationLatencyMs: latency === undefined ? [] : [latency].flat() };
}
