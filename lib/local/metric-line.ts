import type { MetricName } from '../telemetry/metrics.ts';

/** What the host shows of a metric line: CloudWatch's embedded metric format. */
export interface MetricLine {
  /** The upstream name; undefined where the metrics are of the whole flow. */
  topic: string | undefined;
  /** In the order they were measured; none where the line does not have the metric. */
  values(name: MetricName): readonly number[];
}

/** Undefined for a line that is not one. */
export function readMetricLine(line: string): MetricLine | undefined {
  if (!line.startsWith('{"_aws":')) return undefined;
  const fields = JSON.parse(line) as { Topic?: string } & Record<string, number | number[]>;
  return {
    topic: fields.Topic,
    values(name) {
      const value = fields[name];
      return value === undefined ? [] : [value].flat();
    },
  };
}
