/**
 * The one place that owns the functions' environment variables: the stack and the local host write
 * them, the functions read them. Bundled into the functions, so it checks by hand instead of zod.
 */
import { MirrorlessError } from '../errors.ts';
import type { ClusterSettings, FlowSettings, ReplicationPolicySettings } from './flow-settings.ts';
import type { EmissionSettings, OffsetSyncSettings, PatternLists, Schedule } from './model.ts';

const flowVariable = 'MIRRORLESS_FLOW';

/** The environment of every function of a flow; holds no secret. */
export function writeEnvironment(settings: FlowSettings): Record<string, string> {
  return { [flowVariable]: JSON.stringify(settings) };
}

/** Throws CONFIGURATION_INVALID naming the field that is missing or of another kind. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): FlowSettings {
  const text = environment[flowVariable];
  if (text === undefined) throw invalid('is not set');
  return flowSettingsOf(new Field(parse(text), ''));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('is not JSON', cause);
  }
}

function flowSettingsOf(field: Field): FlowSettings {
  const producer = field.at('producer');
  return {
    source: clusterOf(field.at('source')),
    target: clusterOf(field.at('target')),
    enabled: field.at('enabled').flag(),
    topics: patternsOf(field.at('topics')),
    groups: patternsOf(field.at('groups')),
    startsAtEarliest: field.at('startsAtEarliest').flag(),
    heartbeatsReplicationEnabled: field.at('heartbeatsReplicationEnabled').flag(),
    replicationPolicy: policyOf(field.at('replicationPolicy')),
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

function patternsOf(field: Field): PatternLists {
  return { include: field.at('include').anyTexts(), exclude: field.at('exclude').anyTexts() };
}

function scheduleOf(field: Field): Schedule {
  return {
    enabled: field.at('enabled').flag(),
    intervalSeconds: field.at('intervalSeconds').positiveInteger(),
  };
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

/** A value of the JSON document that knows its path, so that every complaint names it. */
class Field {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  at(name: string): Field {
    if (typeof this.#value !== 'object' || this.#value === null) throw this.#not('an object');
    const value = Object.hasOwn(this.#value, name) ? Reflect.get(this.#value, name) : undefined;
    return new Field(value, `${this.#path}.${name}`);
  }

  text(): string {
    if (typeof this.#value !== 'string' || this.#value === '') throw this.#not('a text');
    return this.#value;
  }

  texts(): string[] {
    const texts = this.anyTexts();
    if (texts.length === 0) throw this.#not('a list of texts');
    return texts;
  }

  /** May be empty. */
  anyTexts(): string[] {
    if (!Array.isArray(this.#value)) throw this.#not('a list of texts');
    return this.#value.map((item, index) => new Field(item, `${this.#path}[${index}]`).text());
  }

  flag(): boolean {
    if (typeof this.#value !== 'boolean') throw this.#not('true or false');
    return this.#value;
  }

  positiveInteger(): number {
    if (!Number.isSafeInteger(this.#value) || Number(this.#value) <= 0) {
      throw this.#not('a positive whole number');
    }
    return Number(this.#value);
  }

  integer(): number {
    if (!Number.isSafeInteger(this.#value)) throw this.#not('a whole number');
    return Number(this.#value);
  }

  oneOf<const T extends string>(allowed: readonly T[]): T {
    const found = allowed.find((item) => item === this.#value);
    if (found === undefined) throw this.#not(`one of ${allowed.join(', ')}`);
    return found;
  }

  #not(expected: string): MirrorlessError {
    return invalid(`needs ${expected} at ${this.#path === '' ? 'its top' : this.#path}`);
  }
}

function invalid(what: string, cause?: unknown): MirrorlessError {
  return new MirrorlessError('CONFIGURATION_INVALID', `${flowVariable} ${what}`, { cause });
}
