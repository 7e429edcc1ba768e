import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupSync, SyncOutcome } from '../../../../lib/checkpoint/group-sync-plan.ts';
import { syncExitCode } from '../../../../lib/cli/groups/sync.ts';
import type { GroupsSyncReport } from '../../../../lib/cli/render/groups-sync.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import { exact, groupAt } from '../../checkpoint/positions.ts';

const failure = new MirrorlessError('SOURCE_NOT_READY', 'The coordinator moves.');
const absent = [{ group: 'misspelt', reason: 'gone' }] as const;

function report(
  outcomes: readonly SyncOutcome[],
  own: Partial<GroupsSyncReport> = {},
): GroupsSyncReport {
  const { positions } = groupAt('readers', [exact(1n)]);
  const groups = outcomes.map((outcome): GroupSync => {
    const partitions = [{ position: positions[0]!, outcome }];
    return { group: 'readers', state: 'Empty', partitions };
  });
  const defaults = { flow: 'a->b', mode: 'sync', dryRun: false, absent: [], failures: [] } as const;
  return { ...defaults, groups, ...own };
}

test('the exit code of a sync says whether somebody must look', () => {
  const withFailure = { group: 'bills', state: '', partitions: [], failure };
  const table: [GroupsSyncReport, number][] = [
    [report([]), 0],
    [report(['moved', 'already-there']), 0],
    [report(['moved', 'live']), 3],
    [report(['moved', 'target-further']), 3],
    [report(['moved'], { absent }), 3],
    [report(['would-move']), 3],
    [report(['would-move'], { dryRun: true }), 0],
    [report(['moved', 'failed']), 4],
    [report(['moved'], { failures: [failure] }), 4],
    [report(['failed', 'live']), 1],
    [report([], { groups: [withFailure] }), 1],
    [report([], { failures: [failure] }), 1],
  ];
  for (const [one, expected] of table) assert.equal(syncExitCode(one), expected);
});

test('the final mode passes whole or not at all', () => {
  const mode = 'final';
  const table: [GroupsSyncReport, number][] = [
    [report(['already-there'], { mode, isDone: true }), 0],
    [report(['already-there', 'ahead'], { mode, isDone: false }), 3],
    [report(['failed'], { mode, isDone: false, failures: [failure] }), 3],
    [report(['already-there', 'would-move'], { mode, isDone: false, dryRun: true }), 0],
    [report(['held-back', 'ahead'], { mode, isDone: false, dryRun: true }), 3],
    [report([], { mode, isDone: false, dryRun: true }), 3],
  ];
  for (const [one, expected] of table) assert.equal(syncExitCode(one), expected);
});
