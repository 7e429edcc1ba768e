/** The one model that mm2.properties and mirrorless.yaml both load into. */
import type { Authentication } from './authentication.ts';
import type { FlowSettings, ReplicationPolicySettings } from './flow-settings.ts';

export interface Configuration {
  /** The file it was read from, as problems name it. */
  file: string;
  /** By alias, in the order of `clusters`. */
  clusters: ReadonlyMap<string, Cluster>;
  /**
   * Every flow that exists by MM2's rule: enabled, or only emitting heartbeats (`enabled` false).
   * In the order of `clusters`, sources first.
   */
  flows: readonly Flow[];
}

export interface Cluster {
  alias: string;
  /** `host:port`, without duplicates. */
  bootstrapServers: readonly string[];
  authentication: Authentication;
  mskClusterArn?: string;
  /** Of a managed VPC connection, through which mappings of another account reach the cluster. */
  mskVpcConnectionArn?: string;
  /** Given, or told by the ARN. */
  region?: string;
  accountId?: string;
  /** Secrets Manager: user name and password, or client certificate and key. */
  credentialsSecretArn?: string;
  /** Secrets Manager: the certificate authority that signed the brokers' certificates. */
  serverRootCaSecretArn?: string;
  /** With which the secrets are encrypted, where it is not AWS's own key. */
  secretsKmsKeyArn?: string;
  vpc: { subnets: readonly string[]; securityGroups: readonly string[] };
  connectOffsets: ConnectOffsetsSettings;
}

/** The topic of Kafka Connect in which a MirrorMaker 2 that writes to the cluster keeps positions. */
export interface ConnectOffsetsSettings {
  /** Absent where it has the name that MM2 gives it. */
  topic?: string;
  /** Of both, -1 is the cluster's own default. */
  partitionCount: number;
  replicationFactor: number;
}

export interface Flow {
  /** Cluster aliases. */
  source: string;
  target: string;
  /** False for a flow that exists only for its heartbeats: nothing is mirrored. */
  enabled: boolean;
  topics: PatternLists;
  groups: PatternLists;
  replicationPolicy: ReplicationPolicySettings;
  /** Absent where the flows of the configuration decide: provenance-settings.ts. */
  provenanceHeaderEnabled?: boolean;
  remoteTopics: RemoteTopicSettings;
  producer: FlowSettings['producer'];
  mapping: MappingSettings;
  functions: Readonly<
    Record<'replicate' | 'checkpoint' | 'discover' | 'heartbeat', FunctionSettings>
  >;
  logs: { level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'; retentionDays: number };
  tracingEnabled: boolean;
  /** Of the state table and the failure destination; AWS's own keys where it is absent. */
  kmsKeyArn?: string;
  /** DynamoDB table of the flow's state. */
  stateTable: string;
  onError: 'halt';
  refreshTopics: Schedule;
  syncTopicConfigs: Schedule;
  syncTopicAcls: Schedule;
  syncGroupOffsets: Schedule;
  checkpoints: EmissionSettings;
  heartbeats: EmissionSettings;
  offsetSyncs: OffsetSyncSettings;
  adminTimeoutMs: number;
  alarms: AlarmSettings;
}

/** Thresholds of what is alarmed about, and where that goes. */
export interface AlarmSettings {
  lagSeconds: number;
  /** Without it lag is measured in time alone. */
  lagRecords?: number;
  heartbeatAgeSeconds: number;
  /** SNS; one is created where there is none. */
  topicArn?: string;
  /** Of the page with a section for each alarm. */
  runbookUrl: string;
}

/** Java regular expressions; a name is taken where one of `include` and none of `exclude` match. */
export interface PatternLists {
  include: readonly string[];
  exclude: readonly string[];
}

export interface RemoteTopicSettings {
  /** -1 is the target's own default. */
  replicationFactor: number;
  /** Java regular expressions of topic settings that are never copied. */
  configPropertiesExclude: readonly string[];
  useDefaultsFrom: 'source' | 'target';
  /** True where heartbeats topics are mirrored even if the topic filter does not take them. */
  heartbeatsReplicationEnabled: boolean;
}

/** How the event source mappings of the flow read. */
export interface MappingSettings {
  startingPosition: StartingPosition;
  /** Of topics that begin elsewhere, by name. */
  topicStartingPositions: Readonly<Record<string, StartingPosition>>;
  /** Records of one event at most, 1..10000. */
  batchSize: number;
  /** 0 invokes as soon as records are there. */
  maximumBatchingWindowSeconds: number;
  /** Present in provisioned mode only. */
  pollers?: { minimum: number; maximum: number; group?: string };
  /** Where Lambda reports events that it gives up; provisioned mode only. */
  failureDestinationArn?: string;
  /** The stack creates one. */
  failureDestination?: { type: 's3' | 'sqs'; retentionDays: number };
  tags: Readonly<Record<string, string>>;
  /** What becomes of the mapping of a topic that the source does not have any more. */
  deletedTopics: 'keep' | 'report' | 'delete';
}

export type StartingPosition =
  | { at: 'earliest' | 'latest' }
  | { at: 'timestamp'; timestampMs: number };

export interface FunctionSettings {
  memorySizeMb: number;
  timeoutSeconds: number;
  /** Invocations at the same time at most. */
  reservedConcurrency?: number;
}

export interface OffsetSyncSettings {
  enabled: boolean;
  location: 'source' | 'target';
  lagMax: number;
  topicReplicationFactor: number;
}

export interface Schedule {
  enabled: boolean;
  intervalSeconds: number;
}

/** What is written into a topic of MM2's own from time to time. */
export interface EmissionSettings extends Schedule {
  /** -1 is the cluster's own default. */
  topicReplicationFactor: number;
}

/** Something that must be corrected. Never holds the value of a key that holds a secret. */
export interface Problem {
  file: string;
  /** From 1; absent where something is missing from the whole file. */
  line?: number;
  key: string;
  found: string;
  expected: string;
}

/** Something that loads but does not mean what it seems to, or has no effect. */
export interface Warning {
  file: string;
  line?: number;
  key: string;
  reason: string;
}

export type LoadResult =
  | { configuration: Configuration; problems?: undefined; warnings: readonly Warning[] }
  | { configuration?: undefined; problems: readonly Problem[]; warnings: readonly Warning[] };

/** A flow's name in MM2's words, as `--flow` takes it. */
export function flowName(flow: { source: string; target: string }): string {
  return `${flow.source}->${flow.target}`;
}
