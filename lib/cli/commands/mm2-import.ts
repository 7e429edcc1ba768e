import type { Command } from 'commander';
import type { CliCommand, ExitCode, Io } from '../command.ts';
import { checkConfirmable } from '../confirm.ts';
import { type FlowAccess, withFlow } from '../flow-access.ts';
import { explainImport, importJson, renderImport, summarizeImport } from '../render/mm2-import.ts';
import { counted } from '../render/numbers.ts';
import { ask, type Reporting, tell } from '../report.ts';
import {
  carryOutImports,
  type ImportReport,
  importExitCode,
  planImports,
} from '../takeover/import.ts';
import {
  addTakeoverOptions,
  deadline,
  offsetsTopicOf,
  type TakeoverOptions,
} from '../takeover/options.ts';

interface ImportOptions extends TakeoverOptions {
  acceptUnproven?: true;
  acceptLoss?: true;
}

const about = `
Takes a flow over from MirrorMaker 2: reads where it stands, and lets the flow begin at exactly the
record after the last one that was copied. Stop MirrorMaker 2 first, in order if you can; its own
mm2.properties may be given as the configuration. Then import, then start the flow, within the time
that the source keeps offsets of groups without members (offsets.retention.minutes, 7 days).

Where MirrorMaker 2 was killed it has copied more than it stored, and would copy that again. So the
records from its newest offset sync to the end of the target are compared with those of the source,
byte for byte, and the flow begins after the last copy: nothing lost, nothing twice. Where the target
does not end with such copies (somebody else writes there, a converter has changed headers, retention
took the records) nothing is written, unless --accept-unproven says to begin where MirrorMaker 2
itself would.

Consumer groups that still stand in what MirrorMaker 2 copied are translated by its offset syncs and
labelled \`sampled\`: they skip nothing, and read some records again, as they would with MirrorMaker 2.

It is done whole or not at all: a topic that may not be taken over is to be excluded from the flow.
To run it again after it was interrupted is safe, and a flow with progress of its own is left alone.

Verdicts:
  clean           the target ends with the record that MirrorMaker 2 stored last
  beyond, behind  it ends with another one: the flow begins after that
  accepted        by --accept-unproven
  imported        taken over already
  Everything else stands in the way, and is explained, but \`not mirrored\`, which is left alone.

Ends with 0 where all was (or with --dry-run could be) taken over, with 3 where nothing was, with 4
where some writes failed and with 1 where all of them did.

Examples:
  mirrorless mm2 import -c mm2.properties --dry-run
  mirrorless mm2 import -c mm2.properties --flow us-east->us-west -y

-o json: {flow, offsetsTopic, connectors, dryRun, mayImport, mirrorMakerAlive, otherWorkers,
partitions: [{topic, partition, remoteTopic, mm2Position, nextUpstream, nextDownstream, samples,
verdict, detail, error}], failures: [{code, message}]}. Offsets are decimal strings; mm2Position is
the last record that MirrorMaker 2 stored as copied; what is not known or not there is null.`;

/** `mirrorless mm2 import -c FILE` */
export const mm2Import: CliCommand<ImportOptions> = {
  name: 'import',
  summary: 'begin a flow exactly where a stopped MirrorMaker 2 has ended',
  configure(command: Command) {
    addTakeoverOptions(command)
      .option('--accept-unproven', 'begin where MM2 would, where its last copy cannot be found')
      .option('--accept-loss', 'begin at the first record that is left, where others are gone')
      .addHelpText('after', about);
  },
  async run(options, io) {
    checkConfirmable(options, io);
    return withFlow(
      options,
      io,
      (access, signal) => {
        const { topic } = offsetsTopicOf(options, access);
        return takeOver({ options, access, signal, io, offsetsTopic: topic });
      },
      { endsInOrder: true, beginsState: true },
    );
  },
};

interface Run {
  options: ImportOptions;
  access: FlowAccess;
  signal: AbortSignal;
  io: Io;
  offsetsTopic: string;
}

async function takeOver(run: Run): Promise<ExitCode> {
  const { options, access, signal, offsetsTopic } = run;
  const { connector, acceptUnproven = false, acceptLoss = false } = options;
  const planned = await planImports(access, {
    ...{ offsetsTopic, acceptUnproven, acceptLoss, deadline: deadline() },
    ...(connector === undefined ? {} : { connector }),
  });
  if (options.dryRun || !planned.mayImport || signal.aborted) return tell(planned, reporting, run);
  if (!options.yes) {
    const taken = planned.rows.filter(({ next }) => next !== undefined).length;
    const question = `Let ${access.name} begin there, in ${counted(taken, 'partition')}?`;
    const asked = { question, refused: 'nothing was taken over' };
    const refusal = await ask(planned, reporting, asked, run);
    if (refusal !== undefined) return refusal;
  }
  return tell(await carryOutImports(planned, access, { deadline: deadline() }), reporting, run);
}

const reporting: Reporting<ImportReport> = {
  table: renderImport,
  json: importJson,
  words: (report) => [summarizeImport(report), ...explainImport(report)],
  exitCode: importExitCode,
};
