import type { Command } from 'commander';
import type { MappingsApi } from '../../aws/mappings.ts';
import {
  type DiscoveryDependencies,
  type DiscoveryPlan,
  type DiscoveryRun,
  discover as discoverFlow,
  dutiesOf,
  planDiscovery,
} from '../../discovery/discover.ts';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
  UsageError,
} from '../command.ts';
import { type ConfirmOptions, confirm } from '../confirm.ts';
import { addFlowOptions, type CommandAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { discoverExitCode, discoveryOf } from '../flows/discovery.ts';
import { waitForLambda } from '../flows/wait-for-lambda.ts';
import { outputOption } from '../options.ts';
import {
  discoveryJson,
  discoveryWarnings,
  renderDiscovery,
  summarizeDiscovery,
} from '../render/discovery.ts';
import { LiveBlock } from '../render/live.ts';
import { counted, formatCount } from '../render/numbers.ts';
import { paintFor } from '../render/table.ts';
import { dryRunExitCode, showPlan } from './plan.ts';

interface DiscoverOptions extends FlowOptions, ConfirmOptions {
  output: OutputFormat;
}

const about = `
Does what the discover function does on its schedule, now: remote topics and their partitions,
settings, ACLs, and event source mappings. What is refused is named, and the rest is done; to run it
again, or while the function runs, is safe. It asks only where mappings would be deleted, which keeps
their positions. Lambda's API takes about a minute for a thousand mappings.

Examples:
  mirrorless discover -c mm2.properties --dry-run
  mirrorless discover -c mirrorless.yaml --flow us->eu -y

Columns as in \`mirrorless plan\`, and OUTCOME: done, waits (for Lambda), refused.

-o json: {flow, mirroredTopics, done: [action], waiting: [action], refused: [{kind, topic, setting,
error}], detectedStates, unmatchedPatterns, unknownSettings, withoutAcls, failures: [{code,
message}]}; see \`mirrorless plan --help\`, whose result is also that of --dry-run.

Ends with 0 where everything was done; with 4 where something was refused, waits, could not be looked
at, or a pattern of topics takes none; with 1 where nothing could be done.`;

const waitMaxMs = 120_000;

/** `mirrorless discover -c FILE [--dry-run]` */
export const discover: CliCommand<DiscoverOptions> = {
  name: 'discover',
  summary: 'look for topics now: create and keep remote topics and event source mappings',
  configure(command: Command) {
    addFlowOptions(command)
      .option('--dry-run', 'show what would be done, as `mirrorless plan` does, and do nothing')
      .option('-y, --yes', 'delete mappings without asking')
      .addOption(outputOption())
      .addHelpText('after', about);
  },
  run: (options, io) =>
    withFlow(options, io, (access, signal) => run({ options, access, signal, io }), {
      endsInOrder: options.dryRun !== true,
    }),
};

interface Run {
  options: DiscoverOptions;
  access: CommandAccess;
  signal: AbortSignal;
  io: Io;
}

async function run(given: Run): Promise<ExitCode> {
  const { options, access, signal, io } = given;
  if (options.dryRun) return dryRunExitCode(await showPlan(options, access, io));
  await using discovery = discoveryOf(access);
  const planned = await looking(discovery, io);
  const deleted = planned.mappings.filter(({ kind }) => kind === 'delete');
  if (deleted.length > 0 && !options.yes && !(await mayDelete(deleted, given))) {
    io.stderr.write('nothing was done\n');
    return signal.aborted ? exitCodes.interrupted : exitCodes.failed;
  }
  if (signal.aborted) return exitCodes.interrupted;
  const changes = planned.mappings.filter(({ kind }) => kind !== 'leave' && kind !== 'blocked');
  return tell(await carryOut(discovery, changes.length, given), given);
}

async function looking(discovery: DiscoveryDependencies, io: Io): Promise<DiscoveryPlan> {
  const live = new LiveBlock(io.stderr);
  live.draw(['looking at both clusters, the state and the mappings']);
  try {
    return await planDiscovery(discovery, dutiesOf(discovery.settings), Date.now());
  } finally {
    live.clear();
  }
}

async function mayDelete(
  deleted: readonly { topic: string; reason: string }[],
  { io, signal }: Run,
): Promise<boolean> {
  const mappings = counted(deleted.length, 'event source mapping');
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    const why = `${mappings} would be deleted, and nobody can be asked here`;
    throw new UsageError(`${why}: --yes or --dry-run must be given`);
  }
  for (const { topic, reason } of deleted)
    io.stderr.write(`delete mapping of ${topic}: ${reason}\n`);
  return confirm(`Delete ${mappings}?`, io, signal);
}

async function carryOut(
  discovery: DiscoveryDependencies,
  changeCount: number,
  { signal, io }: Run,
): Promise<DiscoveryRun> {
  const live = new LiveBlock(io.stderr);
  live.draw(['remote topics first, then their mappings']);
  const mappings = counting(discovery.mappings, (count) => {
    const text = `${formatCount(count)} of ${counted(changeCount, 'change')} of mappings`;
    if (live.isTerminal) live.draw([text]);
    else if (count % saidEach === 0) live.say(text);
  });
  try {
    return await discoverFlow({ ...discovery, mappings }, dutiesOf(discovery.settings), {
      nowMs: Date.now(),
      waitForLambda: waitForLambda({ signal, io, maxMs: waitMaxMs }),
    });
  } finally {
    live.clear();
  }
}

const saidEach = 100;

/** Tells of every change that Lambda has answered. */
function counting(api: MappingsApi, onChange: (count: number) => void): MappingsApi {
  let count = 0;
  const counted = async <T>(change: Promise<T>): Promise<T> => {
    const result = await change;
    count += 1;
    onChange(count);
    return result;
  };
  return {
    ...api,
    create: (parameters) => counted(api.create(parameters)),
    update: (uuid, update) => counted(api.update(uuid, update)),
    delete: (uuid) => counted(api.delete(uuid)),
    tag: (arn, tags) => counted(api.tag(arn, tags)),
  };
}

/** Results on standard output, words on standard error. */
function tell(found: DiscoveryRun, { options, access, signal, io }: Run): ExitCode {
  const lines =
    options.output === 'json'
      ? [JSON.stringify(discoveryJson(found, access.name))]
      : renderDiscovery(found, { now: Date.now(), paint: paintFor(io.stdout) });
  for (const line of lines) io.stdout.write(`${line}\n`);
  for (const line of discoveryWarnings(found)) io.stderr.write(`warning: ${line}\n`);
  io.stderr.write(`${summarizeDiscovery(found, access.name)}\n`);
  return signal.aborted ? exitCodes.interrupted : discoverExitCode(found);
}
