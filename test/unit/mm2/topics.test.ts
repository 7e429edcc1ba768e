/** Which answers of a broker are worth sending again; the rest is shown on real ones. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusedByBroker } from '../../../lib/kafka/kafka-errors.ts';
import type { KafkaDataPlane, ProduceAnswer } from '../../../lib/kafka/ports.ts';
import { encodeHeartbeat } from '../../../lib/mm2/formats.ts';
import { appendRecords } from '../../../lib/mm2/topics.ts';

const record = {
  ...encodeHeartbeat({ sourceClusterAlias: 'a', targetClusterAlias: 'b', timestampMs: 1 }),
  timestampMs: 1,
};
const acknowledged: ProduceAnswer = { ok: true, baseOffset: 0n, logStartOffset: 0n };

describe('records that a broker refuses', () => {
  for (const [name, code] of [
    ['because another one leads', 6],
    ['because nobody leads', 5],
    ['because it has not heard of the partition', 3],
    ['because too few replicas are in sync', 19],
  ] as const) {
    test(`${name} are sent once more`, async () => {
      const { plane, sent } = answering([refused(code), acknowledged]);
      await appendRecords(plane, 'heartbeats', [record]);
      assert.equal(sent.length, 2);
      assert.deepEqual(sent[1], sent[0]);
    });
  }

  test('twice are refused', async () => {
    const { plane, sent } = answering([refused(6), refused(6), acknowledged]);
    const appended = appendRecords(plane, 'heartbeats', [record]);
    await assert.rejects(appended, { code: 'TARGET_NOT_READY' });
    assert.equal(sent.length, 2);
  });

  for (const [name, code] of [
    ['no answer came', 13],
    ['the replicas did not answer in time', 7],
    ['too few replicas have them', 20],
  ] as const) {
    test(`are not sent again where they may have been written: ${name}`, async () => {
      const { plane, sent } = answering([refused(code), acknowledged]);
      await assert.rejects(appendRecords(plane, 'heartbeats', [record]));
      assert.equal(sent.length, 1);
    });
  }
});

test('records that are made one by one are appended before all are made', async () => {
  const { plane, sent } = answering(Array(3).fill(acknowledged));
  const sentAt: number[] = [];
  await appendRecords(plane, 'heartbeats', making());
  assert.deepEqual(sentAt.slice(9_999, 10_001), [0, 1]);
  assert.deepEqual([sentAt.at(-1), sent.length], [2, 3]);

  function* making() {
    for (let count = 0; count < 25_000; count += 1) {
      sentAt.push(sent.length);
      yield record;
    }
  }
});

function answering(answers: ProduceAnswer[]) {
  const sent: string[] = [];
  const plane: Pick<KafkaDataPlane, 'maxMessageBytes' | 'produce'> = {
    maxMessageBytes: async () => 1_000_000,
    async produce(batches) {
      sent.push(batches.map(({ bytes }) => bytes.toString('hex')).join());
      return [answers.shift()!];
    },
  };
  return { plane, sent };
}

function refused(kafkaCode: number): ProduceAnswer {
  const peer = { alias: 'backup', side: 'target' } as const;
  const error = refusedByBroker(peer, { api: 'Produce', code: kafkaCode });
  return { ok: false, error, kafkaCode };
}
