import type { Command } from 'commander';
import { isIdle } from '../../checkpoint/group-sync-plan.ts';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { addFlowOptions, type FlowAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { type Comparison, compareOn, comparisonExitCode } from '../groups/compare.ts';
import { whyAbsent } from '../groups/survey.ts';
import { watched } from '../look.ts';
import { outputOption, watchOption } from '../options.ts';
import { failureLines } from '../render/errors.ts';
import { comparisonJson, renderComparison, summarizeComparison } from '../render/groups-compare.ts';
import { paintFor, visible } from '../render/table.ts';

interface CompareOptions extends FlowOptions {
  group?: string[];
  output: OutputFormat;
  watch?: true;
}

const about = `
For each partition: what the group has committed on the source, where that lies on the target
(EXPECTED), and what the group has committed there (ACTUAL).

Verdict of a consumer that started on the target now:
  equal      it reads on exactly where the group stands on the source
  behind     it would read records again; DISTANCE counts them
  ahead      it would skip records; so it is too where the group already reads on the target
  not there  it has no offset there, and starts where auto.offset.reset says
  unknown    there is no exact place to compare with, or not yet; see groups describe

DISTANCE is in copied records, from EXPECTED to ACTUAL; with ≤ where a part lies outside the map.

-o json: {flow, groups: [{group, sourceState, targetState, partitions: [{topic, partition,
remoteTopic, upstreamOffset, translatedOffset, exactness, reason, targetOffset, verdict: equal |
behind | ahead | absent | unknown, distance: {records, exact}, error}], error}], absent:
[{group, reason}], failures: [{code, message}]}. EXPECTED is translatedOffset and ACTUAL
targetOffset; what is not known or not there is null; offsets and records are decimal strings.

Ends with 0 where all are equal, otherwise with 3.`;

/** `mirrorless groups compare -c FILE [--group G ...]` */
export const groupsCompare: CliCommand<CompareOptions> = {
  name: 'compare',
  summary:
    'would consumer groups go on at the right record on the target? by how many are they off?',
  configure(command: Command) {
    addFlowOptions(command)
      .option('--group <group...>', 'only these; by default all that the flow takes')
      .addOption(outputOption())
      .addOption(watchOption('until all are equal'))
      .addHelpText('after', about);
  },
  run: (options, io) =>
    withFlow(options, io, (access, signal) => run(options, { access, signal, io }), {
      endsInOrder: options.watch === true,
    }),
};

async function run(
  { group: wanted, output, watch }: CompareOptions,
  { access, signal, io }: { access: FlowAccess; signal: AbortSignal; io: Io },
): Promise<ExitCode> {
  const look = {
    take: () => compareOn(access, wanted),
    render: ({ groups }: Comparison) => renderComparison(groups, paintFor(io.stderr)),
    isLast: (comparison: Comparison) => comparisonExitCode(comparison) === exitCodes.done,
  };
  const comparison = await watched(look, { io, signal, watch: watch === true });
  write(comparison, { output, io });
  for (const group of comparison.absent) io.stderr.write(`warning: ${whyAbsent(group, access)}\n`);
  if (signal.aborted) return exitCodes.interrupted;
  return comparisonExitCode(comparison);
}

function write(comparison: Comparison, { output, io }: { output: OutputFormat; io: Io }): void {
  const { flow, groups, absent } = comparison;
  const notify = (text: string): void => void io.stderr.write(`${text}\n`);
  if (output === 'json') io.stdout.write(`${JSON.stringify(comparisonJson(comparison))}\n`);
  else if (groups.length > 0) {
    io.stdout.write(`${renderComparison(groups, paintFor(io.stdout)).join('\n')}\n`);
  }
  for (const line of failureLines(comparison)) notify(`warning: ${line}`);
  for (const { group, targetState } of groups) {
    if (targetState !== undefined && !isIdle({ state: targetState })) {
      notify(`${visible(group)} has members on the target, which move it on`);
    }
  }
  if (groups.length > 0) notify(summarizeComparison(groups));
  else if (absent.length === 0) notify(`${flow} takes no group that has committed an offset`);
}
