import type { Command } from 'commander';
import { absentGroups } from '../../checkpoint/group-sync-plan.ts';
import type { GroupPosition } from '../../checkpoint/positions.ts';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { addFlowOptions, type FlowAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { type Survey, type SurveyedGroup, survey, whyAbsent } from '../groups/survey.ts';
import { outputOption } from '../options.ts';
import { failureLines } from '../render/errors.ts';
import {
  type DescribedGroup,
  explainDownstream,
  groupJson,
  renderGroup,
} from '../render/groups-describe.ts';
import { paintFor } from '../render/table.ts';

interface DescribeOptions extends FlowOptions {
  group: string;
  output: OutputFormat;
}

const about = `
Columns:
  CURRENT-OFFSET  what the group has committed on the source
  LOG-END-OFFSET  the end of the partition on the source
  LAG, LAG-TIME   what the source holds beyond; in records, and since the oldest of them
  TARGET-OFFSET   where the group goes on on the target
  EXACTNESS       exact             the first copied record that the group has not read
                  ahead             the end of what is copied: the group has read beyond it
                  sampled           in what MirrorMaker 2 copied: the exact place is there or later
                  before-map        unknown: unread records lie before the first one copied
                  no-map            unknown: nothing of the partition was copied yet
                  target-truncated  unknown: the target lost what it had acknowledged
                  source-recreated  unknown: the source ends before what was copied of it
                  unknown           the map or a cluster did not tell
  CHECKPOINT      what was last published for MirrorMaker 2's clients, source → target

-o json: {flow, group, sourceState, targetState, publishedAt, partitions: [{topic, partition,
remoteTopic, upstreamOffset, upstreamEnd, lagRecords, lagMs, translatedOffset, exactness, reason,
checkpoint: {upstreamOffset, downstreamOffset, exactness}}], error}. What is not known or not there
is null; offsets and lagRecords are decimal strings.

Ends with 0; with 4 where a cluster told only a part, which is named; with 1 for a group that the
flow does not take.`;

/** `mirrorless groups describe -c FILE --group G` */
export const groupsDescribe: CliCommand<DescribeOptions> = {
  name: 'describe',
  summary: 'one consumer group, partition by partition: lag, and where it goes on on the target',
  configure(command: Command) {
    addFlowOptions(command)
      .requiredOption('--group <group>', 'of the source')
      .addOption(outputOption())
      .addHelpText('after', about);
  },
  run: (options, io) => withFlow(options, io, (access) => describe(options, access, io)),
};

async function describe(
  { group: name, output }: DescribeOptions,
  access: FlowAccess,
  io: Io,
): Promise<ExitCode> {
  const found = await survey(access, [name]);
  const failures = failureLines(found);
  for (const line of failures) io.stderr.write(`warning: ${line}\n`);
  const group = found.groups.find((one) => one.group === name);
  if (group === undefined) {
    for (const absent of absentGroups([name], found)) {
      io.stderr.write(`error: ${whyAbsent(absent, access)}\n`);
    }
    return exitCodes.failed;
  }
  const { flow, isTargetListed } = found;
  const described = { ...group, flow, isTargetListed, sourceEnds: await endsOf(group, access) };
  const lines =
    output === 'json'
      ? [JSON.stringify(groupJson(described))]
      : renderGroup(described, Date.now(), paintFor(io.stdout));
  io.stdout.write(`${lines.join('\n')}\n`);
  for (const line of explanations(described, found)) io.stderr.write(`${line}\n`);
  return failures.length > 0 ? exitCodes.partlyDone : exitCodes.done;
}

async function endsOf({ positions }: SurveyedGroup, { source }: FlowAccess) {
  const ends = await source.dataPlane.listOffsets(positions, 'latest');
  return ends.map((end) => (end.ok ? end.value : undefined));
}

/** Why partitions are not exact: one example of each status, and nothing that was said before. */
function explanations({ positions }: DescribedGroup, { failures }: Survey): string[] {
  const said = new Set(failures.map(({ message }) => message));
  const examples = new Map<string, GroupPosition>();
  for (const position of positions) {
    const { status } = position.downstream;
    if (!examples.has(status)) examples.set(status, position);
  }
  return [...examples].flatMap(([status, { topic, partition, downstream }]) => {
    const why = explainDownstream(downstream);
    if (why === undefined || said.has(why)) return [];
    return [`${status}, for example ${topic}-${partition}: ${why}`];
  });
}
