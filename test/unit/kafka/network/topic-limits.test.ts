import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connections } from '../../../../lib/kafka/network/connections.ts';
import { TopicLimits } from '../../../../lib/kafka/network/topic-limits.ts';
import type { DescribeConfigsRequest } from '../../../../lib/kafka/protocol/topics.ts';

interface Answer {
  code?: number;
  detail?: string;
  value?: string;
}

function limitsOf({ value, ...answer }: Answer) {
  const asked: string[] = [];
  const limits = new TopicLimits({
    peer: { alias: 'backup', side: 'target' },
    async askAny(_api: unknown, { topics, names }: DescribeConfigsRequest) {
      asked.push(...topics);
      const configs = value === undefined ? [] : [{ name: names?.[0], value }];
      return [{ code: 0, detail: undefined, configs, ...answer }];
    },
  } as unknown as Pick<Connections, 'peer' | 'askAny'>);
  return { limits, asked };
}

describe('TopicLimits', () => {
  test('remembers for five minutes, and forgets a topic or all when told', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const { limits, asked } = limitsOf({ value: '2000000' });
    for (const topic of ['a', 'b', 'a'])
      assert.equal(await limits.maxMessageBytes(topic), 2_000_000);
    limits.forget('a');
    for (const topic of ['a', 'b']) await limits.maxMessageBytes(topic);
    assert.deepEqual(asked, ['a', 'b', 'a']);
    context.mock.timers.setTime(1_300_000);
    await limits.maxMessageBytes('a');
    limits.forget();
    await limits.maxMessageBytes('a');
    assert.deepEqual(asked, ['a', 'b', 'a', 'a', 'a']);
  });

  test('takes Kafka’s default where the configuration may not be read or is not told', async () => {
    for (const answer of [{ code: 29 }, { code: 31 }, { code: 0 }]) {
      assert.equal(await limitsOf(answer).limits.maxMessageBytes('a'), 1_048_588);
    }
  });

  test('throws what else the broker answers', async () => {
    const { limits } = limitsOf({ code: 3, detail: 'no such topic' });
    await assert.rejects(limits.maxMessageBytes('a'), {
      code: 'TOPIC_MISSING',
      message: /DescribeConfigs of a with UNKNOWN_TOPIC_OR_PARTITION \(3\), “no such topic”/,
    });
  });
});
