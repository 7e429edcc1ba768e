import type { Configuration } from '../../config/model.ts';
import { type CliCommand, exitCodes } from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { configurationOption } from '../options.ts';

/** `mirrorless config show -c FILE` */
export const configShow: CliCommand<{ config: string }> = {
  name: 'show',
  summary: 'print what a configuration means, defaults included, as JSON without secrets',
  configure: (command) => command.addOption(configurationOption()),
  async run({ config }, io) {
    const configuration = await readConfiguration(config, io);
    if (configuration === undefined) return exitCodes.usage;
    io.stdout.write(`${JSON.stringify(plain(configuration), null, 2)}\n`);
    return exitCodes.done;
  },
};

function plain({ clusters, flows }: Configuration): object {
  return { clusters: Object.fromEntries(clusters), flows };
}
