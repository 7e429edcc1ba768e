import type { Command } from 'commander';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { addFlowOptions, type FlowAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { type Survey, survey, surveyExitCode } from '../groups/survey.ts';
import { watched } from '../look.ts';
import { outputOption, watchOption } from '../options.ts';
import { failureLines } from '../render/errors.ts';
import { groupsListJson, renderGroupsList } from '../render/groups-list.ts';
import { paintFor } from '../render/table.ts';

interface ListOptions extends FlowOptions {
  output: OutputFormat;
  watch?: true;
}

const about = `
A flow takes the consumer groups of the source that its settings \`groups\` and \`groups.exclude\`
accept and that have a committed offset in one of its topics.

Columns:
  SOURCE, TARGET  the group's state on either side; - where it is not there
  LAG             records of the source that the group has not read; ? where it is not known
  EXACTNESS       exact where every partition is; see \`mirrorless groups describe\`
  CHECKPOINT      when its checkpoints were last published

-o json: {flow, groups: [{group, sourceState, targetState, topics, partitions, lagRecords, exactness:
{STATUS: partitions}, publishedAt, error}], gone: [{group, publishedAt, goneSince}], failures:
[{code, message}]}. What is not known or not there is null; lagRecords is a decimal string.

Ends with 0; with 4 where a cluster told only a part, which is named; with 1 where it told nothing.`;

/** `mirrorless groups list -c FILE` */
export const groupsList: CliCommand<ListOptions> = {
  name: 'list',
  summary: 'the consumer groups that a flow takes: states, lag, and whether they can move exactly',
  configure(command: Command) {
    addFlowOptions(command)
      .addOption(outputOption())
      .addOption(watchOption('until Ctrl-C'))
      .addHelpText('after', about);
  },
  run: (options, io) =>
    withFlow(options, io, (access, signal) => list(options, { access, signal, io }), {
      endsInOrder: options.watch === true,
    }),
};

async function list(
  { output, watch }: ListOptions,
  { access, signal, io }: { access: FlowAccess; signal: AbortSignal; io: Io },
): Promise<ExitCode> {
  const look = {
    take: () => survey(access),
    render: (found: Survey) => renderGroupsList(found, Date.now(), paintFor(io.stderr)),
  };
  const found = await watched(look, { io, signal, watch: watch === true });
  const isEmpty = found.groups.length + found.gone.length === 0;
  if (output === 'json') io.stdout.write(`${JSON.stringify(groupsListJson(found))}\n`);
  else if (!isEmpty) {
    io.stdout.write(`${renderGroupsList(found, Date.now(), paintFor(io.stdout)).join('\n')}\n`);
  }
  const failures = failureLines(found);
  for (const line of failures) io.stderr.write(`warning: ${line}\n`);
  if (signal.aborted) return exitCodes.interrupted;
  if (isEmpty && failures.length === 0) {
    io.stderr.write(`${access.name} takes no group that has committed an offset\n`);
  }
  return surveyExitCode(found);
}
