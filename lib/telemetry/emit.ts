import { Metrics } from '@aws-lambda-powertools/metrics';
import { type Dimension, type MetricName, namespace, metrics as registry } from './metrics.ts';

export type MetricValues = Partial<Record<MetricName, number | readonly number[]>>;

/**
 * The metrics of a flow's function, with the dimension of the flow alone: the library would add one
 * of the service, and who asks CloudWatch for a metric must name every dimension.
 */
export function flowMetrics(flow: string): Metrics {
  const metrics = new Metrics({ namespace });
  metrics.clearDefaultDimensions();
  return metrics.setDefaultDimensions({ Flow: flow });
}

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
