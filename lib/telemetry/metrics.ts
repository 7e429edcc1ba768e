/**
 * Every metric the functions emit: the one registry for the functions, the dashboards and alarms,
 * and the README. Emitted in CloudWatch's embedded metric format into `namespace`, with the
 * dimensions `Flow` (source->target) and `Topic` (the upstream name).
 */
export const namespace = 'Mirrorless';

export const metrics = {
  RecordCount: { unit: 'Count', meaning: 'records acknowledged by the target' },
  ByteCount: { unit: 'Bytes', meaning: 'bytes of the values of those records, uncompressed' },
  BatchCount: { unit: 'Count', meaning: 'record batches acknowledged by the target' },
  ReplicationLatency: {
    unit: 'Milliseconds',
    meaning: 'from a record’s timestamp to its acknowledgement; first and last of each partition',
  },
  RecordAge: {
    unit: 'Milliseconds',
    meaning: 'from a record’s timestamp to its arrival; first and last of each partition',
  },
  RedeliveredCount: {
    unit: 'Count',
    meaning: 'records that came again, were found equal on the target and dropped',
  },
  LandedCount: {
    unit: 'Count',
    meaning: 'records found on the target by reading its tail back, written by an earlier attempt',
  },
  LostHeaderCount: {
    unit: 'Count',
    meaning: 'headers with a null value whose name the event did not carry; they are left out',
  },
  HeartbeatCount: { unit: 'Count', meaning: 'heartbeats acknowledged by the target; of the flow' },
  HeartbeatLatency: {
    unit: 'Milliseconds',
    meaning: 'from a heartbeat’s emission on the source to the arrival of its copy on the target',
  },
  HeartbeatAge: {
    unit: 'Milliseconds',
    meaning:
      'of the newest heartbeat of the source that the target holds; grows when the flow stops',
  },
  FailureCount: { unit: 'Count', meaning: 'partitions of an event that could not be replicated' },
} as const satisfies Record<string, { unit: 'Count' | 'Bytes' | 'Milliseconds'; meaning: string }>;

export type MetricName = keyof typeof metrics;
