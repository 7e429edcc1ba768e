/** How a command reaches a flow: both of its clusters, and its state. */
import type { Command } from 'commander';
import { type OtherWays, otherWays } from '../checkpoint/other-ways.ts';
import { type FlowSettings, flowSettings } from '../config/flow-settings.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { openDataPlane } from '../kafka/data-plane.ts';
import { openGroups } from '../kafka/groups.ts';
import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import { type PatternFilter, patternFilter } from '../policy/pattern-filter.ts';
import { type ReplicationPolicy, replicationPolicy } from '../policy/replication-policy.ts';
import { dynamoCheckpointStore } from '../state/checkpoints.ts';
import { dynamoStateStore } from '../state/dynamodb.ts';
import type { CheckpointStore, StateStore } from '../state/ports.ts';
import { type ExitCode, exitCodes, type Io, UsageError } from './command.ts';
import { readConfiguration } from './configuration-file.ts';
import { Interruption } from './interruption.ts';
import { configurationOption } from './options.ts';
import { openStateClient } from './state-client.ts';

export interface FlowOptions {
  config: string;
  /** May be left out where the configuration enables one flow. */
  flow?: string;
  /** The folder of `mirrorless local`. */
  state?: string;
}

/** One side of a flow. Nothing is connected to before it is asked. */
export interface ClusterAccess {
  dataPlane: KafkaDataPlane;
  groups: KafkaGroups;
}

export interface FlowAccess extends AsyncDisposable {
  /** `source->target` */
  name: string;
  settings: FlowSettings;
  policy: ReplicationPolicy;
  topicFilter: PatternFilter;
  groupFilter: PatternFilter;
  source: ClusterAccess;
  target: ClusterAccess;
  state: StateStore;
  otherWays?: OtherWays;
  checkpoints: CheckpointStore;
}

/** Adds `--config`, `--flow` and `--state`. */
export function addFlowOptions(command: Command): Command {
  return command
    .addOption(configurationOption())
    .option('--flow <flow>', 'named source->target; needed where more than one is enabled')
    .option('--state <dir>', 'the state folder of `mirrorless local`, instead of DynamoDB');
}

/**
 * Does what a command does with a flow, and closes all of it. Wrong options end with `usage`; Ctrl-C
 * ends at once where `work` only reads, and by the signal where it says that it ends in order.
 */
export async function withFlow(
  options: FlowOptions,
  io: Io,
  work: (access: FlowAccess, signal: AbortSignal) => Promise<ExitCode>,
  { endsInOrder = false } = {},
): Promise<ExitCode> {
  const configuration = await readConfiguration(options.config, io);
  if (configuration === undefined) return exitCodes.usage;
  const flow = chosenFlow(configuration, options.flow);
  const notify = (text: string): void => void io.stderr.write(`${text}\n`);
  using interruption = new Interruption(notify);
  const { signal } = interruption;
  await using stack = new AsyncDisposableStack();
  const dynamoDb = stack.use(await openStateClient(options, io, notify)).client;
  const settings = flowSettings(configuration, flow);
  const access = stack.use(flowAccess(settings, dynamoDb));
  if (endsInOrder) return await work(access, signal);
  return await Promise.race([work(access, signal), interrupted(signal)]);
}

function chosenFlow({ flows }: Configuration, name: string | undefined): Flow {
  const enabled = flows.filter((flow) => flow.enabled);
  if (enabled.length === 0) throw new UsageError('the configuration enables no flow');
  const list = enabled.map(flowName).join(', ');
  if (name === undefined && enabled.length > 1) {
    throw new UsageError(`--flow must say which of the enabled flows is meant: ${list}`);
  }
  const found = name === undefined ? enabled[0] : enabled.find((flow) => flowName(flow) === name);
  if (found !== undefined) return found;
  throw new UsageError(`the configuration enables no flow ${name}; it enables ${list}`);
}

/** A flow of which the state's client is open, and stays open. */
export function flowAccess(
  settings: FlowSettings,
  client: Parameters<typeof dynamoStateStore>[0]['client'],
): FlowAccess {
  const { topics, groups, replicationPolicy: naming, stateTable } = settings;
  const name = flowName({ source: settings.source.alias, target: settings.target.alias });
  const source = clusterAccess(settings, 'source');
  const target = clusterAccess(settings, 'target');
  const stateOf = (table: string, flow: string) => dynamoStateStore({ client, table, flow });
  const others = otherWays(settings, (way) => stateOf(way.stateTable, flowName(way)));
  return {
    name,
    settings,
    policy: replicationPolicy(naming, settings.source.alias),
    topicFilter: patternFilter(topics),
    groupFilter: patternFilter(groups),
    source,
    target,
    state: stateOf(stateTable, name),
    ...(others && { otherWays: others }),
    checkpoints: dynamoCheckpointStore({ client, table: stateTable, flow: name }),
    async [Symbol.asyncDispose]() {
      const opened = [source.dataPlane, source.groups, target.dataPlane, target.groups];
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

function clusterAccess(settings: FlowSettings, side: 'source' | 'target'): ClusterAccess {
  const { requestTimeoutMs } = settings.producer;
  const options = { cluster: settings[side], side, requestTimeoutMs };
  return { dataPlane: openDataPlane(options), groups: openGroups(options) };
}

function interrupted(signal: AbortSignal): Promise<ExitCode> {
  const { promise, resolve } = Promise.withResolvers<ExitCode>();
  const end = (): void => resolve(exitCodes.interrupted);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return promise;
}
