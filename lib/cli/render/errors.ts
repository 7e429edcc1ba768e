import { failuresByPlace } from '../../checkpoint/tell.ts';
import type { MirrorlessError } from '../../errors.ts';
import { counted } from './numbers.ts';
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

/** For a person, what failed alike at one place once; a few lines, however much there is. */
export function failureSummaries(failures: readonly MirrorlessError[]): string[] {
  const places = failuresByPlace(failures);
  const lines = places.map(({ first, count }) =>
    count === 1 ? first.message : `${first.message} (and ${count - 1} more like this)`,
  );
  const leftCount = failures.length - places.reduce((sum, { count }) => sum + count, 0);
  return leftCount === 0 ? lines : [...lines, `and ${counted(leftCount, 'other failure')}`];
}

/** An error beside the results, for machines; null where there is none. */
export function errorJson(error: MirrorlessError | undefined): object | null {
  return error === undefined ? null : { code: error.code, message: error.message };
}
