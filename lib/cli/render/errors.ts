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

/** An error beside the results, for machines; null where there is none. */
export function errorJson(error: MirrorlessError | undefined): object | null {
  return error === undefined ? null : { code: error.code, message: error.message };
}
