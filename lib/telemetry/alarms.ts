/**
 * Every alarm of a flow: the one registry for the stack and the runbook, which has a section of the
 * same name for each. A test holds them equal, and their metrics to those that are emitted.
 */
import {
  bucketMetricsFilter,
  type MetricQuery,
  type MonitoredFlow,
  ofFlow,
  ofFunction,
} from './monitored.ts';

export interface AlarmDefinition {
  /** What is wrong: half a sentence. */
  meaning: string;
  /** `critical` is worth waking somebody: records are lost, or the flow stands still. */
  severity: 'critical' | 'warning';
  /** None where the flow has nothing that could be wrong. */
  measures(flow: MonitoredFlow): Measure[];
  /** What a time without values means, and why. */
  missing: { is: 'breaching' | 'notBreaching' | 'ignore'; because: string };
}

export interface Measure {
  metric: MetricQuery;
  /** Where a flow has several alarms of this kind. */
  of?: string;
  /** It is wrong above it, or below it. */
  threshold: { above: number } | { below: number };
  periodSeconds: number;
  /** So many in a row. */
  periods: number;
}

const minute = 60;
const fiveMinutes = 5 * minute;
/** CloudWatch has no longer period. */
const day = 86_400;

export const alarms = {
  'loss-detected': {
    meaning: 'records of a topic were lost, or would be if the flow went on by itself',
    severity: 'critical',
    measures: (flow) => [
      ...discovering(flow, { metric: ofFlow(flow, 'LossCount', 'Maximum'), periods: 1 }),
    ],
    missing: { is: 'ignore', because: 'a run that failed has not looked: it clears nothing' },
  },
  'events-given-up': {
    meaning: 'Lambda gave events up, and their records are in the failure destination alone',
    severity: 'critical',
    measures: ({ failureDestination }) =>
      failureDestination === undefined
        ? []
        : [{ metric: givenUp(failureDestination), ...anyIn(fiveMinutes, 1) }],
    missing: { is: 'notBreaching', because: 'there are values only where something arrived' },
  },
  'mapping-stopped': {
    meaning: 'an event source mapping that nobody paused does not read',
    severity: 'critical',
    measures: (flow) =>
      discovering(flow, { metric: ofFlow(flow, 'StoppedMappingCount', 'Maximum'), periods: 1 }),
    missing: { is: 'ignore', because: 'a run that failed has not looked: it clears nothing' },
  },
  'partition-failing': {
    meaning: 'partitions of events are refused or fail again and again',
    severity: 'critical',
    measures: (flow) =>
      copying(flow, { metric: ofFlow(flow, 'FlowFailureCount', 'Sum'), ...anyIn(fiveMinutes, 2) }),
    missing: { is: 'notBreaching', because: 'it is sent only where a partition failed' },
  },
  'lag-time': {
    meaning: 'the oldest record of the source that is not copied is too old',
    severity: 'critical',
    measures: (flow) =>
      copying(flow, {
        metric: ofFlow(flow, 'FlowLagTime', 'Maximum'),
        threshold: { above: flow.flow.alarms.lagSeconds * 1000 },
        periodSeconds: minute,
        periods: 5,
      }),
    missing: { is: 'ignore', because: 'the source did not tell: neither better nor worse' },
  },
  'lag-records': {
    meaning: 'too many records of the source are not copied',
    severity: 'warning',
    measures: (flow) => {
      const { lagRecords } = flow.flow.alarms;
      if (lagRecords === undefined) return [];
      return copying(flow, {
        metric: ofFlow(flow, 'FlowLagRecordCount', 'Maximum'),
        threshold: { above: lagRecords },
        periodSeconds: minute,
        periods: 5,
      });
    },
    missing: { is: 'ignore', because: 'the source did not tell: neither better nor worse' },
  },
  'lag-unmeasured': {
    meaning: 'nobody measures lag: the checkpoint function does not run, or not to its end',
    severity: 'critical',
    measures: (flow) =>
      copying(flow, {
        metric: ofFlow(flow, 'FlowLagRecordCount', 'SampleCount'),
        threshold: { below: 1 },
        periodSeconds: fiveMinutes,
        periods: 2,
      }),
    missing: { is: 'breaching', because: 'that there are no values is what is wrong' },
  },
  'heartbeat-missing': {
    meaning: 'no new heartbeats of the source arrive on the target',
    severity: 'critical',
    measures: heartbeatMissing,
    missing: { is: 'breaching', because: 'where none was ever seen there are no values' },
  },
  'discovery-missing': {
    meaning: 'nobody looks for new topics and stopped mappings: the discover function does not run',
    severity: 'warning',
    measures: (flow) =>
      discovering(flow, {
        metric: ofFlow(flow, 'MirroredTopicCount', 'SampleCount'),
        threshold: { below: 1 },
        periods: 3,
      }),
    missing: { is: 'breaching', because: 'that there are no values is what is wrong' },
  },
  'function-errors': {
    meaning: 'a function fails again and again',
    severity: 'critical',
    measures: (flow) => ofEachFunction(flow, 'Errors', anyIn(fiveMinutes, 2)),
    missing: { is: 'notBreaching', because: 'without invocations there are no errors' },
  },
  'function-throttles': {
    meaning: 'Lambda refuses to run a function as often as it is called',
    severity: 'warning',
    measures: (flow) => ofEachFunction(flow, 'Throttles', anyIn(fiveMinutes, 3)),
    missing: { is: 'notBreaching', because: 'without invocations nothing is refused' },
  },
  'state-detected': {
    meaning: 'a topic is not as the flow expects it, on the source or on the target',
    severity: 'warning',
    measures: (flow) =>
      discovering(flow, { metric: ofFlow(flow, 'DetectedStateCount', 'Maximum'), periods: 1 }),
    missing: { is: 'ignore', because: 'a run that failed has not looked: it clears nothing' },
  },
  'discovery-failures': {
    meaning: 'topics, settings, ACLs or mappings cannot be kept in step',
    severity: 'warning',
    measures: (flow) =>
      discovering(flow, { metric: ofFlow(flow, 'DiscoveryFailureCount', 'Maximum'), periods: 2 }),
    missing: { is: 'ignore', because: 'that it does not run is another alarm' },
  },
  'checkpoint-failures': {
    meaning: 'positions of consumer groups cannot be translated, published or moved',
    severity: 'warning',
    measures: (flow) =>
      copying(flow, {
        metric: ofFlow(flow, 'CheckpointFailureCount', 'Maximum'),
        ...anyIn(fiveMinutes, 2),
      }),
    missing: { is: 'ignore', because: 'that it does not run is another alarm' },
  },
} as const satisfies Record<string, AlarmDefinition>;

