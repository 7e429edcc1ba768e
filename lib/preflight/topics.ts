/** What the patterns of a flow take. */
import type { Topics } from '../discovery/look-at-topics.ts';
import { type Check, checkAt, type Place } from './check.ts';

export function topicsChecks(
  { mirrored, unmatched }: Pick<Topics, 'mirrored' | 'unmatched'>,
  place: Place,
): Check[] {
  const at = checkAt('topics', place);
  const count = mirrored.length;
  const taken =
    count === 0
      ? at.warning('the flow takes no topic that is seen', 'see topics, topics.exclude and --topic')
      : at.ok(`the flow takes ${count} topic${count === 1 ? '' : 's'}`);
  const others = unmatched
    // A topic that may not be seen is named among the permissions.
    .filter(({ error }) => error === undefined)
    .map(({ pattern }) =>
      at.warning(`\`${pattern}\` takes no topic`, 'correct the pattern, or create the topic'),
    );
  return [taken, ...others];
}
