/** Clusters as a configuration has them, for tests of what is made of their authentication. */
import { loadConfiguration } from '../../../lib/config/load.ts';
import type { Cluster, LoadResult } from '../../../lib/config/model.ts';

export const mskArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/us/1a2b';

export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}`;
}

/** Of the flow a->b; lines of YAML for the cluster a. */
export function loadCluster(
  lines: readonly string[],
  environment: Record<string, string> = {},
): LoadResult {
  const text = [
    'clusters:',
    '  a:',
    ...["bootstrap.servers: ['a:9096']", ...lines].map((line) => `    ${line}`),
    "  b: { bootstrap.servers: ['b:9092'] }",
    'flows: { a->b: { enabled: true } }',
  ].join('\n');
  return loadConfiguration({ text, file: 'mirrorless.yaml', environment });
}

export function clusterOf(
  lines: readonly string[],
  environment: Record<string, string> = {},
): Cluster {
  const { configuration, problems } = loadCluster(lines, environment);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration.clusters.get('a')!;
}
