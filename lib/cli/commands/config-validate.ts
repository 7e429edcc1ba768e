import { type CliCommand, exitCodes } from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { configurationOption } from '../options.ts';

/** `mirrorless config validate -c FILE [--deploy]` */
export const configValidate: CliCommand<{ config: string; deploy?: true }> = {
  name: 'validate',
  summary: 'check a configuration; every problem is reported at once',
  configure: (command) =>
    command
      .addOption(configurationOption())
      .option('--deploy', 'also what only stands in the way of a deployment, as `cdk synth` does'),
  async run({ config, deploy = false }, io) {
    const configuration = await readConfiguration(config, io, { forDeployment: deploy });
    if (configuration === undefined) return exitCodes.usage;
    const flows = configuration.flows.filter(({ enabled }) => enabled).length;
    const clusters = configuration.clusters.size;
    io.stderr.write(`${config} is valid: ${clusters} clusters, ${flows} enabled flows\n`);
    return exitCodes.done;
  },
};
