import type { Command } from 'commander';
import type { CliCommand, ExitCode, Io, OutputFormat } from '../command.ts';
import { type ConfirmOptions, checkConfirmable } from '../confirm.ts';
import { addFlowOptions, type CommandAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { type TurnReport, type TurnRequest, turnExitCode, turnFlow } from '../flows/turn.ts';
import { waitForLambda } from '../flows/wait-for-lambda.ts';
import { outputOption } from '../options.ts';
import { explainTurn, renderTurn, turnJson, turnQuestion } from '../render/turn.ts';
import { ask, type Reporting, tell } from '../report.ts';

interface TurnOptions extends FlowOptions, ConfirmOptions {
  topic?: string[];
  output: OutputFormat;
}

type Verb = TurnRequest['to'];

const what: Record<Verb, string> = {
  pause: `
Disables the event source mappings of a flow, or of some of its topics. Their consumer groups keep
the positions, for as long as the source keeps offsets of groups without members
(offsets.retention.minutes, a week by default); progress and the offset map stay as they are. What is
in flight is replicated. The pause is noted: topics of a paused flow that are found later begin
disabled, and no run of discovery enables what is paused.`,
  resume: `
Enables the event source mappings of a flow, or of some of its topics, paused before or disabled by
other means: they go on where they stood, and no record is lost or repeated. Topics that were paused
by themselves are resumed by --topic only, and nothing of a paused flow is resumed by --topic.`,
};

function about(verb: Verb): string {
  return `${what[verb]}

Examples:
  mirrorless ${verb} -c mm2.properties --dry-run
  mirrorless ${verb} -c mirrorless.yaml --flow us->eu --topic orders payments -y

-o json: {flow, to, dryRun, flowPaused, topics: [{topic, outcome: turned | as-wanted | unmapped |
waiting | held | halted | refused, paused, mappingState, reason, error}], absent: [topic],
failures: [{code, message}]}.

Ends with 0; with 4 where something waits for Lambda, may not be read on for what was detected, was
refused, or is not known to the flow, and with 1 where all of it is so, or nothing could be done.`;
}

/** `mirrorless pause -c FILE [--topic T ...]` */
export const pause = turnCommand('pause', 'read no more, and keep every position');
/** `mirrorless resume -c FILE [--topic T ...]` */
export const resume = turnCommand('resume', 'go on reading where a pause began');

function turnCommand(verb: Verb, summary: string): CliCommand<TurnOptions> {
  return {
    name: verb,
    summary: `${summary}: a flow, or some of its topics`,
    configure(command: Command) {
      addFlowOptions(command)
        .option('--topic <topic...>', 'only these topics of the source; by default the whole flow')
        .option('--dry-run', 'show what would be done, and do nothing')
        .option('-y, --yes', `${verb} without asking`)
        .addOption(outputOption())
        .addHelpText('after', about(verb));
    },
    async run(options, io) {
      checkConfirmable(options, io);
      return withFlow(
        options,
        io,
        (access, signal) => turnAsAsked({ verb, options, access, signal, io }),
        { endsInOrder: true },
      );
    },
  };
}

interface Run {
  verb: Verb;
  options: TurnOptions;
  access: CommandAccess;
  signal: AbortSignal;
  io: Io;
}

const reporting: Reporting<TurnReport> = {
  table: renderTurn,
  json: turnJson,
  words: explainTurn,
  exitCode: turnExitCode,
};

/** Lambda is seldom at work on a mapping for long. */
const waitMaxMs = 60_000;

async function turnAsAsked(run: Run): Promise<ExitCode> {
  const { verb, options, access, signal, io } = run;
  const { yes = false, dryRun = false } = options;
  const request: Omit<TurnRequest, 'dryRun'> = {
    to: verb,
    ...(options.topic && { topics: options.topic }),
    waitForLambda: waitForLambda({ signal, io, maxMs: waitMaxMs }),
  };
  if (!yes && !dryRun) {
    const preview = await turnFlow({ ...request, dryRun: true }, access);
    const question = turnQuestion(preview);
    if (question === undefined) return tell({ ...preview, dryRun: false }, reporting, run);
    const refused = `nothing was ${verb === 'pause' ? 'paused' : 'resumed'}`;
    const refusal = await ask(preview, reporting, { question, refused }, run);
    if (refusal !== undefined) return refusal;
  }
  return tell(await turnFlow({ ...request, dryRun }, access), reporting, run);
}
