import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { afterAwake } from '../../../../lib/kafka/network/awake-timer.ts';

/** Time that passes in steps of one event loop, or all at once as in a frozen process. */
function clock(context: TestContext) {
  let nowMs = 0;
  context.mock.timers.enable({ apis: ['setTimeout'] });
  context.mock.method(performance, 'now', () => nowMs);
  return {
    run(durationMs: number) {
      for (let step = 0; step < durationMs; step += 10) {
        nowMs += 10;
        context.mock.timers.tick(10);
      }
    },
    /** The clock goes on while no timer runs; the next one is overdue. */
    freeze(durationMs: number) {
      nowMs += durationMs;
    },
  };
}

describe('afterAwake', () => {
  for (const delayMs of [10, 250, 1000, 1260]) {
    test(`calls back once after ${delayMs} ms of running`, (context) => {
      const time = clock(context);
      const callback = context.mock.fn();
      afterAwake(delayMs, callback);
      time.run(delayMs - 10);
      assert.equal(callback.mock.callCount(), 0);
      time.run(10);
      assert.equal(callback.mock.callCount(), 1);
      time.run(5000);
      assert.equal(callback.mock.callCount(), 1);
    });
  }

  test('does not count a freeze, however close to the end it comes', (context) => {
    const time = clock(context);
    const callback = context.mock.fn();
    afterAwake(1000, callback);
    time.run(990);
    time.freeze(3_600_000);
    time.run(100);
    assert.equal(callback.mock.callCount(), 0, 'there is time to read what has arrived');
    time.run(250);
    assert.equal(callback.mock.callCount(), 1);
  });

  test('counts the time in which the process was busy', (context) => {
    const time = clock(context);
    const callback = context.mock.fn();
    afterAwake(1000, callback);
    time.run(900);
    time.freeze(500);
    time.run(100);
    assert.equal(callback.mock.callCount(), 1);
  });

  test('can be cancelled in any slice', (context) => {
    const time = clock(context);
    const callback = context.mock.fn();
    const cancel = afterAwake(1000, callback);
    time.run(600);
    cancel();
    time.run(5000);
    assert.equal(callback.mock.callCount(), 0);
  });
});
