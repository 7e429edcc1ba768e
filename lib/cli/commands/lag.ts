import { type Command, InvalidArgumentError } from 'commander';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
  UsageError,
} from '../command.ts';
import { addFlowsOptions, type FlowAccess, type FlowsOptions, withFlows } from '../flow-access.ts';
import { Hold, isWithin, type LagLimits } from '../flows/lag-gate.ts';
import { type LagSum, totalLag } from '../flows/lag-sum.ts';
import { absentTopics, lookExitCode, type MeasuredFlow, measureFlow } from '../flows/measure.ts';
import { watched } from '../look.ts';
import { outputOption, readSeconds, topicOption, watchOption } from '../options.ts';
import { failureSummaries } from '../render/errors.ts';
import { flowLagsJson, lagWords, renderPartitionLags, renderTopicLags } from '../render/lag.ts';
import { formatDuration } from '../render/numbers.ts';
import { paintFor, visible } from '../render/table.ts';

interface LagOptions extends FlowsOptions, LagLimits {
  topic?: string[];
  partitions?: true;
  for?: number;
  output: OutputFormat;
  watch?: true;
}

const about = `
Lag is what the source holds that the target has not acknowledged: LAG in records, and LAG-TIME
since the oldest of them; ? where it is not known, ≥ where it is not of every partition. Of a
partition of which nothing was copied it is known only where the flow starts at the earliest record.

As a gate, the limits are for all that is shown together:
  mirrorless lag -c mm2.properties --max-records 1000       ends with 3 above it
  mirrorless lag -c mm2.properties --max-ms 5000 --topic orders
  mirrorless lag -c mm2.properties --max-records 0 --watch --for 60
                                    waits until nothing was missing for a minute

-o json: {flows: [{flow, topics: [{topic, remoteTopic, lagRecords, lagMs, lagUnknownPartitions,
partitions: [{partition, upstreamOffset, downstreamOffset, sourceEnd, lagRecords, lagMs}]}],
failures: [{code, message}]}], absent: [topic], lagRecords, lagMs, lagUnknownPartitions,
withinLimits}. Offsets and records are decimal strings; what is not known is null, and withinLimits
too where no limit was given.

Ends with 0; with 3 where the lag is above a limit, or not known; with 4 where only a part could be
looked at, and with 1 where nothing could.`;

/** `mirrorless lag -c FILE [--max-records N] [--max-ms N] [--watch [--for SECONDS]]` */
export const lag: CliCommand<LagOptions> = {
  name: 'lag',
  summary: 'how far the copies are behind the source, in records and time; a gate for scripts',
  configure(command: Command) {
    addFlowsOptions(command)
      .addOption(topicOption())
      .option('--partitions', 'a row for each partition')
      .option('--max-records <n>', 'the check fails above so many records', readCount)
      .option('--max-ms <n>', 'the check fails where the oldest record is older', readCount)
      .option(
        '--for <seconds>',
        'with --watch: until it was within the limits so long',
        readSeconds,
      )
      .addOption(outputOption())
      .addOption(watchOption('until it is within the limits; without any, until Ctrl-C'))
      .addHelpText('after', about);
  },
  async run(options, io) {
    const hasLimits = options.maxRecords !== undefined || options.maxMs !== undefined;
    if (options.for !== undefined && !(options.watch && hasLimits)) {
      throw new UsageError(
        '--for is how long --watch waits for a lag within --max-records or --max-ms',
      );
    }
    const limits = hasLimits ? options : undefined;
    return withFlows(
      options,
      io,
      (accesses, signal) => run({ options, limits, accesses, signal, io }),
      {
        endsInOrder: options.watch === true,
      },
    );
  },
};

interface Run {
  options: LagOptions;
  limits: LagLimits | undefined;
  accesses: readonly FlowAccess[];
  signal: AbortSignal;
  io: Io;
}

interface Measured {
  flows: readonly (MeasuredFlow & { flow: string })[];
  absent: readonly string[];
  total: LagSum;
  /** Undefined where no limits were given. */
  isWithin: boolean | undefined;
  /** How long the lag has been within the limits. */
  heldMs: number | undefined;
}

async function run({ options, limits, accesses, signal, io }: Run): Promise<ExitCode> {
  const { output, watch = false } = options;
  const hold = new Hold();
  const render = options.partitions ? renderPartitionLags : renderTopicLags;
  const look = {
    take: () => measure({ options, limits, accesses }, hold),
    render: (measured: Measured) => [
      ...render(measured.flows, paintFor(io.stderr)),
      ...words(measured, options),
    ],
    isLast: ({ heldMs }: Measured) => heldMs !== undefined && heldMs >= (options.for ?? 0) * 1000,
  };
  const measured = await watched(look, { io, signal, watch });
  const isEmpty = measured.flows.every(({ topics }) => topics.length === 0);
  if (output === 'json') io.stdout.write(`${JSON.stringify(jsonOf(measured))}\n`);
  else if (!isEmpty) {
    io.stdout.write(`${render(measured.flows, paintFor(io.stdout)).join('\n')}\n`);
  }
  for (const line of words(measured, options)) io.stderr.write(`${line}\n`);
  return signal.aborted ? exitCodes.interrupted : exitCodeOf(measured);
}

async function measure(
  { options, limits, accesses }: Pick<Run, 'options' | 'limits' | 'accesses'>,
  hold: Hold,
): Promise<Measured> {
  const only = options.topic;
  const flows = await Promise.all(
    accesses.map(async (access) => {
      return { flow: access.name, ...(await measureFlow(access, { only })) };
    }),
  );
  const absent = absentTopics(flows, only);
  const total = totalLag(flows.flatMap(({ topics }) => topics));
  const isWhole = lookExitCode(flows, absent) === exitCodes.done;
  const within = limits && isWhole && isWithin(total, limits);
  const heldMs = hold.hold(within === true, Date.now());
  return { flows, absent, total, isWithin: within, heldMs };
}

function exitCodeOf({ flows, absent, total, isWithin: within }: Measured): ExitCode {
  const lookedAt = lookExitCode(flows, absent);
  if (lookedAt !== exitCodes.done) return total.knownCount === 0 ? exitCodes.failed : lookedAt;
  return within === false ? exitCodes.checkFailed : exitCodes.done;
}

/** For a person: what fails, and the lag of all. */
function words(measured: Measured, { for: seconds }: LagOptions): string[] {
  const { flows, absent, total, isWithin: within, heldMs } = measured;
  const names = flows.map(({ flow }) => flow).join(', ');
  const failures = failureSummaries(flows.flatMap((flow) => flow.failures));
  const warnings = [
    ...failures.map((line) => `warning: ${line}`),
    ...absent.map((topic) => `warning: ${names} mirrors no topic ${visible(topic)}`),
  ];
  if (total.knownCount + total.unknownCount === 0) {
    return warnings.length > 0 ? warnings : [`${names} mirrors no topic that the source has`];
  }
  const verdict = within ? ', within the limits' : ', not within the limits';
  const held =
    heldMs === undefined || seconds === undefined ? '' : ` for ${formatDuration(heldMs)}`;
  return [...warnings, `${lagWords(total)}${within === undefined ? '' : verdict}${held}`];
}

function jsonOf({ flows, absent, total, isWithin: within }: Measured): object {
  return { ...flowLagsJson(flows, total), absent, withinLimits: within ?? null };
}

function readCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number from 0.');
}
