import { fileURLToPath } from 'node:url';
import { writeEnvironment } from '../../lib/config/environment.ts';

/** The flow of the benchmarks that host the replicate function themselves. */
export const sourceAlias = 'source';
export const stateTable = 'mirrorless-bench';
export const replicateFunction = fileURLToPath(
  new URL('../../functions/replicate.ts', import.meta.url),
);

/** The environment variables of its function. */
export function flowEnvironment(bootstrapServers: string[]): Record<string, string> {
  return writeEnvironment({
    source: { alias: sourceAlias, bootstrapServers: ['source:9092'] },
    target: { alias: 'target', bootstrapServers },
    replicationPolicy: {
      class: 'DefaultReplicationPolicy',
      separator: '.',
      internalTopicSeparatorEnabled: true,
      separatorConfigured: false,
    },
    producer: { compressionType: 'none', requestTimeoutMs: 30_000 },
    stateTable,
    reportBatchItemFailures: false,
  });
}
