import type { Metrics } from '@aws-lambda-powertools/metrics';
import { type Dimension, type MetricName, metrics as registry } from './metrics.ts';

export type MetricValues = Partial<Record<MetricName, number | readonly number[]>>;

/** One embedded metric line, with the flow's dimension and those given. */
export function emitLine(
  metrics: Metrics,
  values: MetricValues,
  dimensions: Partial<Record<Exclude<Dimension, 'Flow'>, string>> = {},
): void {
  for (const [name, value] of Object.entries(dimensions)) metrics.addDimension(name, value);
  for (const name of Object.keys(values) as MetricName[]) {
    for (const value of [values[name] ?? []].flat()) {
      metrics.addMetric(name, registry[name].unit, value);
    }
  }
  metrics.publishStoredMetrics();
}
