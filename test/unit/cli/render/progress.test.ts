import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowsJson } from '../../../../lib/cli/render/flows-json.ts';
import { renderProgress, renderSummary } from '../../../../lib/cli/render/progress.ts';
import type { FlowStatus } from '../../../../lib/local/local-flow.ts';
import type { TopicStatus } from '../../../../lib/local/mirror.ts';

function topic(overrides: Partial<TopicStatus> = {}): TopicStatus {
  return {
    topic: 'orders',
    remoteTopic: 'us.orders',
    partitionCount: 4,
    recordCount: 1234,
    eventCount: 5,
    lagRecords: 0,
    hasCaughtUp: true,
    problems: [],
    ...overrides,
  };
}

function flow(...topics: TopicStatus[]): FlowStatus {
  return { flow: 'us->eu', enabled: true, topics, scheduled: [], maxResidentBytes: 1000 };
}

const failing = {
  failure: { code: 'TOPIC_MISSING', message: 'There is no us.orders.', retriable: true },
  attempts: 3,
} as const;

describe('the progress of a flow', () => {
  it('shows every topic with its numbers and its state', () => {
    const lines = renderProgress(
      [
        flow(
          topic({ replicationLatencyMs: 8 }),
          topic({ topic: 'b', lagRecords: 12_345 }),
          topic({ topic: 'c', lagRecords: 1, failing }),
          topic({
            topic: 'd',
            problems: [{ partition: 2, message: 'too large', isHalted: true }],
          }),
          topic({ topic: 'e', problems: [{ partition: 0, message: 'gone', isHalted: false }] }),
        ),
      ],
      { rates: new Map([['us->eu orders', 1000]]) },
    );
    assert.deepEqual(lines, [
      'us->eu',
      'TOPIC   PARTITIONS  COPIED  PER SECOND     LAG  LATENCY  STATE',
      'orders           4   1,234       1,000       0     8 ms  up to date',
      'b                4   1,234           0  12,345           copying',
      'c                4   1,234           0       1           failed 3 times: TOPIC_MISSING',
      'd                4   1,234           0       0           halted: partition 2',
      'e                4   1,234           0       0           source does not answer',
    ]);
  });

  it('shows beside its name what heartbeats and checkpoints tell', () => {
    const title = (signs: Partial<FlowStatus>): string =>
      renderProgress([{ ...flow(), ...signs }])[0]!;
    assert.equal(
      title({ heartbeat: { ageMs: 900, latencyMs: 12 }, checkpointAgeMs: 14_000 }),
      'us->eu  heartbeats arrive in 12 ms, checkpoints 14.0 s ago',
    );
    assert.equal(title({ heartbeat: { ageMs: 900 } }), 'us->eu  heartbeats arrive');
    assert.equal(
      title({ heartbeat: { ageMs: 80_000, latencyMs: 12 } }),
      'us->eu  no heartbeat for 1 min 20 s',
    );
    assert.equal(
      title({ scheduled: [{ name: 'heartbeat' }, { name: 'checkpoint', failing }] }),
      'us->eu  checkpoint failed 3 times: TOPIC_MISSING',
    );
  });

  it('is one line for a flow that exists only for its heartbeats', () => {
    assert.deepEqual(renderProgress([{ ...flow(), enabled: false }]), ['us->eu  heartbeats only']);
  });

  it('shows first what needs attention where there is no room for all', () => {
    const lines = renderProgress(
      [
        flow(
          topic({ topic: 'quiet' }),
          topic({ topic: 'behind', lagRecords: 5 }),
          topic({ topic: 'failing', failing }),
        ),
      ],
      { maxRows: 2 },
    );
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      ['us->eu', 'TOPIC', 'behind', 'failing', 'and'],
    );
  });

  it('is one line where there is no terminal', () => {
    const rates = new Map([
      ['us->eu orders', 10],
      ['us->eu b', 20],
    ]);
    const summary = renderSummary(flow(topic(), topic({ topic: 'b', lagRecords: 7 })), rates);
    assert.equal(summary, 'us->eu: 2,468 records copied, 30 per second, lag 7');
  });

  it('is complete and stable as JSON', () => {
    const status: FlowStatus = {
      ...flow(topic({ failing, hasCaughtUp: false })),
      heartbeat: { ageMs: 900 },
      scheduled: [{ name: 'heartbeat' }, { name: 'checkpoint', failing }],
    };
    const failure = {
      code: 'TOPIC_MISSING',
      message: 'There is no us.orders.',
      retriable: true,
      attempts: 3,
    };
    assert.deepEqual(flowsJson([status]), {
      flows: [
        {
          flow: 'us->eu',
          enabled: true,
          caughtUp: false,
          functionMaxResidentBytes: 1000,
          heartbeatLatencyMs: null,
          heartbeatAgeMs: 900,
          checkpointAgeMs: null,
          scheduled: [
            { function: 'heartbeat', failure: null },
            { function: 'checkpoint', failure },
          ],
          topics: [
            {
              topic: 'orders',
              remoteTopic: 'us.orders',
              partitions: 4,
              records: 1234,
              events: 5,
              lag: 0,
              caughtUp: false,
              failure,
              problems: [],
            },
          ],
        },
      ],
    });
  });
});
