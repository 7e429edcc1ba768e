import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { GroupPositions } from '../../../../lib/checkpoint/positions.ts';
import { type Survey, surveyExitCode } from '../../../../lib/cli/groups/survey.ts';
import { groupsListJson, renderGroupsList } from '../../../../lib/cli/render/groups-list.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import { ahead, exact, groupAt, noMap } from '../../checkpoint/positions.ts';

const now = Date.UTC(2026, 10, 21);
const failure = new MirrorlessError('SOURCE_NOT_READY', 'The coordinator moves.');
const published = { group: 'late', publishedAtMs: now - 12_000, checkpoints: [] };

function withLag(group: GroupPositions, ...records: bigint[]): GroupPositions {
  const positions = group.positions.map((position, index) =>
    records[index] === undefined ? position : { ...position, lag: { records: records[index] } },
  );
  return { ...group, positions };
}

const found: Survey = {
  flow: 'source->target',
  isTargetListed: true,
  groups: [
    { ...withLag(groupAt('odd\u001b[31m\nname', [exact(1n)]), 0n) },
    { ...withLag(groupAt('late', [exact(1n), ahead(1n), exact(2n)]), 1000n, 0n, 234n), published },
    { ...withLag(groupAt('half', [exact(1n), noMap]), 5n), targetState: 'Stable' },
    { ...groupAt('dumb', [], { state: '', failure }) },
  ],
  gone: [{ group: 'old', publishedAtMs: now - 60_000, goneSinceMs: now - 30_000, checkpoints: [] }],
  failures: [],
};

it('shows a row for each group, however it is named, and those that are gone', () => {
  assert.deepEqual(renderGroupsList(found, now), [
    'GROUP                   SOURCE  TARGET  TOPICS  PARTITIONS    LAG  EXACTNESS             CHECKPOINT',
    'odd\\u{1b}[31m\\u{a}name  Empty   -            1           1      0  exact                      never',
    'late                    Empty   -            1           3  1,234  2 exact, 1 ahead      12.0 s ago',
    'half                    Empty   Stable       1           2      ?  1 exact, 1 no-map          never',
    'dumb                            -            0           0      ?  SOURCE_NOT_READY           never',
    'old                     gone    -            0           0      -  -                  1 min 0 s ago',
  ]);
});

it('does not say of a group that the target lacks it where the target did not tell', () => {
  const [, row] = renderGroupsList({ ...found, isTargetListed: false }, now);
  assert.match(row!, /name {2}Empty {3}\?/);
});

it('gives machines everything, and null for what is not known', () => {
  const json = JSON.parse(JSON.stringify(groupsListJson(found)));
  assert.deepEqual(json.groups[1], {
    group: 'late',
    sourceState: 'Empty',
    targetState: null,
    topics: 1,
    partitions: 3,
    lagRecords: '1234',
    exactness: { exact: 2, ahead: 1 },
    publishedAt: '2026-11-20T23:59:48.000Z',
    error: null,
  });
  assert.equal(json.groups[0].group, 'odd\u001b[31m\nname');
  assert.equal(json.groups[2].lagRecords, null);
  assert.deepEqual(json.groups[3].error, { code: failure.code, message: failure.message });
  assert.deepEqual(json.gone, [
    {
      group: 'old',
      publishedAt: '2026-11-20T23:59:00.000Z',
      goneSince: '2026-11-20T23:59:30.000Z',
    },
  ]);
});

it('ends with what could be told', () => {
  const whole = { ...found, groups: found.groups.slice(0, 2) };
  const nothing = { ...found, groups: [], gone: [] };
  assert.equal(surveyExitCode(whole), 0);
  assert.equal(surveyExitCode(nothing), 0);
  assert.equal(surveyExitCode(found), 4);
  assert.equal(surveyExitCode({ ...whole, failures: [failure] }), 4);
  assert.equal(surveyExitCode({ ...nothing, failures: [failure] }), 1);
});
