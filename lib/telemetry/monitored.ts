/** What alarms and dashboards are about, and how CloudWatch is asked. */
import type { Flow } from '../config/model.ts';
import { flowName } from '../config/model.ts';
import type { FunctionName } from '../deployment.ts';
import { type Dimension, type MetricName, namespace } from './metrics.ts';

/** A deployed flow. Names may be such that only the deployment knows. */
export interface MonitoredFlow {
  flow: Flow;
  /** Those that the flow has. */
  functions: ReadonlyMap<FunctionName, { functionName: string }>;
  stateTableName: string;
  /** Where Lambda reports events that it gives up; of a bucket the requests are to be measured. */
  failureDestination?: { type: 'sqs' | 'sns' | 's3'; name: string };
  /** True where another flow writes heartbeats to the source, so that some arrive here. */
  hasSourceHeartbeats: boolean;
}

export type Statistic = 'Sum' | 'Maximum' | 'Average' | 'SampleCount' | 'p50' | 'p99';

export interface MetricQuery {
  namespace: string;
  name: string;
  /** All that the metric has, but the one of `each`. */
  dimensions: Readonly<Record<string, string>>;
  statistic: Statistic;
  /** One line for every value of this dimension; a dashboard can ask so, an alarm cannot. */
  each?: Dimension;
  label?: string;
}

/** The id of the filter with which a bucket measures its requests. */
export const bucketMetricsFilter = 'mirrorless';

/** A metric of the flow, of `Flow` alone or with the dimensions given. */
export function ofFlow(
  { flow }: Pick<MonitoredFlow, 'flow'>,
  name: MetricName,
  statistic: Statistic,
  dimensions: Partial<Record<Exclude<Dimension, 'Flow'>, string>> = {},
): MetricQuery {
  return { namespace, name, dimensions: { Flow: flowName(flow), ...dimensions }, statistic };
}

export function ofFunction(
  functionName: string,
  name: 'Errors' | 'Throttles' | 'Invocations' | 'Duration' | 'ConcurrentExecutions' | 'OffsetLag',
  statistic: Statistic,
): MetricQuery {
  const dimensions = { FunctionName: functionName };
  return { namespace: 'AWS/Lambda', name, dimensions, statistic };
}
