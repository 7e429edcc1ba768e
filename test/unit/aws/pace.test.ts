import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from '../../../lib/aws/pace.ts';

function clock() {
  const waits: number[] = [];
  const time = { now: 1000 };
  return {
    time,
    waits,
    now: () => time.now,
    sleep: async (milliseconds: number) => void waits.push(milliseconds),
  };
}

describe('turns at a pace', () => {
  it('come one after another for callers who all come at once', async () => {
    const own = clock();
    const pace = new Pace(10, own);
    await Promise.all(Array.from({ length: 4 }, () => pace.turn()));
    assert.deepEqual(own.waits, [100, 200, 300]);
  });

  it('come at once for who comes late, and are not saved up', async () => {
    const own = clock();
    const pace = new Pace(10, own);
    await pace.turn();
    own.time.now += 5000;
    await pace.turn();
    await pace.turn();
    assert.deepEqual(own.waits, [100]);
  });

  it('are held for all who come after a hold', async () => {
    const own = clock();
    const pace = new Pace(10, own);
    pace.hold(750);
    await Promise.all([pace.turn(), pace.turn()]);
    assert.deepEqual(own.waits, [750, 850]);
  });
});
