/**
 * Every metric the functions emit: the one registry for the functions, the dashboards and alarms,
 * and the README. Emitted in CloudWatch's embedded metric format into `namespace`.
 *
 * Dimensions: `Flow` is source->target, `Topic` the upstream name, `Group` a consumer group, `Status`
 * why a position has no offset, `State` what discovery detected. CloudWatch bills every combination
 * that is sent, so there is none for partitions: those are on the command line and in the state.
 */
export const namespace = 'Mirrorless';

export type Dimension = 'Flow' | 'Topic' | 'Group' | 'Status' | 'State';

interface MetricDefinition {
  unit: 'Count' | 'Bytes' | 'Milliseconds';
  dimensions: readonly Dimension[];
  /** True where it is sent a second time, with the flow alone. */
  alsoOfFlow?: true;
  meaning: string;
}

const ofFlow = ['Flow'] as const;
const ofTopic = ['Flow', 'Topic'] as const;
const ofGroup = ['Flow', 'Group'] as const;

export const metrics = {
  RecordCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'records acknowledged by the target',
  },
  ByteCount: {
    unit: 'Bytes',
    dimensions: ofTopic,
    meaning: 'bytes of the values of those records, uncompressed',
  },
  BatchCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'record batches acknowledged by the target',
  },
  ReplicationLatency: {
    unit: 'Milliseconds',
    dimensions: ofTopic,
    meaning: 'from a record’s timestamp to its acknowledgement; first and last of each partition',
  },
  RecordAge: {
    unit: 'Milliseconds',
    dimensions: ofTopic,
    meaning: 'from a record’s timestamp to its arrival; first and last of each partition',
  },
  RedeliveredCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'records that came again, were found equal on the target and dropped',
  },
  LeftOutCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning:
      'records not copied where topics keep names: the target has them, or gets them by another flow',
  },
  LandedCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'records found on the target by reading its tail back, written by an earlier attempt',
  },
  LostHeaderCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'headers with a null value whose name the event did not carry; they are left out',
  },
  FailureCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'partitions of an event that could not be replicated',
  },
  FlowFailureCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'the same of all topics; absent while there are none',
  },
  LagRecordCount: {
    unit: 'Count',
    dimensions: ofTopic,
    meaning: 'records of the source that the target has not acknowledged; of all partitions',
  },
  LagTime: {
    unit: 'Milliseconds',
    dimensions: ofTopic,
    meaning: 'age of the oldest such record; of the partition that is furthest behind',
  },
  FlowLagRecordCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'the same of all topics; the log names the partitions that are furthest behind',
  },
  FlowLagTime: {
    unit: 'Milliseconds',
    dimensions: ofFlow,
    meaning: 'age of the oldest such record of the flow',
  },
  GroupLagRecordCount: {
    unit: 'Count',
    dimensions: ofGroup,
    meaning: 'records of the source that the group has not read there; of all partitions',
  },
  GroupLagTime: {
    unit: 'Milliseconds',
    dimensions: ofGroup,
    meaning: 'age of the oldest such record; absent where it was not looked for in every partition',
  },
  CheckpointCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'checkpoints acknowledged by the target',
  },
  CheckpointLatency: {
    unit: 'Milliseconds',
    dimensions: ofFlow,
    meaning: 'from the time of a checkpoint to its acknowledgement; one value for each write',
  },
  RefusedPositionCount: {
    unit: 'Count',
    dimensions: ['Flow', 'Status'],
    meaning:
      'positions of groups that have no offset on the target, by why: `before-map`, `no-map`, ' +
      '`target-truncated`, `source-recreated`, `unknown`',
  },
  SyncedGroupCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'consumer groups that were moved on the target',
  },
  UnsyncedGroupCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'consumer groups of which a partition may not be moved, or could not be',
  },
  OffsetSyncCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'offset syncs acknowledged by the cluster that has their topic',
  },
  CheckpointFailureCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'groups, partitions and brokers that failed in a run of the checkpoint function',
  },
  HeartbeatCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'heartbeats acknowledged by the target',
  },
  HeartbeatLatency: {
    unit: 'Milliseconds',
    dimensions: ofTopic,
    meaning: 'from a heartbeat’s emission on the source to the arrival of its copy on the target',
  },
  HeartbeatAge: {
    unit: 'Milliseconds',
    dimensions: ofTopic,
    meaning:
      'of the newest heartbeat of the source that the target holds; grows when the flow stops',
  },
  MirroredTopicCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'topics of the source that the flow mirrors',
  },
  MappingCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'event source mappings of the flow',
  },
  StoppedMappingCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'of these, nobody paused them and they do not read: disabled, or with a problem',
  },
  DetectedStateCount: {
    unit: 'Count',
    dimensions: ['Flow', 'State'],
    alsoOfFlow: true,
    meaning:
      'what is the matter with topics and partitions; without `State` all of them, with it those ' +
      'that there are',
  },
  LossCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'of these, the states in which records were lost, or would be if the flow went on',
  },
  DiscoveryFailureCount: {
    unit: 'Count',
    dimensions: ofFlow,
    meaning: 'topics, settings, ACLs, mappings and brokers that failed in a run of discovery',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;
