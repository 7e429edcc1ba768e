/**
 * What the discover function knows beside the settings of its flow, in an environment variable of
 * its own: the others do not need it.
 */

import { type SourceAccess, sourceAccessTypes } from '../aws/mappings.ts';
import { type Field, scheduleOf, variableField } from '../config/field.ts';
import type {
  Configuration,
  Flow,
  MappingSettings,
  RemoteTopicSettings,
  Schedule,
  StartingPosition,
} from '../config/model.ts';
import { type MappedFlow, mappedFlow } from './mapping-parameters.ts';

export interface DiscoverySettings {
  /** Of the replicate function: its mappings are kept. */
  functionName: string;
  mapped: MappedFlow;
  /** Topics whose mappings are the stack’s; on a laptop there are none. */
  stackTopics?: readonly string[];
  remoteTopics: RemoteTopicSettings;
  refreshTopics: Schedule;
  syncTopicConfigs: Schedule;
  syncTopicAcls: Schedule;
}

export function discoverySettings(
  configuration: Configuration,
  flow: Flow,
  functionName: string,
  stackTopics?: readonly string[],
): DiscoverySettings {
  const { remoteTopics, refreshTopics, syncTopicConfigs, syncTopicAcls } = flow;
  const mapped = mappedFlow(configuration, flow);
  const schedules = { refreshTopics, syncTopicConfigs, syncTopicAcls };
  const ofStack = stackTopics && { stackTopics };
  return { functionName, mapped, ...ofStack, remoteTopics, ...schedules };
}

const variable = 'MIRRORLESS_DISCOVERY';

export function writeDiscoveryEnvironment(settings: DiscoverySettings): Record<string, string> {
  return { [variable]: JSON.stringify(settings) };
}

/** Throws CONFIGURATION_INVALID naming the field that is missing or of another kind. */
export function readDiscoveryEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): DiscoverySettings {
  const field = variableField(environment, variable);
  const stackTopics = field.maybe('stackTopics', (topics) => topics.anyTexts());
  return {
    functionName: field.at('functionName').text(),
    mapped: mappedOf(field.at('mapped')),
    ...(stackTopics !== undefined && { stackTopics }),
    remoteTopics: remoteTopicsOf(field.at('remoteTopics')),
    refreshTopics: scheduleOf(field.at('refreshTopics')),
    syncTopicConfigs: scheduleOf(field.at('syncTopicConfigs')),
    syncTopicAcls: scheduleOf(field.at('syncTopicAcls')),
  };
}

function mappedOf(field: Field): MappedFlow {
  const sourceArn = field.maybe('sourceArn', text);
  return {
    source: field.at('source').text(),
    target: field.at('target').text(),
    ...(sourceArn !== undefined && { sourceArn }),
    bootstrapServers: field.at('bootstrapServers').texts(),
    access: field.at('access').items(accessOf),
    mapping: mappingOf(field.at('mapping')),
  };
}

const text = (field: Field): string => field.text();

function accessOf(field: Field): SourceAccess {
  const URI = field.maybe('URI', text);
  return { Type: field.at('Type').oneOf(sourceAccessTypes), ...(URI !== undefined && { URI }) };
}

function mappingOf(field: Field): MappingSettings {
  const pollers = field.maybe('pollers', pollersOf);
  const failureDestinationArn = field.maybe('failureDestinationArn', text);
  return {
    startingPosition: positionOf(field.at('startingPosition')),
    topicStartingPositions: field.at('topicStartingPositions').entries(positionOf),
    batchSize: field.at('batchSize').positiveInteger(),
    maximumBatchingWindowSeconds: field.at('maximumBatchingWindowSeconds').integer(),
    ...(pollers !== undefined && { pollers }),
    ...(failureDestinationArn !== undefined && { failureDestinationArn }),
    tags: field.at('tags').entries((tag) => tag.anyText()),
    deletedTopics: field.at('deletedTopics').oneOf(['keep', 'report', 'delete']),
  };
}

function pollersOf(field: Field): NonNullable<MappingSettings['pollers']> {
  const group = field.maybe('group', text);
  return {
    minimum: field.at('minimum').positiveInteger(),
    maximum: field.at('maximum').positiveInteger(),
    ...(group !== undefined && { group }),
  };
}

function positionOf(field: Field): StartingPosition {
  const at = field.at('at').oneOf(['earliest', 'latest', 'timestamp']);
  return at === 'timestamp' ? { at, timestampMs: field.at('timestampMs').integer() } : { at };
}

function remoteTopicsOf(field: Field): RemoteTopicSettings {
  return {
    replicationFactor: field.at('replicationFactor').integer(),
    configPropertiesExclude: field.at('configPropertiesExclude').anyTexts(),
    useDefaultsFrom: field.at('useDefaultsFrom').oneOf(['source', 'target']),
    heartbeatsReplicationEnabled: field.at('heartbeatsReplicationEnabled').flag(),
  };
}
