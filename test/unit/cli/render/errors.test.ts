import assert from 'node:assert/strict';
import { it } from 'node:test';
import { failureSummaries } from '../../../../lib/cli/render/errors.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';

const failure = (topic: string, partition: number) =>
  new MirrorlessError('SOURCE_NOT_READY', `${topic}-${partition} has no leader.`, {
    place: { cluster: 'us', topic, partition },
  });

it('says what failed alike once, and how much more there is', () => {
  const alike = [failure('a', 0), failure('a', 1), failure('a', 2), failure('b', 0)];
  const lines = failureSummaries(alike);
  assert.match(lines[0]!, /^a-0 has no leader\..* \(and 2 more like this\)$/);
  assert.deepEqual(lines.slice(1), [alike[3]!.message]);
  const many = Array.from({ length: 60 }, (_, index) => failure(`topic-${index >> 1}`, index & 1));
  const shown = failureSummaries(many);
  assert.equal(shown.length, 21);
  assert.equal(shown.at(-1), 'and 20 other failures');
  assert.deepEqual(failureSummaries([]), []);
});
