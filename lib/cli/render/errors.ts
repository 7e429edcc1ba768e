import { failuresByPlace } from '../../checkpoint/tell.ts';
import type { MirrorlessError } from '../../errors.ts';
import { visible } from './table.ts';

/** What stands in the way of a complete result. */
export interface Incomplete {
  groups: readonly { group: string; failure?: MirrorlessError }[];
  failures: readonly MirrorlessError[];
}

/** For a person, each failure once. */
export function failureLines({ groups, failures }: Incomplete): string[] {
  const ofGroups = groups.flatMap(({ group, failure }) =>
    failure === undefined ? [] : [`${visible(group)}: ${failure.message}`],
  );
  return [...new Set([...failures.map(({ message }) => message), ...ofGroups])];
}

/** For a person, what failed alike at one place once. */
export function failureSummaries(failures: readonly MirrorlessError[]): string[] {
  return failuresByPlace(failures).map(({ first, count }) =>
    count === 1 ? first.message : `${first.message} (and ${count - 1} more like this)`,
  );
}

/** An error beside the results, for machines; null where there is none. */
export function errorJson(error: MirrorlessError | undefined): object | null {
  return error === undefined ? null : { code: error.code, message: error.message };
}
