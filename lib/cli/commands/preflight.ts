import { type Command, Option } from 'commander';
import type { Check } from '../../preflight/check.ts';
import { preflight as lookAtAll } from '../../preflight/preflight.ts';
import { chosenFlows } from '../chosen-flows.ts';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { Interruption } from '../interruption.ts';
import { configurationOption, outputOption, topicOption } from '../options.ts';
import { LiveBlock } from '../render/live.ts';
import { preflightJson, renderChecks, summarizeChecks } from '../render/preflight.ts';
import { paintFor } from '../render/table.ts';

interface PreflightOptions {
  config: string;
  flow?: string[];
  topic?: string[];
  output: OutputFormat;
}

const about = `
Looks at every cluster and topic of a configuration before anything is deployed, and changes nothing:
  dns, tcp, tls, authentication   of the bootstrap servers, then of every broker the cluster names
  versions, cluster id            what the brokers understand; whether the ends are two clusters
  permissions                     what this login may do, as the brokers tell it (KIP-430), against
                                  what \`mirrorless acls required\` lists; no record is written
  topics, replication factor, creation, partitions
                                  what the target would refuse to create, in its own words
  message size, timestamps        limits of the target under which records of the source would fall
  event size                      records larger than the 6 MB of an event
What needs an earlier check that failed is skipped, and says so. Everything is seen from this machine
and with its login: run it where the functions will run, in their subnets, to be sure of the network.

Examples:
  mirrorless preflight -c mm2.properties
  mirrorless preflight -c mirrorless.yaml --flow us->eu --topic orders payments
  mirrorless preflight -c mirrorless.yaml -o json

-o json: {checks: [{check, outcome: ok | warning | failed | skipped, cluster, flow, broker, topic,
group, found, remedy, missing: [{resourceType, patternType, name, operation, iam: {actions,
resource}}]}]}; what does not apply is null, missing is empty.

Ends with 0 where no check failed, whatever is warned of, and with 3 where one did.`;

/** `mirrorless preflight -c FILE` */
export const preflight: CliCommand<PreflightOptions> = {
  name: 'preflight',
  summary: 'check clusters, permissions and limits before anything is deployed',
  configure(command: Command) {
    command
      .addOption(configurationOption())
      .addOption(new Option('--flow <flow...>', 'only these flows, named source->target'))
      .addOption(topicOption())
      .addOption(outputOption())
      .addHelpText('after', about);
  },
  async run(options, io) {
    const configuration = await readConfiguration(options.config, io);
    if (configuration === undefined) return exitCodes.usage;
    const flows = chosenFlows(configuration, options.flow);
    using interruption = new Interruption(() => {});
    const live = new LiveBlock(io.stderr);
    const onProgress = (what: string) => live.draw([`looking at ${what} …`]);
    // Whatever is under way only looks: it may end anywhere.
    interruption.signal.addEventListener('abort', () => {
      live.clear();
      process.exit(exitCodes.interrupted);
    });
    const checks = await lookAtAll({ configuration, flows, topics: options.topic, onProgress });
    live.clear();
    return show(checks, options.output, io);
  },
};

function show(checks: readonly Check[], output: OutputFormat, io: Io): ExitCode {
  const lines =
    output === 'json'
      ? [JSON.stringify(preflightJson(checks))]
      : renderChecks(checks, paintFor(io.stdout));
  for (const line of lines) io.stdout.write(`${line}\n`);
  io.stderr.write(`${summarizeChecks(checks)}\n`);
  const isFailed = checks.some(({ outcome }) => outcome === 'failed');
  return isFailed ? exitCodes.checkFailed : exitCodes.done;
}
