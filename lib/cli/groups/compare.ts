/** Groups on both sides, beside each other. */
import { compareGroups, type GroupsComparison, isEqual } from '../../checkpoint/compare-groups.ts';
import { type AbsentGroup, absentGroups } from '../../checkpoint/group-sync-plan.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { FlowAccess } from '../flow-access.ts';
import { positionsOf } from './find.ts';
import { byName, byPlace } from './survey.ts';

/** Of the groups of a flow, all or those that were asked for. */
export interface Comparison extends GroupsComparison {
  flow: string;
  /** Asked for, and not taken by the flow. */
  absent: readonly AbsentGroup[];
}

/**
 * The positions come first: what consumers of the source commit meanwhile is compared the next time.
 * Rejects where a cluster or the state does not answer at all.
 */
export async function compareOn(
  access: FlowAccess,
  names?: readonly string[],
): Promise<Comparison> {
  const found = await positionsOf(access, names);
  const positions = found.groups
    .toSorted(byName)
    .map((group) => ({ ...group, positions: group.positions.toSorted(byPlace) }));
  const target = access.target.groups;
  const { groups, failures } = await compareGroups({ positions, target, map: access.state });
  return {
    flow: access.name,
    groups,
    absent: absentGroups(new Set(names), found),
    failures: [...found.failures, ...failures],
  };
}

/** What is not known is not equal. */
export function comparisonExitCode({ groups, absent, failures }: Comparison): ExitCode {
  const areAllKnown = absent.length === 0 && failures.length === 0;
  return areAllKnown && groups.every(isEqual) ? exitCodes.done : exitCodes.checkFailed;
}
