/** Everything that the flow, both clusters and the state tell of consumer groups, in one look. */
import type { AbsentGroup } from '../../checkpoint/group-sync-plan.ts';
import type { GroupPositions } from '../../checkpoint/positions.ts';
import { type MirrorlessError, toMirrorlessError } from '../../errors.ts';
import type { GroupCheckpoints } from '../../state/ports.ts';
import { type ExitCode, exitCodes } from '../command.ts';
import type { FlowAccess } from '../flow-access.ts';
import { visible } from '../render/table.ts';
import { positionsOf } from './find.ts';

export interface SurveyedGroup extends GroupPositions {
  /** Absent where the target does not list the group. */
  targetState?: string;
  /** What was last published of it. */
  published?: GroupCheckpoints;
}

export interface Survey {
  flow: string;
  /** False where a broker of the target did not list its groups. */
  isTargetListed: boolean;
  /** By name. */
  groups: readonly SurveyedGroup[];
  /** Groups that were published once and that the source lists no more. */
  gone: readonly GroupCheckpoints[];
  /** Every group of the source; absent where a broker did not list its own. */
  listed?: ReadonlySet<string>;
  failures: readonly MirrorlessError[];
}

/** Of all groups, or those that are named. Rejects where the source or the state does not answer. */
export async function survey(access: FlowAccess, names?: readonly string[]): Promise<Survey> {
  const [found, target, stored] = await Promise.all([
    positionsOf(access, names),
    listTarget(access),
    access.checkpoints.read(),
  ]);
  const published = new Map(stored.groups.map((checkpoints) => [checkpoints.group, checkpoints]));
  const groups = found.groups.map((group): SurveyedGroup => {
    const targetState = target.states.get(group.group);
    const checkpoints = published.get(group.group);
    return {
      ...group,
      positions: group.positions.toSorted(byPlace),
      ...(targetState === undefined ? {} : { targetState }),
      ...(checkpoints === undefined ? {} : { published: checkpoints }),
    };
  });
  const { listed } = found;
  return {
    flow: access.name,
    isTargetListed: target.failures.length === 0,
    groups: groups.toSorted(byName),
    gone: stored.groups.filter(
      ({ group }) => listed !== undefined && !listed.has(group) && access.groupFilter(group),
    ),
    ...(listed === undefined ? {} : { listed }),
    failures: [...found.failures, ...target.failures, ...stored.failures],
  };
}

/** Whether it is all that could be told. */
export function surveyExitCode({ groups, gone, failures }: Survey): ExitCode {
  if (failures.length === 0 && groups.every(({ failure }) => failure === undefined)) {
    return exitCodes.done;
  }
  return groups.length + gone.length === 0 ? exitCodes.failed : exitCodes.partlyDone;
}

/** Why a group that was asked for is not among those that were found, for a person. */
export function whyAbsent(
  { group, reason }: AbsentGroup,
  { name, settings, groupFilter }: Pick<FlowAccess, 'name' | 'settings' | 'groupFilter'>,
): string {
  const { alias } = settings.source;
  const shown = visible(group);
  switch (reason) {
    case 'gone':
      return `cluster ${alias} has no group ${shown}`;
    case 'unknown':
      return `not every broker of ${alias} answered, so whether it has group ${shown} is not known`;
    case 'not-translated':
      return groupFilter(group)
        ? `group ${shown} is no consumer group with an offset in a topic of ${name}`
        : `${name} leaves group ${shown} alone: see its settings groups and groups.exclude`;
  }
}

export function byName(a: { group: string }, b: { group: string }): number {
  return compare(a.group, b.group);
}

export function byPlace(
  a: { topic: string; partition: number },
  b: { topic: string; partition: number },
): number {
  return compare(a.topic, b.topic) || a.partition - b.partition;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

interface TargetGroups {
  states: ReadonlyMap<string, string>;
  failures: readonly MirrorlessError[];
}

/** The rest can be told without it. */
async function listTarget({ target }: Pick<FlowAccess, 'target'>): Promise<TargetGroups> {
  try {
    const { groups, failures } = await target.groups.listGroups();
    return { states: new Map(groups.map(({ group, state }) => [group, state])), failures };
  } catch (error) {
    return { states: new Map(), failures: [toMirrorlessError(error)] };
  }
}
