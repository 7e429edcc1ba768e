/** From MM2's flat properties to the model, one readable line per setting. */
import { clusterKeys, consumerKeys, flowKeys, producerKeys, type ValueOf } from '../keys.ts';
import {
  type AlarmSettings,
  type Cluster,
  type Configuration,
  type Flow,
  flowName,
  type MappingSettings,
  type Schedule,
  type StartingPosition,
} from '../model.ts';
import { readAuthentication } from './authentication.ts';
import {
  clusterProperties,
  consumerEntry,
  flowProperties,
  type Properties,
  producerEntry,
} from './precedence.ts';
import type { Values } from './read-values.ts';
import type { Report } from './report.ts';

export interface Parts {
  file: string;
  aliases: readonly string[];
  /** The entries that count, by their current names. */
  properties: Properties;
  values: Values;
  report: Report;
}

export function assemble(parts: Parts): Configuration {
  const { file, aliases } = parts;
  const pairs = aliases.flatMap((source) =>
    aliases.filter((target) => target !== source).map((target) => ({ source, target })),
  );
  return {
    file,
    clusters: new Map(aliases.map((alias) => [alias, cluster(alias, parts)])),
    flows: pairs.flatMap((pair) => flow(pair, parts) ?? []),
  };
}

function cluster(alias: string, { properties, values, report }: Parts): Cluster {
  const own = clusterProperties(properties, alias);
  const get = <K extends keyof typeof clusterKeys>(key: K) =>
    values.of(own.get(key), clusterKeys[key]);
  const mskClusterArn = get('msk.cluster.arn');
  const [, , , arnRegion, arnAccountId] = mskClusterArn?.split(':') ?? [];
  const offsetsTopic = get('offset.storage.topic');
  const reached = {
    bootstrapServers: get('bootstrap.servers') ?? [],
    ...given({
      mskClusterArn,
      mskVpcConnectionArn: get('msk.vpc.connection.arn'),
      region: get('aws.region') ?? arnRegion,
      accountId: get('aws.account.id') ?? arnAccountId,
      credentialsSecretArn: get('credentials.secret.arn'),
      serverRootCaSecretArn: get('server.root.ca.secret.arn'),
      secretsKmsKeyArn: get('secrets.kms.key.arn'),
    }),
  };
  return {
    alias,
    ...reached,
    authentication: readAuthentication(alias, reached, { own, values, report }),
    vpc: {
      subnets: get('vpc.subnets') ?? [],
      securityGroups: get('vpc.security.groups') ?? [],
    },
    connectOffsets: {
      ...(offsetsTopic !== undefined && { topic: offsetsTopic }),
      partitionCount: get('offset.storage.partitions') ?? 25,
      replicationFactor: get('offset.storage.replication.factor') ?? 3,
    },
  };
}

/** What is there. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as ReturnType<typeof given<T>>;
}

/** MM2: a flow exists where it is enabled itself, or where it emits heartbeats (the default). */
function flow(pair: { source: string; target: string }, parts: Parts): Flow | undefined {
  const { properties, values } = parts;
  const own = new FlowReader(flowProperties(properties, pair), values);
  const itself = values.of(properties.get(`${flowName(pair)}.enabled`), flowKeys.enabled);
  if (!itself && !own.get('emit.heartbeats.enabled')) return undefined;
  const provenanceHeaderEnabled = own.get('provenance.header.enabled');
  return {
    source: pair.source,
    target: pair.target,
    enabled: own.get('enabled'),
    topics: { include: own.get('topics'), exclude: own.get('topics.exclude') },
    groups: { include: own.get('groups'), exclude: own.get('groups.exclude') },
    replicationPolicy: {
      class: own.get('replication.policy.class'),
      separator: own.get('replication.policy.separator'),
      internalTopicSeparatorEnabled: own.get('replication.policy.internal.topic.separator.enabled'),
      separatorConfigured: own.has('replication.policy.separator'),
    },
    ...(provenanceHeaderEnabled !== undefined && { provenanceHeaderEnabled }),
    remoteTopics: {
      replicationFactor: own.get('replication.factor'),
      configPropertiesExclude: own.get('config.properties.exclude'),
      useDefaultsFrom: own.get('use.defaults.from'),
      heartbeatsReplicationEnabled: own.get('heartbeats.replication.enabled'),
    },
    producer: {
      compressionType: own.producer('compression.type'),
      requestTimeoutMs: own.producer('request.timeout.ms'),
    },
    mapping: mapping(own),
    functions: functionSettings(own),
    logs: { level: own.get('log.level'), retentionDays: own.get('log.retention.days') },
    tracingEnabled: own.get('tracing.enabled'),
    ...given({ kmsKeyArn: own.get('kms.key.arn') }),
    stateTable: own.get('state.table') ?? `mirrorless-${pair.source}-${pair.target}`,
    onError: own.get('on.error'),
    ...scheduled(own),
    adminTimeoutMs: own.get('admin.timeout.ms'),
    alarms: alarmSettings(own),
  };
}

class FlowReader {
  readonly #own: Properties;
  readonly #values: Values;

  constructor(own: Properties, values: Values) {
    this.#own = own;
    this.#values = values;
  }

  has(key: keyof typeof flowKeys): boolean {
    return this.#own.has(key);
  }

