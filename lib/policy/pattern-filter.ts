import { MirrorlessError } from '../errors.ts';
import { translateJavaRegex } from './java-regex.ts';

/** True for a name that is taken. */
export type PatternFilter = (name: string) => boolean;

/**
 * MM2's topic, group and config-property filters: a name is taken where the whole of it matches one
 * of `include` and none of `exclude`. An empty list matches nothing. Patterns are Java's regular
 * expressions. Throws CONFIGURATION_INVALID for one that cannot be translated.
 */
export function patternFilter(lists: {
  include: readonly string[];
  exclude: readonly string[];
}): PatternFilter {
  const included = anyOf(lists.include);
  const excluded = anyOf(lists.exclude);
  return (name) => included(name) && !excluded(name);
}

/** As MM2 does, the list is joined first: one element's groups and flags may reach the next. */
function anyOf(patterns: readonly string[]): PatternFilter {
  if (patterns.length === 0) return () => false;
  const translated = translateJavaRegex(patterns.join('|'));
  if (translated.problem !== undefined) {
    const what = `the pattern list ${patterns.join(',')} cannot be used: ${translated.problem}`;
    throw new MirrorlessError('CONFIGURATION_INVALID', what);
  }
  return (name) => translated.regex.test(name);
}
