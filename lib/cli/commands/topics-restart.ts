import { type Command, Option } from 'commander';
import type { RestartFrom } from '../../restart/plan.ts';
import type { CliCommand, ExitCode, Io, OutputFormat } from '../command.ts';
import { type ConfirmOptions, checkConfirmable } from '../confirm.ts';
import { addFlowOptions, type CommandAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { type RestartReport, restartExitCode, restartOf } from '../flows/restart.ts';
import { waitForLambda } from '../flows/wait-for-lambda.ts';
import { outputOption } from '../options.ts';
import {
  explainRestart,
  renderRestart,
  restartJson,
  restartQuestion,
} from '../render/topics-restart.ts';
import { ask, type Reporting, tell } from '../report.ts';

interface RestartOptions extends FlowOptions, ConfirmOptions {
  topic: string[];
  from: RestartFrom;
  force?: true;
  output: OutputFormat;
}

const about = `
Begins topics anew that were detected in a state in which they cannot go on: source-recreated,
source-rewound, target-deleted, target-recreated, target-truncated. Find out what happened first (see
docs/detected-states.md): what a broker still holds may be needed to get records back. Other topics
are refused; --force is for those of which only the replicate function knows (SOURCE_RECREATED in its
log), as on brokers without topic ids.

The topic is paused until its mapping has left its consumer group, and resumed at the end unless it,
or the flow, was paused before. A missing remote topic is created. Then a new generation of the
offset map begins in each partition that is concerned:
  earliest  everything that the source still holds is copied. What the remote topic has stays there,
            and the copies follow it: its readers may see records again
  progress  the remote topic is accepted as it is, and the copy goes on where it stood. What was
            lost on the target stays lost. Not where the source has other records than before

Groups are translated by the new generation alone. A position of the source before its start is
\`before-map\`, and one that is not copied yet is \`ahead\`; groups on the target stay where they stand.

It may be killed anywhere: the same command again completes it.

Examples:
  mirrorless topics restart -c mirrorless.yaml --topic orders --dry-run
  mirrorless topics restart -c mirrorless.yaml --flow us->eu --topic orders payments -y

Columns:
  DETECTED    what is the matter with the topic now
  PARTITIONS  that begin anew
  TO COPY     offsets of the source from there to its end

-o json: {flow, dryRun, from, topics: [{topic, remoteTopic, outcome: restartable | restarted |
refused | failed, detectedStates, staysPaused, partitions: [{partition, upstreamStart,
downstreamStart, toCopy}], reason, error}], failures: [{code, message}]}. Offsets are decimal strings.

Ends with 0 where all were (or with --dry-run could be) restarted, with 4 where some were refused or
failed, and with 1 where all of them were.`;

/** `mirrorless topics restart -c FILE --topic T [--topic T ...]` */
export const topicsRestart: CliCommand<RestartOptions> = {
  name: 'restart',
  summary: 'begin topics anew that were re-created, deleted, truncated or rewound',
  configure(command: Command) {
    const from = new Option('--from <position>', 'of the source, to begin with');
    addFlowOptions(command)
      .requiredOption('--topic <topic...>', 'topics of the source')
      .addOption(from.choices(['earliest', 'progress']).default('earliest'))
      .option('--force', 'also topics with which nothing is the matter')
      .option('--dry-run', 'show what would be done, and do nothing')
      .option('-y, --yes', 'restart without asking')
      .addOption(outputOption())
      .addHelpText('after', about);
  },
  async run(options, io) {
    checkConfirmable(options, io);
    return withFlow(options, io, (access, signal) => run({ options, access, signal, io }), {
      endsInOrder: true,
    });
  },
};

interface Run {
  options: RestartOptions;
  access: CommandAccess;
  signal: AbortSignal;
  io: Io;
}

const reporting: Reporting<RestartReport> = {
  table: renderRestart,
  json: restartJson,
  words: explainRestart,
  exitCode: restartExitCode,
};

/** Lambda takes up to 90 s to disable a mapping. */
const leavingMs = 150_000;

async function run(given: Run): Promise<ExitCode> {
  const { options, access, signal, io } = given;
  const { topic, from, force = false } = options;
  await using restart = restartOf(access);
  const planned = await restart.plan(topic, { from, force });
  const question = restartQuestion(planned);
  if (options.dryRun || question === undefined || signal.aborted) {
    return tell({ ...planned, dryRun: options.dryRun === true }, reporting, given);
  }
  if (!options.yes) {
    const asked = { question, refused: 'nothing was restarted' };
    const refusal = await ask(planned, reporting, asked, given);
    if (refusal !== undefined) return refusal;
  }
  io.stderr.write('waiting until nothing reads these topics\n');
  const waiting = waitForLambda({ signal, io, maxMs: leavingMs });
  const done = await restart.carryOut(planned, { leavingMs, signal, waitForLambda: waiting });
  return tell(done, reporting, given);
}
