import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricQuery } from '../../telemetry/monitored.ts';

export function metricOf(query: MetricQuery, periodSeconds: number): IMetric {
  const { namespace, name, dimensions, statistic, each, label } = query;
  const period = Duration.seconds(periodSeconds);
  if (each !== undefined) {
    return new MathExpression({ expression: search(query, periodSeconds), label: '', period });
  }
  return new Metric({
    namespace,
    metricName: name,
    dimensionsMap: { ...dimensions },
    statistic,
    period,
    ...(label !== undefined && { label }),
  });
}

/** Every metric that has these dimensions and the one that is searched, whatever its value. */
function search(query: MetricQuery, periodSeconds: number): string {
  const { namespace, name, dimensions, statistic, each } = query;
  const schema = [namespace, ...Object.keys(dimensions), each].join(',');
  const values = Object.entries(dimensions).map(([key, value]) => `${key}="${value}"`);
  const terms = [`{${schema}}`, `MetricName="${name}"`, ...values].join(' ');
  return `SEARCH('${terms}', '${statistic}', ${periodSeconds})`;
}
