import type { FlowSettings } from '../../lib/config/flow-settings.ts';

/** Settings of a flow as MM2 has them by default, for functions that a test hosts itself. */
export function defaultFlowSettings(
  own: Pick<FlowSettings, 'source' | 'target' | 'stateTable'> & Partial<FlowSettings>,
): FlowSettings {
  return {
    enabled: true,
    topics: { include: ['.*'], exclude: ['mm2.*\\.internal', '.*\\.replica', '__.*'] },
    groups: { include: ['.*'], exclude: ['console-consumer-.*', 'connect-.*', '__.*'] },
    startsAtEarliest: true,
    heartbeatsReplicationEnabled: true,
    replicationPolicy: {
      class: 'DefaultReplicationPolicy',
      separator: '.',
      internalTopicSeparatorEnabled: true,
      separatorConfigured: false,
    },
    producer: { compressionType: 'none', requestTimeoutMs: 30_000 },
    checkpoints: { enabled: true, intervalSeconds: 60, topicReplicationFactor: -1 },
    syncGroupOffsets: { enabled: false, intervalSeconds: 60 },
    heartbeats: { enabled: true, intervalSeconds: 1, topicReplicationFactor: -1 },
    offsetSyncs: { enabled: true, location: 'source', lagMax: 100, topicReplicationFactor: -1 },
    adminTimeoutMs: 60_000,
    reportBatchItemFailures: false,
    ...own,
  };
}
