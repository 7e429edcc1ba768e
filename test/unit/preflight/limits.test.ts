import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LimitsView, limitChecks, type TopicPair } from '../../../lib/preflight/limits.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const places = { source: { cluster: 'us' }, target: { cluster: 'eu' } };
const earliest = { startingPosition: { at: 'earliest' }, topicStartingPositions: {} } as const;
const limit = (bytes: number) => ({ 'max.message.bytes': String(bytes) });

function judged(pair: Partial<TopicPair>, mapping: LimitsView['mapping'] = earliest): string[] {
  const whole = { topic: 'a', remoteTopic: 'us.a', partitionCount: 2, ...pair };
  return limitChecks([whole], { places, mapping, nowMs })
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'warning')
    .map(({ check, topic, outcome, found }) => [check, topic, outcome, found].join('|'));
}

test('a remote topic that takes smaller records than its source fails, one that takes larger does not', () => {
  assert.deepEqual(judged({ source: limit(1000), remote: limit(1000) }), []);
  assert.deepEqual(judged({ source: limit(1000), remote: limit(2000) }), []);
  assert.deepEqual(judged({ source: limit(2000), remote: limit(1000) }), [
    'message size|us.a|failed|takes 1,000 bytes, the source 2,000 bytes in a',
  ]);
});

test('a topic that takes larger records than an event carries is warned of', () => {
  const both = (bytes: number) => judged({ source: limit(bytes), remote: limit(bytes) });
  assert.deepEqual(both(4_718_592), []);
  assert.match(both(4_718_593)[0]!, /^event size\|a\|warning\|takes records of 4,718,593 bytes/);
});

describe('records older than the target takes', () => {
  const before = { 'message.timestamp.before.max.ms': String(7 * dayMs) };
  const pair = { source: {}, remote: before };
  const old = { ...pair, oldestMs: nowMs - 8 * dayMs };

  test('fail where the flow would copy them', () => {
    assert.match(
      judged(old)[0]!,
      /^timestamps\|us\.a\|failed\|refuses records older than 7 days; a holds one of 2025-12-24, 8 days old$/,
    );
    assert.deepEqual(judged({ ...pair, oldestMs: nowMs - 6 * dayMs }), []);
    assert.deepEqual(judged(pair), [], 'a topic without records');
  });

  test('do not where it starts later', () => {
    const at = (startingPosition: LimitsView['mapping']['startingPosition']) =>
      judged(old, { ...earliest, startingPosition });
    assert.deepEqual(at({ at: 'latest' }), []);
    assert.deepEqual(at({ at: 'timestamp', timestampMs: nowMs - dayMs }), []);
    assert.equal(at({ at: 'timestamp', timestampMs: nowMs - 9 * dayMs }).length, 1);
    const topicStartingPositions = { a: { at: 'latest' } } as const;
    assert.deepEqual(judged(old, { ...earliest, topicStartingPositions }), []);
  });

  test('fail by the limit of older brokers too, never where brokers set the time', () => {
    const difference = { 'message.timestamp.difference.max.ms': String(dayMs) };
    assert.match(judged({ ...old, remote: difference })[0]!, /older than 24 h/);
    const appended = { ...before, 'message.timestamp.type': 'LogAppendTime' };
    assert.deepEqual(judged({ ...old, remote: appended }), []);
    const unlimited = { 'message.timestamp.before.max.ms': '9223372036854775807' };
    assert.deepEqual(judged({ ...old, remote: unlimited }), []);
  });
});

test('more partitions than the source has are warned of, fewer will be added', () => {
  assert.equal(judged({ remotePartitionCount: 1 }).length, 0);
  assert.match(judged({ remotePartitionCount: 3 })[0]!, /^partitions\|us\.a\|warning/);
});

test('says how many topics were compared, and where there was none', () => {
  const say = (pairs: TopicPair[]) =>
    limitChecks(pairs, { places, mapping: earliest, nowMs }).map(
      ({ outcome, found }) => `${outcome} ${found}`,
    );
  assert.deepEqual(say([]), Array(4).fill('skipped no topic to compare'));
  const pair = { topic: 'a', remoteTopic: 'us.a', partitionCount: 1, source: {}, remote: {} };
  assert.equal(say([pair])[0], 'ok 1 topic compared');
});
