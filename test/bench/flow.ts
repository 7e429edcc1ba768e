import { fileURLToPath } from 'node:url';
import { writeEnvironment } from '../../lib/config/environment.ts';
import { defaultFlowSettings } from '../support/flow-settings.ts';

/** The flow of the benchmarks that host the replicate function themselves. */
export const sourceAlias = 'source';
export const stateTable = 'mirrorless-bench';
export const replicateFunction = fileURLToPath(
  new URL('../../functions/replicate.ts', import.meta.url),
);

/** The environment variables of its function. */
export function flowEnvironment(bootstrapServers: string[]): Record<string, string> {
  return writeEnvironment(
    defaultFlowSettings({
      source: { alias: sourceAlias, bootstrapServers: ['source:9092'] },
      target: { alias: 'target', bootstrapServers },
      stateTable,
    }),
  );
}
