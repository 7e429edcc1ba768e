/** How a command reaches a flow: both of its clusters, and its state. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Command, Option } from 'commander';
import type { MappingsApi } from '../aws/mappings.ts';
import { otherWays } from '../checkpoint/other-ways.ts';
import type { OtherWays } from '../checkpoint/pass-read.ts';
import { type FlowSettings, flowSettings } from '../config/flow-settings.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { openDataPlane } from '../kafka/data-plane.ts';
import { openGroups } from '../kafka/groups.ts';
import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import { type TopicCreation, topicCreation } from '../kafka/topic-creation.ts';
import { mirrors } from '../policy/mirrored.ts';
import { type PatternFilter, patternFilter } from '../policy/pattern-filter.ts';
import { type ReplicationPolicy, replicationPolicy } from '../policy/replication-policy.ts';
import { dynamoCheckpointStore } from '../state/checkpoints.ts';
import { dynamoClusterIds } from '../state/cluster-ids.ts';
import { dynamoStateStore } from '../state/dynamodb.ts';
import { dynamoKnownTopics } from '../state/known-topics.ts';
import { dynamoPauses } from '../state/pauses.ts';
import type {
  CheckpointStore,
  ClusterIdStore,
  KnownTopicStore,
  PauseStore,
  SampledSyncStore,
  StateStore,
} from '../state/ports.ts';
import type { ClientIn } from '../state/regions.ts';
import { dynamoSampledSyncs } from '../state/sampled-store.ts';
import { createStateTable } from '../state/table.ts';
import { enabledFlow, enabledFlows } from './chosen-flows.ts';
import { type ExitCode, exitCodes, type Io } from './command.ts';
import { readConfiguration } from './configuration-file.ts';
import { Interruption } from './interruption.ts';
import { mappingsAt } from './lambda-client.ts';
import { configurationOption } from './options.ts';
import { openStateClient } from './state-client.ts';

export interface FlowOptions {
  config: string;
  /** May be left out where the configuration enables one flow. */
  flow?: string;
  /** The folder of `mirrorless local`. */
  state?: string;
}

export interface FlowsOptions extends Omit<FlowOptions, 'flow'> {
  /** By default all that the configuration enables. */
  flow?: string[];
}

/** One side of a flow. Nothing is connected to before it is asked. */
export interface ClusterAccess {
  dataPlane: KafkaDataPlane;
  groups: KafkaGroups;
  /** Creates topics of MM2's own, where they are missing. */
  admin: TopicCreation;
}

export interface FlowAccess extends AsyncDisposable {
  /** `source->target` */
  name: string;
  configuration: Configuration;
  flow: Flow;
  settings: FlowSettings;
  policy: ReplicationPolicy;
  topicFilter: PatternFilter;
  groupFilter: PatternFilter;
  /** Which topics of the source the flow mirrors, by name alone. */
  mirrors(topic: string): boolean;
  source: ClusterAccess;
  target: ClusterAccess;
  state: StateStore;
  otherWays?: OtherWays;
  checkpoints: CheckpointStore;
  clusterIds: ClusterIdStore;
  knownTopics: KnownTopicStore;
  pauses: PauseStore;
  sampledSyncs: SampledSyncStore;
}

/** What a command is given. */
export interface CommandAccess extends FlowAccess {
  /** Looked for where the state is, when they are first asked for; see lambda-client.ts. */
  mappings: MappingsApi;
}

type Work<T> = (access: T, signal: AbortSignal) => Promise<ExitCode>;

interface HowItRuns {
  /** True where `work` ends by the signal; otherwise Ctrl-C ends it at once. */
  endsInOrder?: boolean;
  /** True where the state need not be there yet. */
  beginsState?: boolean;
}

/** Adds `--config`, `--flow` and `--state`. */
export function addFlowOptions(command: Command): Command {
  return command
    .addOption(configurationOption())
    .option('--flow <flow>', 'named source->target; needed where more than one is enabled')
    .addOption(stateOption());
}

/** The same, where `--flow` may be given more than once. */
export function addFlowsOptions(command: Command): Command {
  return command
    .addOption(configurationOption())
    .option('--flow <flow...>', 'only these, named source->target; by default all that are enabled')
    .addOption(stateOption());
}

function stateOption(): Option {
  return new Option(
    '--state <dir>',
    'the state folder of `mirrorless local`, instead of AWS’s DynamoDB and Lambda',
  );
}

