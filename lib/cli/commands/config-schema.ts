import { configurationJsonSchema } from '../../config/json-schema.ts';
import { type CliCommand, exitCodes } from '../command.ts';

/** `mirrorless config schema` */
export const configSchema: CliCommand<object> = {
  name: 'schema',
  summary: 'print the JSON Schema of mirrorless.yaml, for editors',
  configure: () => {},
  async run(_, io) {
    io.stdout.write(`${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
    return exitCodes.done;
  },
};