export type AlarmName = keyof typeof alarms;

function anyIn(periodSeconds: number, periods: number) {
  return { threshold: { above: 0 }, periodSeconds, periods };
}

/** A flow that mirrors nothing has neither lag nor mappings. */
function copying({ flow }: MonitoredFlow, measure: Measure): Measure[] {
  return flow.enabled ? [measure] : [];
}

/** Told as often as discovery looks at topics. */
function discovering(
  monitored: MonitoredFlow,
  measure: Pick<Measure, 'metric' | 'periods'> & Partial<Measure>,
): Measure[] {
  const { enabled, intervalSeconds } = monitored.flow.refreshTopics;
  if (!enabled || intervalSeconds > day) return [];
  const periodSeconds = wholeMinutes(intervalSeconds);
  return copying(monitored, { threshold: { above: 0 }, periodSeconds, ...measure });
}

function heartbeatMissing(monitored: MonitoredFlow): Measure[] {
  const { flow, hasSourceHeartbeats, functions } = monitored;
  const { intervalSeconds } = flow.heartbeats;
  if (!hasSourceHeartbeats || !functions.has('heartbeat') || intervalSeconds > day) return [];
  const ageSeconds = Math.max(flow.alarms.heartbeatAgeSeconds, 3 * intervalSeconds);
  return copying(monitored, {
    metric: ofFlow(monitored, 'HeartbeatAge', 'Maximum', { Topic: 'heartbeats' }),
    threshold: { above: ageSeconds * 1000 },
    periodSeconds: wholeMinutes(intervalSeconds),
    periods: 3,
  });
}

function ofEachFunction(
  { functions }: MonitoredFlow,
  name: 'Errors' | 'Throttles',
  evaluation: Omit<Measure, 'metric'>,
): Measure[] {
  return [...functions].map(([of, { functionName }]) => {
    return { metric: ofFunction(functionName, name, 'Sum'), of, ...evaluation };
  });
}

function givenUp({ type, name }: NonNullable<MonitoredFlow['failureDestination']>): MetricQuery {
  switch (type) {
    case 'sqs': {
      const dimensions = { QueueName: name };
      const metric = { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible' };
      return { ...metric, dimensions, statistic: 'Maximum' };
    }
    case 'sns': {
      const dimensions = { TopicName: name };
      return {
        namespace: 'AWS/SNS',
        name: 'NumberOfMessagesPublished',
        dimensions,
        statistic: 'Sum',
      };
    }
    case 's3': {
      const dimensions = { BucketName: name, FilterId: bucketMetricsFilter };
      return { namespace: 'AWS/S3', name: 'PutRequests', dimensions, statistic: 'Sum' };
    }
  }
}

/** Periods are whole minutes. */
function wholeMinutes(seconds: number): number {
  return Math.ceil(seconds / minute) * minute;
}
