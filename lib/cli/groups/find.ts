import { findPositions } from '../../checkpoint/find-positions.ts';
import type { FlowPositions } from '../../checkpoint/positions.ts';
import type { FlowAccess } from '../flow-access.ts';

/** Where groups go on on the target: all that the flow takes, or those of them that are named. */
export function positionsOf(access: FlowAccess, names?: readonly string[]): Promise<FlowPositions> {
  return findPositions(access, names === undefined ? {} : { groups: names });
}
