/** Clusters as a configuration has them, for tests of what is made of their authentication. */
import { loadConfiguration } from '../../../lib/config/load.ts';
import type { Cluster, LoadResult } from '../../../lib/config/model.ts';

export const mskArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/us/1a2b';

export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}`;
}

interface LoadOptions {
  /** On which the cluster with the lines is. */
  side?: 'source' | 'target';
  forDeployment?: boolean;
}

/** Of the flow a->b; lines of YAML for the cluster a, or b. */
export function loadCluster(
  lines: readonly string[],
  environment: Record<string, string> = {},
  { side = 'source', forDeployment = false }: LoadOptions = {},
): LoadResult {
  const [alias, other] = side === 'source' ? ['a', 'b'] : ['b', 'a'];
  const network = 'vpc: { subnets: [subnet-0a1b2c3d], security.groups: [sg-0a1b2c3d] }';
  const text = [
    'clusters:',
    `  ${alias}:`,
    ...["bootstrap.servers: ['a:9096']", ...lines].map((line) => `    ${line}`),
    `  ${other}: { bootstrap.servers: ['b:9092'], ${network} }`,
    'flows: { a->b: { enabled: true } }',
  ].join('\n');
  return loadConfiguration({ text, file: 'mirrorless.yaml', environment, forDeployment });
}

export function clusterOf(
  lines: readonly string[],
  environment: Record<string, string> = {},
): Cluster {
  const { configuration, problems } = loadCluster(lines, environment);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration.clusters.get('a')!;
}
