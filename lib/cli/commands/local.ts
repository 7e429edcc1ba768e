import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { Configuration, Flow } from '../../config/model.ts';
import { openAws } from '../../local/aws.ts';
import { LocalHost } from '../../local/host.ts';
import type { FlowStatus } from '../../local/local-flow.ts';
import type { TopicStatus } from '../../local/mirror.ts';
import { chosenFlows } from '../chosen-flows.ts';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { Interruption } from '../interruption.ts';
import { configurationOption, outputOption } from '../options.ts';
import { flowsJson } from '../render/flows-json.ts';
import { LiveBlock } from '../render/live.ts';
import { formatDuration } from '../render/numbers.ts';
import { rateKey, renderProgress } from '../render/progress.ts';
import { paintFor } from '../render/table.ts';
import { Watch } from '../watch.ts';

interface LocalOptions {
  config: string;
  state: string;
  flow?: string[];
  once?: true;
  output: OutputFormat;
}

const examples = `
Examples:
  mirrorless local -c mm2.properties --once      copy what the source holds now, then end
  mirrorless local -c mirrorless.yaml            go on until Ctrl-C, which ends in order
  mirrorless local -c mm2.properties --flow us-east->us-west

Runs the same functions as on Lambda, on this machine: to try a configuration against real
clusters. Production is Lambda. DynamoDB is emulated in the state folder, unless
AWS_ENDPOINT_URL_DYNAMODB names another.`;

/** How often a batch may fail in a row before \`--once\` gives its topic up. */
const attemptsMax = 8;
const pollIntervalMs = 20;

/** `mirrorless local -c FILE` */
export const local: CliCommand<LocalOptions> = {
  name: 'local',
  summary: 'run the flows of a configuration on this machine',
  configure(command: Command) {
    command
      .addOption(configurationOption())
      .option(
        '--state <dir>',
        'keeps positions and logs, found again at the next run',
        '.mirrorless',
      )
      .addOption(new Option('--flow <flow...>', 'only these flows, named source->target'))
      .option('--once', 'end when everything that the source held at the start is copied')
      .addOption(outputOption())
      .addHelpText('after', examples);
  },
  async run(options, io) {
    const configuration = await readConfiguration(options.config, io);
    if (configuration === undefined) return exitCodes.usage;
    const flows = chosenFlows(configuration, options.flow);
    return runFlows({ configuration, flows, options }, io);
  },
};

interface Run {
  configuration: Configuration;
  flows: readonly Flow[];
  options: LocalOptions;
}

async function runFlows({ configuration, flows, options }: Run, io: Io): Promise<ExitCode> {
  const live = new LiveBlock(io.stderr);
  const notify = (text: string): void => live.say(text);
  using interruption = new Interruption(notify);
  const { signal } = interruption;
  const startedAt = Date.now();
  const directory = resolve(options.state);
  await using aws = await openAws(directory, notify);
  const host = await LocalHost.open({ configuration, flows, aws, directory, notify });
  const running = host.run();
  const watch = new Watch(live, paintFor(io.stderr), () => host.statuses());
  try {
    await Promise.race([running, ended(host, options, signal)]);
  } finally {
    host.stop();
    await running;
    watch.stop();
  }
  const statuses = host.statuses();
  const exitCode = signal.aborted ? exitCodes.interrupted : outcome(statuses);
  const elapsedMs = Date.now() - startedAt;
  notify(`${closingWords(exitCode, statuses)} after ${formatDuration(elapsedMs)}`);
  writeResult({ statuses, elapsedMs, format: options.output }, io);
  return exitCode;
}

/**
 * Resolves at Ctrl-C, and with `--once` when nothing more is to be expected and the positions of
 * groups in what was copied are published.
 */
async function ended(host: LocalHost, options: LocalOptions, signal: AbortSignal): Promise<void> {
  const isOver = (): boolean =>
    options.once === true &&
    host
      .statuses()
      .every(({ topics }) => topics.every((topic) => isDone(topic) || isHopeless(topic)));
  while (!signal.aborted && !isOver()) {
    await delay(pollIntervalMs, undefined, { signal }).catch(() => {});
  }
  await Promise.race([host.publishPositions(signal), interrupted(signal)]);
}

function interrupted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, 'abort');
}

function isDone({ hasCaughtUp }: TopicStatus): boolean {
  return hasCaughtUp;
}

/** What stays as it is until somebody changes something. */
function isHopeless({ failing, problems }: TopicStatus): boolean {
  const isRefused = failing !== undefined && !failing.failure.retriable;
  const keepsFailing = failing !== undefined && failing.attempts >= attemptsMax;
  const isHalted = problems.some((problem) => problem.isHalted);
  return isRefused || keepsFailing || isHalted;
}

function outcome(statuses: readonly FlowStatus[]): ExitCode {
  const topics = statuses.flatMap((flow) => flow.topics);
  if (topics.every(isDone) && arePositionsThere(statuses)) return exitCodes.done;
  return topics.some(isDone) ? exitCodes.partlyDone : exitCodes.failed;
}

function arePositionsThere(statuses: readonly FlowStatus[]): boolean {
  const scheduled = statuses.flatMap((flow) => flow.scheduled);
  return scheduled.every(({ name, failing }) => name !== 'checkpoint' || failing === undefined);
}

function closingWords(exitCode: ExitCode, statuses: readonly FlowStatus[]): string {
  if (exitCode === exitCodes.interrupted) return 'ended in order';
  if (exitCode === exitCodes.done) {
    return 'everything that the source held at the start is on the target and recorded,';
  }
  if (statuses.every(({ topics }) => topics.every(isDone))) {
    return 'everything is copied, but positions of groups could not be published,';
  }
  return 'given up: not everything could be copied (see above, and functions.log in the state folder)';
}

interface Result {
  statuses: readonly FlowStatus[];
  elapsedMs: number;
  format: OutputFormat;
}

function writeResult({ statuses, elapsedMs, format }: Result, { stdout }: Io): void {
  if (format === 'json') {
    stdout.write(`${JSON.stringify(flowsJson(statuses))}\n`);
    return;
  }
  const rates = new Map(
    statuses.flatMap((flow) =>
      flow.topics.map((topic): [string, number] => [
        rateKey(flow, topic),
        (topic.recordCount / elapsedMs) * 1000,
      ]),
    ),
  );
  stdout.write(`${renderProgress(statuses, { rates, paint: paintFor(stdout) }).join('\n')}\n`);
}
