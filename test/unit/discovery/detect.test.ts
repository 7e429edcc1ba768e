import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  detectStates,
  type PartitionLogs,
  rememberedTopic,
  type SeenTopic,
} from '../../../lib/discovery/detect.ts';
import type { KnownTopic } from '../../../lib/state/ports.ts';

function logsOf(overrides: Partial<PartitionLogs> = {}): PartitionLogs {
  return {
    partition: 0,
    progress: { upstream: 100n, downstream: 90n },
    source: { start: 0n, end: 120n },
    target: { start: 0n, end: 90n },
    ...overrides,
  };
}

const known: KnownTopic = {
  topic: 'orders',
  sourceTopicId: 's1',
  remoteTopicId: 't1',
  states: [],
  emptyTails: [],
};

function seen(overrides: Partial<SeenTopic> = {}): SeenTopic {
  const counts = { partitionCount: 2, replicationFactor: 1 };
  return {
    known,
    source: { topic: 'orders', topicId: 's1', ...counts },
    remote: { topic: 'us.orders', topicId: 't1', ...counts },
    remoteTopic: 'us.orders',
    logs: [logsOf()],
    ...overrides,
  };
}

function without(side: 'source' | 'remote', from = seen()): SeenTopic {
  const { [side]: _, ...rest } = from;
  return rest;
}

const names = (each: SeenTopic) =>
  detectStates(each).map(({ state, partition }) =>
    partition === undefined ? state : `${state} ${partition}`,
  );

describe('detection', () => {
  it('says nothing of a flow that goes its way, also far behind', () => {
    assert.deepEqual(detectStates(seen()), []);
    assert.deepEqual(
      names(seen({ logs: [logsOf({ source: { start: 100n, end: 10_000n } })] })),
      [],
    );
    assert.deepEqual(names(seen({ logs: [logsOf({ target: { start: 95n, end: 99n } })] })), []);
    assert.deepEqual(names(seen({ logs: [] })), []);
  });

  it('knows a topic that was created again by its id, and says so once, not for partitions', () => {
    const { source, remote } = seen();
    const logs = [logsOf({ source: { start: 0n, end: 3n }, target: { start: 0n, end: 0n } })];
    const again = seen({
      source: { ...source!, topicId: 's2' },
      remote: { ...remote!, topicId: 't2' },
      logs,
    });
    assert.deepEqual(detectStates(again), [
      { state: 'source-recreated', topic: 'orders', what: 'orders had the id s1, now it has s2' },
      {
        state: 'target-recreated',
        topic: 'orders',
        what: 'us.orders had the id t1, now it has t2',
      },
    ]);
    assert.deepEqual(names({ ...again, logs: [] }), [], 'nothing was replicated: nothing is lost');
  });

  it('without ids, knows it by logs that end before what was replicated', () => {
    const logs = [
      logsOf({ source: { start: 0n, end: 99n } }),
      logsOf({ partition: 1, target: { start: 0n, end: 89n } }),
    ];
    assert.deepEqual(detectStates(seen({ logs })), [
      {
        state: 'source-rewound',
        topic: 'orders',
        partition: 0,
        what: 'orders-0 ends at 99, replicated were those below 100',
      },
      {
        state: 'target-truncated',
        topic: 'orders',
        partition: 1,
        what: 'us.orders-1 ends at 89, it had acknowledged 90',
      },
    ]);
  });

  it('sees records that the source deleted before they were replicated', () => {
    const start = (at: bigint) => [logsOf({ source: { start: at, end: 120n } })];
    assert.deepEqual(names(seen({ logs: start(101n) })), ['source-truncated 0']);
    assert.deepEqual(names(seen({ logs: start(100n) })), []);
  });

  it('takes markers of transactions behind the last record for no loss, as far as they were seen', () => {
    const logs = (emptyUpTo: bigint) => [logsOf({ emptyUpTo, source: { start: 103n, end: 103n } })];
    assert.deepEqual(names(seen({ logs: logs(103n) })), []);
    assert.deepEqual(names(seen({ logs: logs(102n) })), ['source-truncated 0']);
  });

  it('knows topics that are gone; a remote topic matters once something was replicated', () => {
    assert.deepEqual(names(without('source')), ['source-deleted']);
    assert.deepEqual(names(without('remote')), ['target-deleted']);
    assert.deepEqual(names({ ...without('remote'), logs: [] }), []);
  });

  it('names more partitions than the source has', () => {
    const { remote } = seen();
    const [state] = detectStates(seen({ remote: { ...remote!, partitionCount: 3 } }));
    assert.equal(state?.state, 'partitions-beyond-source');
    assert.equal(state.what, 'us.orders has 3 partitions, its source 2');
  });

  it('guesses nothing of logs that a cluster did not tell', () => {
    const { partition, progress } = logsOf();
    assert.deepEqual(names(seen({ logs: [{ partition, progress }] })), []);
  });
});

describe('what is remembered of a topic', () => {
  const other = () => {
    const { source, remote } = seen();
    return { source: { ...source!, topicId: 's2' }, remote: { ...remote!, topicId: 't2' } };
  };

  it('are the ids of the topics that the map speaks of, until a person replaces them', () => {
    const first = rememberedTopic(
      seen({ known: { topic: 'orders', states: [], emptyTails: [] } }),
      [],
      5,
    );
    assert.deepEqual(first, known);
    assert.deepEqual(rememberedTopic(seen(other()), [], 5), known);
    const unmapped = rememberedTopic(seen({ ...other(), logs: [] }), [], 5);
    assert.deepEqual([unmapped.sourceTopicId, unmapped.remoteTopicId], ['s2', 't2']);
  });

  it('is each state with the time since when, and tails without records', () => {
    const state = { state: 'target-truncated', topic: 'orders', what: 'now' } as const;
    const before = [{ ...state, partition: 1, what: 'then', sinceMs: 3 }];
    const detected = [0, 1].map((partition) => ({ ...state, partition }));
    const logs = [logsOf({ emptyUpTo: 103n })];
    const { states, emptyTails } = rememberedTopic(
      seen({ known: { ...known, states: before }, logs }),
      detected,
      9,
    );
    assert.deepEqual(states, [
      { ...state, partition: 0, sinceMs: 9 },
      { ...state, partition: 1, sinceMs: 3 },
    ]);
    assert.deepEqual(emptyTails, [{ partition: 0, from: 100n, upTo: 103n }]);
  });
});
