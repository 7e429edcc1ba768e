import type { FunctionName } from '../../deployment.ts';
import { kafkaStatements } from './kafka-cluster.ts';
import { permissions } from './registry.ts';
import type { Conditions, PermissionScope } from './scope.ts';

/** A statement of a policy. */
export interface Statement {
  id: string;
  effect: 'Allow' | 'Deny';
  actions: readonly string[];
  resources: readonly string[];
  conditions?: Conditions;
  /** Why there is a `*` in the resources, where there is one. */
  wildcard?: string;
}

/** The policy of a function: what of the registry the flow needs, and what on its clusters. */
export function policyStatements(scope: PermissionScope, name: FunctionName): Statement[] {
  const own = permissions
    .filter(({ functions }) => functions.includes(name))
    .map((permission): Statement => {
      const conditions = permission.conditions?.(scope);
      return {
        id: permission.id,
        effect: permission.effect ?? 'Allow',
        actions: permission.actions,
        resources: permission.resources(scope, name),
        ...(conditions && { conditions }),
        wildcard: permission.on,
      };
    });
  const onClusters = kafkaStatements(scope, name).map((statement): Statement => {
    return {
      ...statement,
      effect: 'Allow',
      wildcard: 'names that begin as the flow’s patterns do',
    };
  });
  return [...own, ...onClusters].filter(({ resources }) => resources.length > 0);
}
