import type { Command } from 'commander';
import {
  type CliCommand,
  type ExitCode,
  type Io,
  type OutputFormat,
  UsageError,
} from '../command.ts';
import { type ConfirmOptions, checkConfirmable } from '../confirm.ts';
import { addFlowOptions, type FlowAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { syncExitCode, syncFinally, syncNow } from '../groups/sync.ts';
import { outputOption, readSeconds } from '../options.ts';
import {
  explainGroupsSync,
  type GroupsSyncReport,
  groupsSyncJson,
  renderGroupsSync,
  summarizeGroupsSync,
} from '../render/groups-sync.ts';
import { LiveBlock } from '../render/live.ts';
import { counted } from '../render/numbers.ts';
import { ask, type Reporting, tell } from '../report.ts';

interface SyncOptions extends FlowOptions, ConfirmOptions {
  group?: string[];
  final?: true;
  timeout?: number;
  allowSampled?: true;
  output: OutputFormat;
}

const defaultTimeoutSeconds = 300;

const about = `
Moves consumer groups on the target to where they stand on the source: forwards only, and only
groups without members there. A group that has read records which are not copied yet is moved as far
as they are copied: whoever goes on there now reads these again, and skips nothing.

--final is for a cutover, after the consumers on the source were stopped. It waits until a group has
no members on the source and everything that it has read is copied, moves it to exactly that place,
all of its partitions or none, and reads that back. Start the consumers on the target when it says
done; members are the only sign of consumers, so those that assign partitions themselves must be
stopped with care. Where it cannot be done it ends with what is missing; to run it again is safe.

In a flow that was taken over, a group may still stand in what MirrorMaker 2 copied. Its offset syncs
tell no exact place there, so --final refuses it as \`sampled\`: let its consumers read on on the source
until they are past that, or move it with --allow-sampled, and it reads some records again.

Columns:
  SOURCE-OFFSET  what the group has committed on the source
  FROM           what it had committed on the target; - where nothing, or where it was not asked
  TO             where it goes on there; - where that is not known

Ends with 0 where everything was moved or stood in its place; with 3 where something was refused,
or --final was not done in time; with 4 where something failed, and with 1 where all of it did.

Examples:
  mirrorless groups sync -c mm2.properties --dry-run
  mirrorless groups sync -c mm2.properties --group orders-app --final --timeout 600 -y

-o json: {flow, mode, dryRun, done, groups: [{group, sourceState, verdict, partitions: [{topic,
partition, remoteTopic, upstreamOffset, translatedOffset, exactness, reason, mapEnd, targetOffset,
outcome, error}], error}], absent: [{group, reason}], failures: [{code, message}]}. Offsets are
decimal strings; targetOffset is what the target had before; what is not known or not there is null.`;

/** `mirrorless groups sync -c FILE [--final]` */
export const groupsSync: CliCommand<SyncOptions> = {
  name: 'sync',
  summary: 'move groups on the target to where they stand on the source; --final for a cutover',
  configure(command: Command) {
    addFlowOptions(command)
      .option('--group <name...>', 'only these groups')
      .option('--final', 'wait until every group can be moved exactly, and read that back')
      .option(
        '--timeout <seconds>',
        `how long --final waits (${defaultTimeoutSeconds})`,
        readSeconds,
      )
      .option('--allow-sampled', 'let --final move groups that stand in what MM2 copied')
      .option('--dry-run', 'look once, show the same, and move nothing')
      .option('-y, --yes', 'move without asking')
      .addOption(outputOption())
      .addHelpText('after', about);
  },
  async run(options, io) {
    if (options.timeout !== undefined && !options.final) {
      throw new UsageError('--timeout is how long --final waits, which is not given');
    }
    if (options.allowSampled && !options.final) {
      throw new UsageError('--allow-sampled is for --final, which is not given');
    }
    checkConfirmable(options, io);
    return withFlow(options, io, (access, signal) => sync({ options, access, signal, io }), {
      endsInOrder: true,
    });
  },
};

interface Run {
  options: SyncOptions;
  access: FlowAccess;
  signal: AbortSignal;
  io: Io;
}

async function sync(run: Run): Promise<ExitCode> {
  const { options } = run;
  const { yes = false, dryRun = false } = options;
  if (!yes && !dryRun) {
    const preview = await look(run, true);
    const question = questionOf(preview, options);
    if (question === undefined) return tell({ ...preview, dryRun: false }, reporting, run);
    const refusal = await ask(preview, reporting, { question, refused: 'nothing was moved' }, run);
    if (refusal !== undefined) return refusal;
  }
  return tell(await look(run, dryRun), reporting, run);
}

const reporting: Reporting<GroupsSyncReport> = {
  table: renderGroupsSync,
  json: groupsSyncJson,
  words: (report) => [summarizeGroupsSync(report), ...explainGroupsSync(report)],
  exitCode: syncExitCode,
};

async function look(run: Run, dryRun: boolean): Promise<GroupsSyncReport> {
  const { options, access, signal, io } = run;
  const request = { access, groups: options.group, dryRun };
  if (!options.final) return syncNow(request);
  const live = new LiveBlock(io.stderr);
  const timeoutMs = (options.timeout ?? defaultTimeoutSeconds) * 1000;
  let said = '';
  const onReport = (report: GroupsSyncReport): void => {
    const text = summarizeGroupsSync(report);
    if (live.isTerminal) live.draw([text]);
    else if (text !== said && !dryRun) live.say(text);
    said = text;
  };
  try {
    const { allowSampled = false } = options;
    return await syncFinally({ ...request, timeoutMs, allowSampled, signal, onReport });
  } finally {
    live.clear();
  }
}

/** Undefined where there is nothing to do. */
function questionOf(
  { groups, isDone }: GroupsSyncReport,
  { final, timeout = defaultTimeoutSeconds }: SyncOptions,
): string | undefined {
  if (final) {
    const wait = `waiting for ${timeout} s at most`;
    return isDone ? undefined : `Move each group for good as soon as it can be, ${wait}?`;
  }
  const moves = groups.flatMap(({ partitions }) =>
    partitions.filter(({ outcome }) => outcome === 'would-move'),
  );
  return moves.length === 0 ? undefined : `Move ${counted(moves.length, 'partition')}?`;
}
