import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absentTopics } from '../../../../lib/cli/flows/measure.ts';
import { type FlowSurvey, statusExitCode, troublesOf } from '../../../../lib/cli/flows/survey.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import { mapping, surveyed, surveyOf, unmapped } from './surveyed.ts';

const failure = new MirrorlessError('SOURCE_UNREACHABLE', 'No broker answered.');
const truncated = {
  state: 'source-truncated',
  topic: 'orders',
  partition: 0,
  what: 'orders-0 begins at 9',
  sinceMs: 0,
} as const;

const kindsOf = (topic: Parameters<typeof troublesOf>[0], own: Partial<FlowSurvey> = {}) =>
  troublesOf(topic, surveyOf([topic], own)).map(({ kind }) => kind);

test('a topic is in trouble where it is not read, not well read, or something was detected', () => {
  const disabled = mapping('orders', { State: 'Disabled', StateTransitionReason: 'User action' });
  const failing = { LastProcessingResult: 'PROBLEM: Connection error' };
  assert.deepEqual(kindsOf(surveyed('orders')), []);
  assert.deepEqual(kindsOf(surveyed('orders', { states: [truncated] })), ['detected']);
  assert.deepEqual(kindsOf(surveyed('orders', { mapping: disabled })), ['stopped']);
  assert.deepEqual(kindsOf(surveyed('orders', { mapping: disabled, isPaused: true })), []);
  assert.deepEqual(kindsOf(surveyed('orders', { mapping: mapping('orders', failing) })), [
    'problem',
  ]);
  assert.deepEqual(kindsOf(unmapped('orders')), ['unmapped']);
  const recreated = { ...truncated, state: 'source-recreated' } as const;
  const halted = surveyed('orders', { mapping: disabled, states: [recreated] });
  assert.deepEqual(kindsOf(halted), ['detected'], 'a halted topic is not stopped by hand');
  assert.deepEqual(kindsOf(unmapped('orders', { isOnSource: false })), []);
  const topics = new Set(['orders']);
  const pauses = { flow: false, topics, restarting: topics };
  const restarting = surveyed('orders', { mapping: disabled, isPaused: true });
  assert.deepEqual(kindsOf(restarting, { pauses }), ['restarting']);
});

test('nothing is said that nobody could look at', () => {
  const { pauses: _, ...unread } = surveyOf([]);
  const stopped = surveyed('orders', { mapping: mapping('orders', { State: 'Disabled' }) });
  assert.deepEqual(troublesOf(stopped, unread), []);
  assert.deepEqual(kindsOf(unmapped('orders'), { areMappingsListed: false }), []);
  const gone = { ...truncated, state: 'source-deleted' } as const;
  const hidden = unmapped('orders', { isOnSource: undefined, states: [gone] });
  assert.deepEqual(kindsOf(hidden), ['detected']);
});

test('the exit code says whether somebody must look, and whether all could be looked at', () => {
  const well = surveyOf([surveyed('orders')]);
  const ill = surveyOf([surveyed('orders', { states: [truncated] })]);
  const table: [FlowSurvey[], string[], number][] = [
    [[well], [], 0],
    [[surveyOf([])], [], 0],
    [[well, ill], [], 3],
    [[well], ['misspelt'], 4],
    [[{ ...ill, failures: [failure] }], [], 4],
    [[{ ...well, failures: [failure], isStateRead: false }], [], 1],
    [[{ ...well, failures: [failure], isStateRead: false }, well], [], 4],
    [[surveyOf([], { failures: [failure] })], [], 1],
    [[surveyOf([])], ['misspelt'], 1],
  ];
  for (const [surveys, absent, expected] of table) {
    assert.equal(statusExitCode(surveys, absent), expected);
  }
});

test('a topic is found under either name, in any of the flows', () => {
  const flows = [surveyOf([surveyed('orders')]), surveyOf([surveyed('bills')])];
  assert.deepEqual(absentTopics(flows, ['orders', 'us.bills', 'us.', 'us.nobody']), [
    'us.',
    'us.nobody',
  ]);
  assert.deepEqual(absentTopics(flows), []);
});