/**
 * Does what a command does with a flow, and closes all of it. Wrong options end with `usage`; Ctrl-C
 * ends at once where `work` only reads, and by the signal where it says that it ends in order. Where
 * it begins a state, that of a folder is created; on AWS the stack has its table.
 */
export async function withFlow(
  options: FlowOptions,
  io: Io,
  work: Work<CommandAccess>,
  how: HowItRuns = {},
): Promise<ExitCode> {
  const choose = (configuration: Configuration) => [enabledFlow(configuration, options.flow)];
  return withChosen(options, { io, choose, work: ([only], signal) => work(only!, signal) }, how);
}

/** The same with several flows. */
export async function withFlows(
  options: FlowsOptions,
  io: Io,
  work: Work<readonly CommandAccess[]>,
  how: HowItRuns = {},
): Promise<ExitCode> {
  const choose = (configuration: Configuration) => enabledFlows(configuration, options.flow);
  return withChosen(options, { io, choose, work }, how);
}

interface Chosen {
  io: Io;
  choose(configuration: Configuration): Flow[];
  work: Work<readonly CommandAccess[]>;
}

async function withChosen(
  options: Pick<FlowOptions, 'config' | 'state'>,
  { io, choose, work }: Chosen,
  { endsInOrder = false, beginsState = false }: HowItRuns,
): Promise<ExitCode> {
  const configuration = await readConfiguration(options.config, io);
  if (configuration === undefined) return exitCodes.usage;
  const flows = choose(configuration);
  const notify = (text: string): void => void io.stderr.write(`${text}\n`);
  using interruption = new Interruption(notify);
  const { signal } = interruption;
  await using stack = new AsyncDisposableStack();
  const where = { ...options, mayBegin: beginsState };
  const { client, clientIn } = stack.use(await openStateClient(where, io, notify));
  if (beginsState && options.state) {
    for (const { stateTable } of flows) await createStateTable(client, stateTable);
  }
  const mappings = stack.use(mappingsAt(where, io));
  const accesses = flows.map((flow) => {
    const access = stack.use(flowAccess({ configuration, flow }, client, clientIn));
    return { ...access, mappings };
  });
  if (endsInOrder) return await work(accesses, signal);
  return await Promise.race([work(accesses, signal), interrupted(signal)]);
}

/**
 * A flow of which the state's client is open, and stays open.
 *
 * @param clientIn where the state of another flow is; by default all is in one place
 */
export function flowAccess(
  { configuration, flow }: { configuration: Configuration; flow: Flow },
  client: DynamoDBClient,
  clientIn: ClientIn = () => client,
): FlowAccess {
  const settings = flowSettings(configuration, flow);
  const { topics, groups, replicationPolicy: naming, stateTable: table } = settings;
  const name = flowName(flow);
  const source = clusterAccess(settings, 'source');
  const target = clusterAccess(settings, 'target');
  const stored = { client, table, flow: name };
  const policy = replicationPolicy(naming, settings.source.alias);
  const topicFilter = patternFilter(topics);
  const mirrored = {
    policy,
    topicFilter,
    targetAlias: settings.target.alias,
    heartbeatsReplicationEnabled: settings.heartbeatsReplicationEnabled,
  };
  const others = otherWays(settings, (way) =>
    dynamoStateStore({ client: clientIn(way.region), table: way.stateTable, flow: flowName(way) }),
  );
  return {
    name,
    configuration,
    flow,
    settings,
    policy,
    topicFilter,
    groupFilter: patternFilter(groups),
    mirrors: (topic) => mirrors(topic, mirrored),
    source,
    target,
    state: dynamoStateStore(stored),
    ...(others && { otherWays: others }),
    checkpoints: dynamoCheckpointStore(stored),
    clusterIds: dynamoClusterIds(stored),
    knownTopics: dynamoKnownTopics(stored),
    pauses: dynamoPauses(stored),
    sampledSyncs: dynamoSampledSyncs(stored),
    async [Symbol.asyncDispose]() {
      const opened = [source.dataPlane, source.groups, target.dataPlane, target.groups];
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

function clusterAccess(settings: FlowSettings, side: 'source' | 'target'): ClusterAccess {
  const { requestTimeoutMs } = settings.producer;
  const options = { cluster: settings[side], side, requestTimeoutMs };
  const dataPlane = openDataPlane(options);
  return { dataPlane, groups: openGroups(options), admin: topicCreation(dataPlane, options) };
}

function interrupted(signal: AbortSignal): Promise<ExitCode> {
  const { promise, resolve } = Promise.withResolvers<ExitCode>();
  const end = (): void => resolve(exitCodes.interrupted);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return promise;
}