  get<K extends keyof typeof flowKeys>(key: K): ValueOf<(typeof flowKeys)[K]> {
    return this.#values.of(this.#own.get(key), flowKeys[key]);
  }

  consumer<K extends keyof typeof consumerKeys>(key: K): ValueOf<(typeof consumerKeys)[K]> {
    return this.#values.of(consumerEntry(this.#own, key), consumerKeys[key]);
  }

  producer<K extends keyof typeof producerKeys>(key: K): ValueOf<(typeof producerKeys)[K]> {
    return this.#values.of(producerEntry(this.#own, key), producerKeys[key]);
  }

  schedule(key: ScheduledKey): Schedule {
    const interval = `${key}.interval.seconds` as const;
    return { enabled: this.get(`${key}.enabled`), intervalSeconds: this.get(interval) };
  }
}

type ScheduledKey =
  | 'refresh.topics'
  | 'sync.topic.configs'
  | 'sync.topic.acls'
  | 'sync.group.offsets'
  | 'emit.checkpoints'
  | 'emit.heartbeats';

function mapping(own: FlowReader): MappingSettings {
  const minimum = own.get('pollers.minimum');
  const maximum = own.get('pollers.maximum');
  const group = own.get('pollers.group');
  const type = own.get('failure.destination.type');
  const retentionDays = own.get('failure.destination.retention.days');
  return {
    startingPosition: startingPosition(own),
    topicStartingPositions: Object.fromEntries(
      (own.get('starting.position.topics') ?? []).map(topicStartingPosition),
    ),
    batchSize: own.get('batch.size'),
    maximumBatchingWindowSeconds: own.get('maximum.batching.window.seconds'),
    ...((minimum !== undefined || maximum !== undefined) && {
      // Lambda's own defaults for the one that is left out.
      pollers: {
        minimum: minimum ?? 1,
        maximum: maximum ?? 200,
        ...(group !== undefined && { group }),
      },
    }),
    ...given({
      failureDestinationArn: own.get('failure.destination.arn'),
      failureDestination: type && { type, retentionDays },
    }),
    tags: Object.fromEntries((own.get('tags') ?? []).map((tag) => tag.split('='))),
    deletedTopics: own.get('deleted.topics'),
  };
}

function startingPosition(own: FlowReader): StartingPosition {
  const at = own.get('starting.position') ?? own.consumer('auto.offset.reset');
  if (at !== 'timestamp') return { at };
  return { at, timestampMs: Date.parse(own.get('starting.position.timestamp') ?? '') };
}

function topicStartingPosition(text: string): [string, StartingPosition] {
  const [topic = '', at = ''] = text.split('=');
  if (at === 'earliest' || at === 'latest') return [topic, { at }];
  return [topic, { at: 'timestamp', timestampMs: Date.parse(at) }];
}

/**
 * Heartbeats end with their minute, so that the next invocation goes on at once. Checkpoints of many
 * groups may take longer than that, and so do mappings of a thousand new topics at the pace of
 * Lambda's API: the next invocation waits, for two would only find the same work.
 */
function functionSettings(own: FlowReader): Flow['functions'] {
  const once = { reservedConcurrency: 1 };
  return {
    replicate: {
      memorySizeMb: own.get('memory.size.mb'),
      timeoutSeconds: own.get('timeout.seconds'),
      ...given({ reservedConcurrency: own.get('reserved.concurrency') }),
    },
    checkpoint: {
      memorySizeMb: own.get('checkpoint.memory.size.mb'),
      timeoutSeconds: own.get('checkpoint.timeout.seconds'),
      ...once,
    },
    discover: {
      memorySizeMb: own.get('discover.memory.size.mb'),
      timeoutSeconds: own.get('discover.timeout.seconds'),
      ...once,
    },
    heartbeat: { memorySizeMb: own.get('heartbeat.memory.size.mb'), timeoutSeconds: 60, ...once },
  };
}

function alarmSettings(own: FlowReader): AlarmSettings {
  const lagRecords = own.get('alarms.lag.records');
  const topicArn = own.get('alarms.topic.arn');
  return {
    lagSeconds: own.get('alarms.lag.seconds'),
    ...(lagRecords !== undefined && { lagRecords }),
    heartbeatAgeSeconds: own.get('alarms.heartbeat.age.seconds'),
    ...(topicArn !== undefined && { topicArn }),
    runbookUrl: own.get('alarms.runbook.url'),
  };
}

function scheduled(own: FlowReader) {
  return {
    refreshTopics: own.schedule('refresh.topics'),
    syncTopicConfigs: own.schedule('sync.topic.configs'),
    syncTopicAcls: own.schedule('sync.topic.acls'),
    syncGroupOffsets: own.schedule('sync.group.offsets'),
    checkpoints: {
      ...own.schedule('emit.checkpoints'),
      topicReplicationFactor: own.get('checkpoints.topic.replication.factor'),
    },
    heartbeats: {
      ...own.schedule('emit.heartbeats'),
      topicReplicationFactor: own.get('heartbeats.topic.replication.factor'),
    },
    offsetSyncs: {
      enabled: own.get('emit.offset-syncs.enabled'),
      location: own.get('offset-syncs.topic.location'),
      lagMax: own.get('offset.lag.max'),
      topicReplicationFactor: own.get('offset-syncs.topic.replication.factor'),
    },
  };
}
