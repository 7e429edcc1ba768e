/**
 * The one place that owns the functions' environment variables: the stack and the local host write
 * them, the functions read them. Bundled into the functions, so it checks by hand instead of zod.
 */
import { MirrorlessError } from '../errors.ts';
import { readAuthentication } from './authentication-json.ts';
import { type Field, scheduleOf, variableField } from './field.ts';
import type {
  ClusterSettings,
  FlowSettings,
  ProvenanceFlow,
  ProvenanceSettings,
  ReplicationPolicySettings,
} from './flow-settings.ts';
import type { EmissionSettings, OffsetSyncSettings, PatternLists } from './model.ts';
import { Secret } from './secret.ts';

const flowVariable = 'MIRRORLESS_FLOW';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of every function of a flow; holds no secret. Throws CONFIGURATION_INVALID where
 * clients would need what is on this machine alone: `checkClientLogin` says what to do instead.
 */
export function writeEnvironment(settings: FlowSettings): Record<string, string> {
  return {
    [flowVariable]: stringify(settings, () => {
      const what = 'a secret of this configuration is not in Secrets Manager.';
      throw new MirrorlessError('CONFIGURATION_INVALID', what);
    }),
  };
}

/** For a process of this machine: each secret has a variable of its own. */
export function writeLocalEnvironment(settings: FlowSettings): Record<string, string> {
  const secrets: Record<string, string> = {};
  const flow = stringify(settings, (secret) => {
    const variable = `MIRRORLESS_SECRET_${Object.keys(secrets).length + 1}`;
    secrets[variable] = secret.reveal();
    return { variable };
  });
  return { [flowVariable]: flow, ...secrets };
}

function stringify(settings: FlowSettings, substitute: (secret: Secret) => object): string {
  return JSON.stringify(settings, function (this: Record<string, unknown>, name, value: unknown) {
    // The second parameter is what `toJSON` of a secret made of it.
    const original = this[name];
    return original instanceof Secret ? substitute(original) : value;
  });
}

/** Throws CONFIGURATION_INVALID naming the field that is missing or of another kind. */
export function readEnvironment(environment: Environment): FlowSettings {
  return flowSettingsOf(variableField(environment, flowVariable), environment);
}

function flowSettingsOf(field: Field, environment: Environment): FlowSettings {
  const producer = field.at('producer');
  const provenance = field.maybe('provenance', provenanceOf);
  return {
    source: clusterOf(field.at('source'), environment),
    target: clusterOf(field.at('target'), environment),
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

function clusterOf(field: Field, environment: Environment): ClusterSettings {
  const authentication = field.maybe('authentication', (own) =>
    readAuthentication(own, environment),
  );
  return {
    alias: field.at('alias').text(),
    bootstrapServers: field.at('bootstrapServers').texts(),
    ...(authentication && { authentication }),
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
  const region = field.maybe('region', (name) => name.text());
  const topics = field.maybe('topics', patternsOf);
  return {
    source: field.at('source').text(),
    target: field.at('target').text(),
    stateTable: field.at('stateTable').text(),
    ...(region !== undefined && { region }),
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
