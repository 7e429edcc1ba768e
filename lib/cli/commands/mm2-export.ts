import type { Command } from 'commander';
import type { OffsetsTopicSettings } from '../../takeover/export.ts';
import type { CliCommand, ExitCode, Io } from '../command.ts';
import { checkConfirmable } from '../confirm.ts';
import { type FlowAccess, withFlow } from '../flow-access.ts';
import { explainExport, exportJson, renderExport, summarizeExport } from '../render/mm2-export.ts';
import { ask, type Reporting, tell } from '../report.ts';
import {
  carryOutExports,
  type ExportReport,
  exportExitCode,
  planExports,
} from '../takeover/export.ts';
import {
  addTakeoverOptions,
  deadline,
  offsetsTopicOf,
  type TakeoverOptions,
} from '../takeover/options.ts';

interface ExportOptions extends TakeoverOptions {
  stopped?: true;
}

const about = `
Hands a flow back to MirrorMaker 2: writes, where Kafka Connect keeps it, the last record of each
partition that was copied, and the newest offset syncs, and reads the positions back. A MirrorMaker 2
that is started then goes on with exactly the next record.

Nobody may copy meanwhile: pause the flow first (\`mirrorless pause\`) and leave it paused, or say with
--stopped that it does not run at all, as after \`mirrorless local\` has ended. Whoever still writes is
seen by two looks, a second apart; an invocation that hangs is over after the function's timeout.
MirrorMaker 2 is started after the export, not before: it reads its positions when it starts.

It is done whole or not at all. Partitions of which the flow has copied nothing keep the position
that they have. The topic of positions is created as Connect would create it, where it is missing.

Verdicts:
  write, unchanged  MirrorMaker 2 goes on with the record after NEW-POSITION
  untouched         the flow has copied nothing of it
  remove            nothing of it was ever copied, so its older position is taken away
  Everything else stands in the way, and is explained.

Ends with 0 where all was (or with --dry-run could be) handed back, with 3 where nothing was, with 4
where positions were written and some offset syncs were not, with 1 where it failed.

Examples:
  mirrorless mm2 export -c mm2.properties --dry-run
  mirrorless mm2 export -c mm2.properties -y

-o json: {flow, connector, offsetsTopic, dryRun, mayExport, mirrorMakerAlive, otherWorkers,
partitions: [{topic, partition, mm2Position, newPosition, verdict, detail}], offsetSyncs, failures:
[{code, message}]}. Offsets are decimal strings; what is not known or not there is null.`;

/** `mirrorless mm2 export -c FILE` */
export const mm2Export: CliCommand<ExportOptions> = {
  name: 'export',
  summary: 'let MirrorMaker 2 go on exactly where a paused flow has ended',
  configure(command: Command) {
    addTakeoverOptions(command)
      .option('--stopped', 'the flow does not run at all, so it need not be paused')
      .addHelpText('after', about);
  },
  async run(options, io) {
    checkConfirmable(options, io);
    return withFlow(
      options,
      io,
      (access, signal) => {
        const offsets = offsetsTopicOf(options, access);
        return handBack({ options, access, signal, io, offsets });
      },
      { endsInOrder: true },
    );
  },
};

interface Run {
  options: ExportOptions;
  access: FlowAccess;
  signal: AbortSignal;
  io: Io;
  offsets: OffsetsTopicSettings;
}

async function handBack(run: Run): Promise<ExitCode> {
  const { options, access, signal, offsets } = run;
  const { connector, stopped = false } = options;
  const planned = await planExports(access, {
    ...{ offsetsTopic: offsets.topic, isStopped: stopped, deadline: deadline() },
    ...(connector === undefined ? {} : { connector }),
  });
  if (options.dryRun || !planned.mayExport || signal.aborted) return tell(planned, reporting, run);
  if (!options.yes) {
    const asked = { question: 'Write these positions?', refused: 'nothing was handed back' };
    const refusal = await ask(planned, reporting, asked, run);
    if (refusal !== undefined) return refusal;
  }
  const done = await carryOutExports(planned, access, { offsets, deadline: deadline() });
  return tell(done, reporting, run);
}

const reporting: Reporting<ExportReport> = {
  table: renderExport,
  json: exportJson,
  words: (report) => [summarizeExport(report), ...explainExport(report)],
  exitCode: exportExitCode,
};
