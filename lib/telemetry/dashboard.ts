/** The dashboard of a flow: the one registry of its graphs, from the top of the page to its end. */
import type { Dimension, MetricName } from './metrics.ts';
import {
  type MetricQuery,
  type MonitoredFlow,
  ofFlow,
  ofFunction,
  type Statistic,
} from './monitored.ts';

export interface Graph {
  title: string;
  /** What its values are. */
  unit: 'records' | 'bytes' | 'milliseconds' | 'count' | 'capacity units';
  metrics: readonly MetricQuery[];
}

export interface Section {
  title: string;
  graphs: readonly Graph[];
}

/** Graphs without metrics are left out: what the flow does not have. */
export function dashboardOf(monitored: MonitoredFlow): Section[] {
  const sections = [
    throughput(monitored),
    lag(monitored),
    latency(monitored),
    faults(monitored),
    topics(monitored),
    groups(monitored),
    cost(monitored),
  ];
  return sections
    .map(({ title, graphs }) => ({
      title,
      graphs: graphs.filter(({ metrics }) => metrics.length > 0),
    }))
    .filter(({ graphs }) => graphs.length > 0);
}

function throughput(monitored: MonitoredFlow): Section {
  return copyingSection(monitored, 'Throughput', [
    { title: 'Records copied', unit: 'records', metrics: [byTopic(monitored, 'RecordCount')] },
    { title: 'Bytes of values copied', unit: 'bytes', metrics: [byTopic(monitored, 'ByteCount')] },
    { title: 'Record batches', unit: 'count', metrics: [byTopic(monitored, 'BatchCount')] },
  ]);
}

function lag(monitored: MonitoredFlow): Section {
  const replicate = monitored.functions.get('replicate');
  const largest = (name: MetricName) => [ofFlow(monitored, name, 'Maximum')];
  return copyingSection(monitored, 'Lag', [
    { title: 'Lag of the flow in time', unit: 'milliseconds', metrics: largest('FlowLagTime') },
    { title: 'Lag of the flow', unit: 'records', metrics: largest('FlowLagRecordCount') },
    {
      title: 'Lag in time by topic',
      unit: 'milliseconds',
      metrics: [byTopic(monitored, 'LagTime', 'Maximum')],
    },
    {
      title: 'Lag by topic',
      unit: 'records',
      metrics: [byTopic(monitored, 'LagRecordCount', 'Maximum')],
    },
    {
      title: 'Lag as Lambda sees it',
      unit: 'records',
      metrics: replicate ? [ofFunction(replicate.functionName, 'OffsetLag', 'Maximum')] : [],
    },
  ]);
}

function latency(monitored: MonitoredFlow): Section {
  const { functions } = monitored;
  const copied: Graph[] = [
    {
      title: 'From a record’s timestamp to its acknowledgement',
      unit: 'milliseconds',
      metrics: [
        byTopic(monitored, 'ReplicationLatency', 'p50'),
        byTopic(monitored, 'ReplicationLatency', 'p99'),
      ],
    },
    {
      title: 'Age of records on arrival',
      unit: 'milliseconds',
      metrics: [byTopic(monitored, 'RecordAge', 'p99')],
    },
    {
      title: 'Latency of heartbeats',
      unit: 'milliseconds',
      metrics: [
        byTopic(monitored, 'HeartbeatLatency', 'p50'),
        byTopic(monitored, 'HeartbeatLatency', 'p99'),
      ],
    },
    {
      title: 'Age of heartbeats',
      unit: 'milliseconds',
      metrics: [byTopic(monitored, 'HeartbeatAge', 'Maximum')],
    },
  ];
  const emitted: Graph = {
    title: 'Heartbeats written',
    unit: 'count',
    metrics: functions.has('heartbeat') ? [ofFlow(monitored, 'HeartbeatCount', 'Sum')] : [],
  };
  const { graphs } = copyingSection(monitored, 'Latency', copied);
  return { title: 'Latency and heartbeats', graphs: [...graphs, emitted] };
}

function faults(monitored: MonitoredFlow): Section {
  const copied = copyingSection(monitored, 'Errors', [
    {
      title: 'Partitions that failed',
      unit: 'count',
      metrics: [ofFlow(monitored, 'FlowFailureCount', 'Sum'), byTopic(monitored, 'FailureCount')],
    },
    {
      title: 'Records that came again',
      unit: 'records',
      metrics: [byTopic(monitored, 'RedeliveredCount'), byTopic(monitored, 'LandedCount')],
    },
    {
      title: 'Records left out',
      unit: 'records',
      metrics: [byTopic(monitored, 'LeftOutCount')],
    },
    {
      title: 'Headers without a name',
      unit: 'count',
      metrics: [byTopic(monitored, 'LostHeaderCount')],
    },
  ]);
  const ofLambda: Graph[] = [
    {
      title: 'Errors of functions',
      unit: 'count',
      metrics: ofFunctions(monitored, 'Errors', 'Sum'),
    },
    { title: 'Throttles', unit: 'count', metrics: ofFunctions(monitored, 'Throttles', 'Sum') },
  ];
  return { title: 'Errors', graphs: [...copied.graphs, ...ofLambda] };
}

