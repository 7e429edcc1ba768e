import type { Command } from 'commander';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import {
  addFlowsOptions,
  type CommandAccess,
  type FlowsOptions,
  withFlows,
} from '../flow-access.ts';
import { absentTopics } from '../flows/measure.ts';
import {
  type FlowSurvey,
  mappingsOf,
  rememberedMappings,
  statusExitCode,
  surveyFlow,
} from '../flows/survey.ts';
import { watched } from '../look.ts';
import { outputOption, topicOption, watchOption } from '../options.ts';
import { failureSummaries } from '../render/errors.ts';
import { renderStatus, statusJson } from '../render/status.ts';
import { paintFor, visible } from '../render/table.ts';

interface StatusOptions extends FlowsOptions {
  topic?: string[];
  partitions?: true;
  output: OutputFormat;
  watch?: true;
}

const about = `
Columns:
  MAPPING        state of the event source mapping as Lambda has it; none where there is none; and
                 whether the topic is paused
  LAG, LAG-TIME  what the source holds that the target has not acknowledged: in records, and since
                 the oldest of them; ? where it is not known, ≥ where it is not of every partition
  STATE          ok, or what is the matter:
                   a detected state       explained below the table, with what to do
                   PROBLEM: …             why Lambda cannot read, in its words
                   stopped                the mapping is disabled, and nobody has paused it
                   waits for discovery    nothing reads the topic yet
                   restart not ended      topics restart is at work, or the same again completes it
With --partitions also the next offsets to be copied (UPSTREAM) and to be written (DOWNSTREAM).

A cluster, the table or the Lambda API that does not answer is named, and the rest is shown.

Examples:
  mirrorless status -c mm2.properties --watch
  mirrorless status -c mirrorless.yaml --flow us->eu --topic orders --partitions

-o json: {flows: [{flow, paused, lagRecords, lagMs, lagUnknownPartitions, mappingsListed, topics:
[{topic, remoteTopic, lagRecords, lagMs, lagUnknownPartitions, partitions: [{partition,
upstreamOffset, downstreamOffset, sourceEnd, lagRecords, lagMs}], mirrored, onSource, paused,
mapping: {uuid, state, stateTransitionReason, lastProcessingResult}, troubles: [detected | stopped |
problem | unmapped | restarting], detectedStates: [{state, topic, partition, what, since, meaning, remedy}]}], failures:
[{code, message}]}], absent: [topic]}. Offsets and records are decimal strings; what is not known or
not there is null.

Ends with 0 where all is well; with 3 where anything is the matter; with 4 where only a part could
be looked at, and with 1 where nothing could.`;

const mappingsIntervalMs = 10_000;

/** `mirrorless status -c FILE` */
export const status: CliCommand<StatusOptions> = {
  name: 'status',
  summary: 'flows and their topics: event source mappings, progress, lag, and what was detected',
  configure(command: Command) {
    addFlowsOptions(command)
      .addOption(topicOption())
      .option('--partitions', 'every partition too')
      .addOption(outputOption())
      .addOption(watchOption('until Ctrl-C'))
      .addHelpText('after', about);
  },
  run: (options, io) =>
    withFlows(options, io, (accesses, signal) => show(options, { accesses, signal, io }), {
      endsInOrder: options.watch === true,
    }),
};

async function show(
  options: StatusOptions,
  { accesses, signal, io }: { accesses: readonly CommandAccess[]; signal: AbortSignal; io: Io },
): Promise<ExitCode> {
  const { topic: only, output } = options;
  const watch = options.watch === true;
  const showsPartitions = options.partitions === true;
  const listMappings = watch ? rememberedMappings(mappingsIntervalMs) : mappingsOf;
  const linesFor = (surveys: readonly FlowSurvey[], stream: NodeJS.WriteStream): string[] => {
    const paint = paintFor(stream);
    const width = stream.columns;
    return renderStatus(surveys, { now: Date.now(), paint, showsPartitions, width });
  };
  const look = {
    take: () => Promise.all(accesses.map((access) => surveyFlow(access, { only, listMappings }))),
    render: (surveys: readonly FlowSurvey[]) => [
      ...linesFor(surveys, io.stderr),
      ...warnings(surveys, absentTopics(surveys, only)),
    ],
  };
  const surveys = await watched(look, { io, signal, watch });
  const absent = absentTopics(surveys, only);
  const lines =
    output === 'json'
      ? [JSON.stringify(statusJson(surveys, absent))]
      : linesFor(surveys, io.stdout);
  io.stdout.write(`${lines.join('\n')}\n`);
  for (const line of warnings(surveys, absent)) io.stderr.write(`${line}\n`);
  return signal.aborted ? exitCodes.interrupted : statusExitCode(surveys, absent);
}

function warnings(surveys: readonly FlowSurvey[], absent: readonly string[]): string[] {
  const failures = failureSummaries(surveys.flatMap((survey) => survey.failures));
  const names = surveys.map(({ flow }) => flow).join(', ');
  return [
    ...failures.map((line) => `warning: ${line}`),
    ...absent.map((topic) => `warning: ${names} has no topic ${visible(topic)}`),
  ];
}
