/**
 * The one place that owns the functions' environment variables: the stack and the local host write
 * them, the functions read them. Bundled into the functions, so it checks by hand instead of zod.
 */
import { type Field, scheduleOf, variableField } from './field.ts';
import type {
  ClusterSettings,
  FlowSettings,
  ProvenanceFlow,
  ProvenanceSettings,
  ReplicationPolicySettings,
} from './flow-settings.ts';
import type { EmissionSettings, OffsetSyncSettings, PatternLists } from './model.ts';

const flowVariable = 'MIRRORLESS_FLOW';

/** The environment of every function of a flow; holds no secret. */
export function writeEnvironment(settings: FlowSettings): Record<string, string> {
  return { [flowVariable]: JSON.stringify(settings) };
}

/** Throws CONFIGURATION_INVALID naming the field that is missing or of another kind. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): FlowSettings {
  return flowSettingsOf(variableField(environment, flowVariable));
}

function flowSettingsOf(field: Field): FlowSettings {
  const producer = field.at('producer');
  const provenance = field.maybe('provenance', provenanceOf);
  return {
    source: clusterOf(field.at('source')),
    target: clusterOf(field.at('target')),
    enabled: field.at('enabled').flag(),
    topics: patternsOf(field.at('topics')),
    groups: patternsOf(field.at('groups')),
    startsAtEarliest: field.at('startsAtEarliest').flag(),
    heartbeatsReplicationEnabled: field.at('heartbeatsReplicationEnabled').flag(),
    replicationPolicy: policyOf(field.at('replicationPolicy')),
    ...(provenance && { provenance }),
    producer: {
      compressionType: producer
        .at('compressionType')
        .oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
      requestTimeoutMs: producer.at('requestTimeoutMs').positiveInteger(),
    },
    checkpoints: emittingOf(field.at('checkpoints')),
    syncGroupOffsets: scheduleOf(field.at('syncGroupOffsets')),
    heartbeats: emittingOf(field.at('heartbeats')),
    offsetSyncs: offsetSyncsOf(field.at('offsetSyncs')),
    adminTimeoutMs: field.at('adminTimeoutMs').positiveInteger(),
    stateTable: field.at('stateTable').text(),
    reportBatchItemFailures: field.at('reportBatchItemFailures').flag(),
  };
}

function clusterOf(field: Field): ClusterSettings {
  return {
    alias: field.at('alias').text(),
    bootstrapServers: field.at('bootstrapServers').texts(),
  };
}

function policyOf(field: Field): ReplicationPolicySettings {
  return {
    class: field.at('class').oneOf(['DefaultReplicationPolicy', 'IdentityReplicationPolicy']),
    separator: field.at('separator').text(),
    internalTopicSeparatorEnabled: field.at('internalTopicSeparatorEnabled').flag(),
    separatorConfigured: field.at('separatorConfigured').flag(),
  };
}

function provenanceOf(field: Field): ProvenanceSettings {
  return {
    addsHeader: field.at('addsHeader').flag(),
    flows: field.at('flows').items(provenanceFlowOf),
  };
}

function provenanceFlowOf(field: Field): ProvenanceFlow {
  const topics = field.maybe('topics', patternsOf);
  return {
    source: field.at('source').text(),
    target: field.at('target').text(),
    stateTable: field.at('stateTable').text(),
    ...(topics && { topics }),
  };
}

function patternsOf(field: Field): PatternLists {
  return { include: field.at('include').anyTexts(), exclude: field.at('exclude').anyTexts() };
}

function emittingOf(field: Field): EmissionSettings {
  const topicReplicationFactor = field.at('topicReplicationFactor').integer();
  return { ...scheduleOf(field), topicReplicationFactor };
}

function offsetSyncsOf(field: Field): OffsetSyncSettings {
  return {
    enabled: field.at('enabled').flag(),
    location: field.at('location').oneOf(['source', 'target']),
    lagMax: field.at('lagMax').integer(),
    topicReplicationFactor: field.at('topicReplicationFactor').integer(),
  };
}