function topics(monitored: MonitoredFlow): Section {
  const count = (name: MetricName) => ofFlow(monitored, name, 'Maximum');
  return copyingSection(monitored, 'Topics and mappings', [
    {
      title: 'Event source mappings',
      unit: 'count',
      metrics: [count('MirroredTopicCount'), count('MappingCount'), count('StoppedMappingCount')],
    },
    {
      title: 'Detected states',
      unit: 'count',
      metrics: [
        count('LossCount'),
        count('DetectedStateCount'),
        ofEach(monitored, 'DetectedStateCount', { each: 'State', statistic: 'Maximum' }),
      ],
    },
    { title: 'Failures of discovery', unit: 'count', metrics: [count('DiscoveryFailureCount')] },
  ]);
}

function groups(monitored: MonitoredFlow): Section {
  const total = (name: MetricName) => ofFlow(monitored, name, 'Sum');
  return copyingSection(monitored, 'Consumer groups', [
    {
      title: 'Lag of groups on the source in time',
      unit: 'milliseconds',
      metrics: [ofEach(monitored, 'GroupLagTime', { each: 'Group', statistic: 'Maximum' })],
    },
    {
      title: 'Lag of groups on the source',
      unit: 'records',
      metrics: [ofEach(monitored, 'GroupLagRecordCount', { each: 'Group', statistic: 'Maximum' })],
    },
    {
      title: 'Checkpoints and offset syncs written',
      unit: 'count',
      metrics: [total('CheckpointCount'), total('OffsetSyncCount')],
    },
    {
      title: 'Latency of checkpoints',
      unit: 'milliseconds',
      metrics: [ofFlow(monitored, 'CheckpointLatency', 'p99')],
    },
    {
      title: 'Groups moved, and not',
      unit: 'count',
      metrics: [total('SyncedGroupCount'), ofFlow(monitored, 'UnsyncedGroupCount', 'Maximum')],
    },
    {
      title: 'Positions without an offset on the target',
      unit: 'count',
      metrics: [
        ofEach(monitored, 'RefusedPositionCount', { each: 'Status', statistic: 'Maximum' }),
      ],
    },
    {
      title: 'Failures of checkpoints',
      unit: 'count',
      metrics: [ofFlow(monitored, 'CheckpointFailureCount', 'Maximum')],
    },
  ]);
}

/** What is paid for by use; event pollers in provisioned mode are not among Lambda's metrics here. */
function cost(monitored: MonitoredFlow): Section {
  const dimensions = { TableName: monitored.stateTableName };
  const table = (name: string): MetricQuery => {
    return { namespace: 'AWS/DynamoDB', name, dimensions, statistic: 'Sum' };
  };
  return {
    title: 'What is paid for',
    graphs: [
      {
        title: 'Invocations',
        unit: 'count',
        metrics: ofFunctions(monitored, 'Invocations', 'Sum'),
      },
      {
        title: 'Time of functions',
        unit: 'milliseconds',
        metrics: ofFunctions(monitored, 'Duration', 'Sum'),
      },
      {
        title: 'Invocations at the same time',
        unit: 'count',
        metrics: ofFunctions(monitored, 'ConcurrentExecutions', 'Maximum'),
      },
      {
        title: 'State table',
        unit: 'capacity units',
        metrics: [table('ConsumedWriteCapacityUnits'), table('ConsumedReadCapacityUnits')],
      },
    ],
  };
}

/** A flow that mirrors nothing has none of it. */
function copyingSection({ flow }: MonitoredFlow, title: string, graphs: readonly Graph[]): Section {
  return { title, graphs: flow.enabled ? graphs : [] };
}

/** One line for every topic. */
function byTopic(flow: MonitoredFlow, name: MetricName, statistic: Statistic = 'Sum'): MetricQuery {
  return ofEach(flow, name, { each: 'Topic', statistic });
}

function ofEach(
  flow: MonitoredFlow,
  name: MetricName,
  { each, statistic }: { each: Dimension; statistic: Statistic },
): MetricQuery {
  return { ...ofFlow(flow, name, statistic), each };
}

function ofFunctions(
  { functions }: MonitoredFlow,
  name: Parameters<typeof ofFunction>[1],
  statistic: Statistic,
): MetricQuery[] {
  return [...functions].map(([label, { functionName }]) => {
    return { ...ofFunction(functionName, name, statistic), label };
  });
}
