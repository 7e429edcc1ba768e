import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RestartReport, restartExitCode } from '../../../../lib/cli/flows/restart.ts';
import {
  explainRestart,
  renderRestart,
  restartJson,
  restartQuestion,
} from '../../../../lib/cli/render/topics-restart.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import type { Restarted } from '../../../../lib/restart/restart.ts';

function topic(name: string, rest: Partial<Restarted> = {}): Restarted {
  return {
    ...{ topic: name, remoteTopic: `us.${name}`, isMirrored: true, isOnSource: true },
    ...{ isRestarting: false, staysPaused: false },
    states: [{ state: 'source-recreated', topic: name, what: 'other ids', sinceMs: 0 }],
    starts: [{ partition: 0, upstream: 0n, downstream: 20n, toCopyCount: 1234n, isRead: true }],
    ...rest,
  };
}

const restarted = topic('orders');
const refused = topic('users', { states: [], starts: [], refusal: 'nothing is the matter' });
const failure = new MirrorlessError('GROUP_ACTIVE', 'Group g still has members.');
const failed = topic('payments', { failure, staysPaused: true });

function report(topics: Restarted[], rest: Partial<RestartReport> = {}): RestartReport {
  const rules = { from: 'earliest', force: false } as const;
  return { flow: 'us->eu', dryRun: false, ...rules, topics, failures: [], ...rest };
}

describe('topics restart', () => {
  test('a row for each topic', () => {
    assert.deepEqual(renderRestart(report([restarted, refused, failed])), [
      'TOPIC     DETECTED          PARTITIONS  TO COPY  OUTCOME',
      'orders    source-recreated           1    1,234  restarted',
      'users     -                          -        -  refused: nothing is the matter',
      'payments  source-recreated           1    1,234  failed: GROUP_ACTIVE',
    ]);
    const [, row] = renderRestart(
      report([topic('orders', { staysPaused: true })], { dryRun: true }),
    );
    assert.match(row!, /would be restarted, stays paused$/);
  });

  test('what becomes of old copies and of groups is told, and how it is completed', () => {
    const lines = explainRestart(report([restarted, failed])).join('\n');
    assert.match(lines, /what remote topics hold stays there/);
    assert.match(lines, /before-map.*ahead.*groups on the target stay where they stand/);
    assert.match(lines, /the same command again completes it/);
    assert.match(lines, /warning: Group g still has members/);
    assert.deepEqual(explainRestart(report([refused])), []);
    const progress = explainRestart(report([restarted], { from: 'progress' })).join('\n');
    assert.doesNotMatch(progress, /copied behind it/);
  });

  test('only what may be restarted is asked for', () => {
    assert.equal(restartQuestion(report([refused])), undefined);
    const question = restartQuestion(report([restarted, refused]));
    assert.equal(question, 'Begin 1 topic of us->eu anew from earliest?');
  });

  test('it ends with 0, with 4 where some were refused or failed, with 1 where all were', () => {
    assert.equal(restartExitCode(report([restarted])), 0);
    assert.equal(restartExitCode(report([restarted, refused])), 4);
    assert.equal(restartExitCode(report([restarted], { failures: [failure] })), 4);
    assert.equal(restartExitCode(report([refused, failed])), 1);
  });

  test('the JSON is complete', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(restartJson(report([failed])))), {
      ...{ flow: 'us->eu', dryRun: false, from: 'earliest', failures: [] },
      topics: [
        {
          ...{ topic: 'payments', remoteTopic: 'us.payments', outcome: 'failed' },
          detectedStates: [
            {
              state: 'source-recreated',
              partition: null,
              what: 'other ids',
              since: '1970-01-01T00:00:00.000Z',
            },
          ],
          staysPaused: true,
          partitions: [{ partition: 0, upstreamStart: '0', downstreamStart: '20', toCopy: '1234' }],
          reason: null,
          error: { code: 'GROUP_ACTIVE', message: failure.message },
        },
      ],
    });
  });
});
