import type { Configuration, Flow } from './model.ts';

export interface StackPlace {
  region?: string;
  accountId?: string;
}

/**
 * The stack of a flow goes to its target, or to its source where the target is nowhere in AWS. One
 * that exists only for its heartbeats goes beside the flow that mirrors what it writes.
 */
export function stackPlace(
  { clusters, flows }: Pick<Configuration, 'clusters' | 'flows'>,
  flow: Flow,
): StackPlace {
  const { source, target, enabled } = flow;
  const isCompanion =
    !enabled &&
    flows.some((other) => other.enabled && other.source === target && other.target === source);
  for (const alias of isCompanion ? [source, target] : [target, source]) {
    const { region, accountId } = clusters.get(alias) ?? {};
    if (region === undefined && accountId === undefined) continue;
    return {
      ...(region !== undefined && { region }),
      ...(accountId !== undefined && { accountId }),
    };
  }
  return {};
}
