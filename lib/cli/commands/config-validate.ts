import { type CliCommand, exitCodes } from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { configurationOption } from '../options.ts';

/** `mirrorless config validate -c FILE` */
export const configValidate: CliCommand<{ config: string }> = {
  name: 'validate',
  summary: 'check a configuration; every problem is reported at once',
  configure: (command) => command.addOption(configurationOption()),
  async run({ config }, io) {
    const configuration = await readConfiguration(config, io);
    if (configuration === undefined) return exitCodes.usage;
    const flows = configuration.flows.filter(({ enabled }) => enabled).length;
    const clusters = configuration.clusters.size;
    io.stderr.write(`${config} is valid: ${clusters} clusters, ${flows} enabled flows\n`);
    return exitCodes.done;
  },
};
