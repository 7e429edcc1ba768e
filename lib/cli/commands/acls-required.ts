import { type Command, InvalidArgumentError, Option } from 'commander';
import { chosenFlows } from '../chosen-flows.ts';
import { type CliCommand, exitCodes } from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { configurationOption } from '../options.ts';
import { aclsJson, type FlowAcls, renderAclCommands, renderAclTable } from '../render/acls.ts';
import { paintFor } from '../render/table.ts';

interface RequiredOptions {
  config: string;
  flow?: string[];
  principalSource: string;
  principalTarget: string;
  output: 'commands' | 'table' | 'json';
}

const about = `
Nothing is connected to. Every ACL is needed, and no other: Read, Write and Alter include Describe,
AlterConfigs includes DescribeConfigs. ACLs know no regular expressions: a pattern becomes the letters
that all its names begin with, or all names where there are none such; then it says so. What a flow
may not see it cannot copy: topics that nobody may describe are in no list of Kafka's.

Clusters that authorize with IAM need none of these.

Examples:
  mirrorless acls required -c mm2.properties > acls.sh     for an administrator to read and run
  mirrorless acls required -c mm2.properties -o table
  mirrorless acls required -c mirrorless.yaml --flow us-east->us-west \\
    --principal-source User:mirror --principal-target 'User:CN=mirror,O=shop'

-o json: {flows: [{flow, acls: [{cluster, side, principal, resourceType, patternType, name,
operation, needs: [{user, why}], note, brokersBefore}]}]}. note says why a name covers more than the
flow takes, brokersBefore that only older brokers ask for it; null otherwise.`;

const placeholder = 'User:mirrorless';

/** `mirrorless acls required -c FILE` */
export const aclsRequired: CliCommand<RequiredOptions> = {
  name: 'required',
  summary: 'the ACLs that flows need on their clusters, as kafka-acls commands, and what for',
  configure(command: Command) {
    const principal = (side: string) =>
      new Option(`--principal-${side} <principal>`, `whom the ${side} cluster knows them as`)
        .argParser(readPrincipal)
        .default(placeholder);
    command
      .addOption(configurationOption())
      .addOption(new Option('--flow <flow...>', 'only these flows, named source->target'))
      .addOption(principal('source'))
      .addOption(principal('target'))
      .addOption(
        new Option('-o, --output <format>', 'of the result on standard output')
          .choices(['commands', 'table', 'json'])
          .default('commands'),
      )
      .addHelpText('after', about);
  },
  async run({ config, flow: names, principalSource, principalTarget, output }, io) {
    const configuration = await readConfiguration(config, io);
    if (configuration === undefined) return exitCodes.usage;
    const principals = { source: principalSource, target: principalTarget };
    const flows = chosenFlows(configuration, names);
    const all = flows.map((flow): FlowAcls => ({ flow, configuration, principals }));
    if (output === 'json') {
      io.stdout.write(`${JSON.stringify({ flows: all.map(aclsJson) })}\n`);
      return exitCodes.done;
    }
    const lines =
      output === 'commands' ? renderAclCommands(all) : renderAclTable(all, paintFor(io.stdout));
    io.stdout.write(`${lines.join('\n')}\n`);
    if (Object.values(principals).includes(placeholder)) {
      const options = '--principal-source and --principal-target';
      io.stderr.write(`${placeholder} stands where ${options} say nothing else\n`);
    }
    return exitCodes.done;
  },
};

function readPrincipal(text: string): string {
  if (/^\w+:./.test(text)) return text;
  throw new InvalidArgumentError('A principal has its type in front, such as User:mirrorless.');
}
