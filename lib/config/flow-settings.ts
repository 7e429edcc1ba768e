import { MirrorlessError } from '../errors.ts';
import { type Authentication, loginKind } from './authentication.ts';
import type {
  Configuration,
  EmissionSettings,
  Flow,
  MappingSettings,
  OffsetSyncSettings,
  PatternLists,
  Schedule,
} from './model.ts';
import { provenanceSettings } from './provenance-settings.ts';

/**
 * What one deployed function knows of its flow: computed from the configuration by the stack and by
 * the local host, passed in one environment variable, read at start. No secret is ever in it.
 */
export interface FlowSettings {
  source: ClusterSettings;
  target: ClusterSettings;
  /** False for a flow that exists only for its heartbeats: nothing is mirrored. */
  enabled: boolean;
  topics: PatternLists;
  groups: PatternLists;
  /**
   * False where the flow leaves out what the source held before it, of any topic: `latest`, or a
   * timestamp.
   */
  startsAtEarliest: boolean;
  /** Heartbeats topics are mirrored even if the topic filter does not take them. */
  heartbeatsReplicationEnabled: boolean;
  replicationPolicy: ReplicationPolicySettings;
  /** Present where topics keep their names and records could come to a cluster more than once. */
  provenance?: ProvenanceSettings;
  producer: {
    compressionType: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
    requestTimeoutMs: number;
  };
  checkpoints: EmissionSettings;
  syncGroupOffsets: Schedule;
  heartbeats: EmissionSettings;
  offsetSyncs: OffsetSyncSettings;
  /** Bounds each administrative step of the scheduled functions. */
  adminTimeoutMs: number;
  stateTable: string;
  /** True where the mapping has ReportBatchItemFailures, which needs provisioned mode. */
  reportBatchItemFailures: boolean;
}

export interface ClusterSettings {
  alias: string;
  bootstrapServers: string[];
  /** Absent where nothing is encrypted and nobody logs in. */
  authentication?: Authentication;
}

export interface ProvenanceSettings {
  /** True where copies tell in headers where they were before. */
  addsHeader: boolean;
  /** Every enabled flow that keeps names and hangs together with this one, which is one of them. */
  flows: readonly ProvenanceFlow[];
}

export interface ProvenanceFlow {
  /** Cluster aliases. */
  source: string;
  target: string;
  stateTable: string;
  /** Of the state table, where that is another one than of the flow whose settings these are. */
  region?: string;
  /** Absent where it mirrors the same topics as the flow whose settings these are. */
  topics?: PatternLists;
}

export interface ReplicationPolicySettings {
  class: 'DefaultReplicationPolicy' | 'IdentityReplicationPolicy';
  separator: string;
  internalTopicSeparatorEnabled: boolean;
  /** True where `replication.policy.separator` was set by the user: MM2 looks at the flag only then. */
  separatorConfigured: boolean;
}

/** What the function of a flow needs to know, and nothing else. */
export function flowSettings(configuration: Configuration, flow: Flow): FlowSettings {
  const provenance = provenanceSettings(configuration, flow);
  return {
    source: clusterSettings(configuration, flow.source),
    target: clusterSettings(configuration, flow.target),
    enabled: flow.enabled,
    topics: flow.topics,
    groups: flow.groups,
    startsAtEarliest: startsAtEarliest(flow.mapping),
    heartbeatsReplicationEnabled: flow.remoteTopics.heartbeatsReplicationEnabled,
    replicationPolicy: flow.replicationPolicy,
    ...(provenance && { provenance }),
    producer: flow.producer,
    checkpoints: flow.checkpoints,
    syncGroupOffsets: flow.syncGroupOffsets,
    heartbeats: flow.heartbeats,
    offsetSyncs: flow.offsetSyncs,
    adminTimeoutMs: flow.adminTimeoutMs,
    stateTable: flow.stateTable,
    reportBatchItemFailures: flow.mapping.pollers !== undefined,
  };
}

function startsAtEarliest({ startingPosition, topicStartingPositions }: MappingSettings): boolean {
  const positions = [startingPosition, ...Object.values(topicStartingPositions)];
  return positions.every(({ at }) => at === 'earliest');
}

function clusterSettings(configuration: Configuration, alias: string): ClusterSettings {
  const cluster = configuration.clusters.get(alias);
  if (cluster === undefined) {
    throw new MirrorlessError('INTERNAL', `the configuration has no cluster ${alias}`);
  }
  const { bootstrapServers, authentication } = cluster;
  const isPlain = loginKind(authentication) === 'PLAINTEXT';
  return { alias, bootstrapServers: [...bootstrapServers], ...(!isPlain && { authentication }) };
}
