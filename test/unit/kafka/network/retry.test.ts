import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusedByBroker } from '../../../../lib/kafka/kafka-errors.ts';
import { whileCoordinatorLoads } from '../../../../lib/kafka/network/retry.ts';

const peer = { alias: 'backup', side: 'target' } as const;
const refused = (code: number) => refusedByBroker(peer, { api: 'InitProducerId', code });

describe('whileCoordinatorLoads', () => {
  test('tries again while the coordinator is not ready', async () => {
    const codes = [14, 15, 16, 0];
    const attempt = async () => {
      const code = codes.shift()!;
      if (code !== 0) throw refused(code);
      return 'done';
    };
    assert.equal(await whileCoordinatorLoads(attempt, 5000), 'done');
    assert.deepEqual(codes, []);
  });

  test('throws the last refusal when the time is over', async () => {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      throw refused(14);
    };
    await assert.rejects(whileCoordinatorLoads(attempt, 250), { code: 'TARGET_NOT_READY' });
    assert.ok(attempts >= 2 && attempts <= 3, `${attempts}`);
  });

  test('throws anything else at once', async () => {
    for (const error of [refused(31), new TypeError('defect')]) {
      let attempts = 0;
      const attempt = async () => {
        attempts += 1;
        throw error;
      };
      await assert.rejects(whileCoordinatorLoads(attempt, 5000), error);
      assert.equal(attempts, 1);
    }
  });
});
