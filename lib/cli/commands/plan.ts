import type { Command } from 'commander';
import { type DiscoveryPlan, dutiesOf, planDiscovery } from '../../discovery/discover.ts';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { addFlowOptions, type CommandAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { discoveryOf, planExitCode } from '../flows/discovery.ts';
import { outputOption } from '../options.ts';
import { planJson, planWarnings, renderPlan, summarizePlan } from '../render/discovery.ts';
import { paintFor } from '../render/table.ts';

interface PlanOptions extends FlowOptions {
  output: OutputFormat;
}

const about = `
Looks at both clusters, at the flow's state and at its event source mappings, and does nothing.

Rows: what would be done, of which KIND, for which TOPIC of the source, and why:
  create topic, add partitions, set or unset setting, create acl   on the target
  create, update, disable, tag, delete mapping                     in the Lambda API
  wait mapping     Lambda is changing it: a later run plans it anew
  leave mapping    nothing would be done, but it is not as one would expect
  blocked mapping  somebody must do something first
Below them what was detected of topics, with what to do about it.

Examples:
  mirrorless plan -c mm2.properties
  mirrorless plan -c mirrorless.yaml --flow us->eu -o json

-o json: {flow, mirroredTopics, actions: [{action, kind, topic, reason, …}], detectedStates: [{state,
topic, partition, what, since, meaning, remedy}], unmatchedPatterns: [{pattern, error}],
unknownSettings: [{topic, remoteTopic, name, value}], withoutAcls: source | target | null, failures:
[{code, message}]}. An action has also, by its kind: remoteTopic, partitions, existingPartitions,
replicationFactor, settings; name, value; principal, host, operation, permission; uuid, parameters,
update, mappingArn, tags, isReplaced, state.

Ends with 0 where nothing is to be done, and with 3 where anything is; with 4 where only a part could
be looked at, or a pattern of topics takes none; with 1 where a cluster or the state does not answer.`;

/** `mirrorless plan -c FILE` */
export const plan: CliCommand<PlanOptions> = {
  name: 'plan',
  summary: 'what discovery would do, and why: topics, partitions, settings, ACLs, mappings',
  configure(command: Command) {
    addFlowOptions(command).addOption(outputOption()).addHelpText('after', about);
  },
  run: (options, io) =>
    withFlow(options, io, async (access) => planExitCode(await showPlan(options, access, io))),
};

/** Looks, and shows what would be done. */
export async function showPlan(
  { output }: Pick<PlanOptions, 'output'>,
  access: CommandAccess,
  io: Io,
): Promise<DiscoveryPlan> {
  await using discovery = discoveryOf(access);
  const now = Date.now();
  const found = await planDiscovery(discovery, dutiesOf(discovery.settings), now);
  const lines =
    output === 'json'
      ? [JSON.stringify(planJson(found, access.name))]
      : renderPlan(found, { now, paint: paintFor(io.stdout) });
  for (const line of lines) io.stdout.write(`${line}\n`);
  for (const line of planWarnings(found)) io.stderr.write(`warning: ${line}\n`);
  io.stderr.write(`${summarizePlan(found, access.name)}\n`);
  return found;
}

/** For `discover --dry-run`: differences are what it is run for. */
export function dryRunExitCode(found: DiscoveryPlan): ExitCode {
  const code = planExitCode(found);
  return code === exitCodes.checkFailed ? exitCodes.done : code;
}
