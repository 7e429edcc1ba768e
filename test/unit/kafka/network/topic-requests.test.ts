import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MirrorlessError } from '../../../../lib/errors.ts';
import type { Connections } from '../../../../lib/kafka/network/connections.ts';
import { inParts, toController } from '../../../../lib/kafka/network/topic-requests.ts';
import {
  type CreatePartitionsRequest,
  createPartitions,
} from '../../../../lib/kafka/protocol/topics.ts';

/** A cluster of two brokers; the controller moves to the other one when it says so. */
function cluster(codeOf: (topic: string, asked: number) => number) {
  const requests: string[][] = [];
  let controller = 1;
  const connections = {
    peer: { alias: 'backup', side: 'target' },
    to: ({ port }: { port: number }) => port,
    askAny: async () => ({
      brokers: new Map([1, 2].map((id) => [id, { host: 'broker', port: id }])),
      controller,
    }),
    async ask(port: number, _api: unknown, { topics }: CreatePartitionsRequest) {
      requests.push(topics.map(({ topic }) => topic));
      if (port !== controller) return topics.map(({ topic }) => ({ topic, code: 41 }));
      return topics.map(({ topic }) => ({ topic, code: codeOf(topic, requests.length) })).reverse();
    },
  } as unknown as Pick<Connections, 'peer' | 'to' | 'ask' | 'askAny'>;
  const move = () => {
    controller = 2;
  };
  return { connections, requests, move };
}

const grown = (topic: string, partitionCount = 10) => ({ topic, partitionCount });
const question = {
  api: createPartitions,
  request: (part: readonly { topic: string; partitionCount: number }[]) => ({
    topics: part,
    timeoutMs: 1000,
  }),
  doneAlready: 37,
};

describe('changes of topics', () => {
  test('have an outcome each, in their order, with the broker’s refusal', async () => {
    const { connections } = cluster((topic) => ({ there: 37, forbidden: 29 })[topic] ?? 0);
    const topics = ['new', 'there', 'forbidden'].map((topic) => grown(topic));
    const [made, there, forbidden] = await toController(connections, topics, question);
    assert.deepEqual(
      [made, there],
      [
        { ok: true, value: true },
        { ok: true, value: false },
      ],
    );
    assert.ok(forbidden?.ok === false && forbidden.error.code === 'UNAUTHORIZED');
    assert.equal(forbidden.error.place.topic, 'forbidden');
    assert.match(forbidden.error.message, /CreatePartitions of forbidden .* It takes Alter on the/);
  });

  test('go to the controller, again where it has just moved', async () => {
    const state = cluster((_, asked) => {
      if (asked > 1) return 0;
      state.move();
      return 41;
    });
    const outcomes = await toController(state.connections, [grown('a')], question);
    assert.deepEqual(outcomes, [{ ok: true, value: true }]);
    assert.equal(state.requests.length, 2);
  });

  test('are bounded by topics and by partitions, and a large topic goes alone', async () => {
    const { connections, requests } = cluster(() => 0);
    const topics = [
      ...Array.from({ length: 250 }, (_, index) => grown(`t${index}`)),
      grown('large', 5000),
      grown('last'),
    ];
    await toController(connections, topics, question);
    assert.deepEqual(
      requests.map(({ length }) => length),
      [100, 100, 50, 1, 1],
    );
    requests.length = 0;
    await toController(connections, [grown('a', 1500), grown('b', 500), grown('c', 1)], question);
    assert.deepEqual(requests, [['a', 'b'], ['c']]);
  });

  test('that an answer leaves out are not known to be done', async () => {
    const { connections } = cluster(() => 0);
    const silent = { ...connections, ask: async () => [] } as unknown as typeof connections;
    const [outcome] = await toController(silent, [grown('a')], question);
    assert.ok(outcome?.ok === false && outcome.error.code === 'TARGET_UNREACHABLE');
  });
});

test('a part that nobody answers fails alone', async () => {
  const failure = new MirrorlessError('TARGET_UNREACHABLE', 'nobody answers');
  const outcomes = await inParts([1, 2, 3, 4, 5], 2, async (part) => {
    if (part.includes(3)) throw failure;
    return part.map((value) => ({ ok: true, value }));
  });
  const failed = { ok: false, error: failure };
  const ok = (value: number) => ({ ok: true, value });
  assert.deepEqual(outcomes, [ok(1), ok(2), failed, failed, ok(5)]);
});
