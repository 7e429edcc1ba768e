import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { every, isDue, type RoundsOptions, scheduledAt } from '../../lib/every.ts';

const minuteMs = 60_000;

/** A clock that goes on only while somebody sleeps or works, and an invocation of `lifeMs` on it. */
function invocation(options: Partial<RoundsOptions> & { lifeMs?: number } = {}) {
  const { lifeMs = minuteMs, ...rest } = options;
  let now = 0;
  const rounds: number[] = [];
  const failures: unknown[] = [];
  const advance = (milliseconds: number): void => {
    now += milliseconds;
  };
  const run = (work: (round: number) => void = () => {}): Promise<void> =>
    every(
      {
        intervalMs: 1000,
        scheduledAtMs: 0,
        roundMs: 500,
        remainingMs: () => lifeMs - now,
        onFailure: (error) => failures.push(error),
        clock: { now: () => now, sleep: async (milliseconds) => advance(milliseconds) },
        ...rest,
      },
      async () => {
        rounds.push(now);
        work(rounds.length);
      },
    );
  return { run, rounds, failures, advance };
}

describe('every', () => {
  it('works at once and then at a fixed rate until the next invocation is due', async () => {
    const { run, rounds, advance } = invocation({ lifeMs: 2 * minuteMs });
    await run(() => advance(300));
    assert.deepEqual(
      rounds,
      Array.from({ length: 60 }, (_, index) => index * 1000),
    );
  });

  it('begins no round that the invocation may not live to end', async () => {
    const { run, rounds } = invocation({ lifeMs: 10_400 });
    await run();
    assert.equal(rounds.at(-1), 9000);
  });

  it('makes up for no round that a slow one took the time of', async () => {
    const { run, rounds, advance } = invocation({ lifeMs: 7000 });
    await run((round) => advance(round === 2 ? 2500 : 0));
    assert.deepEqual(rounds, [0, 1000, 4000, 5000, 6000]);
  });

  it('goes on after a failed round, and says each', async () => {
    const { run, rounds, failures } = invocation({ lifeMs: 3000 });
    await run((round) => {
      if (round !== 2) throw new Error(`round ${round}`);
    });
    assert.equal(rounds.length, 3);
    assert.deepEqual(failures.map(String), ['Error: round 1', 'Error: round 3']);
  });

  it('fails with the last failure where every round failed', async () => {
    const { run, failures } = invocation({ lifeMs: 3000 });
    const failing = run((round) => {
      throw new Error(`round ${round}`);
    });
    await assert.rejects(failing, new Error('round 3'));
    assert.equal(failures.length, 3);
  });

  it('works once where the interval is a minute or more', async () => {
    const { run, rounds } = invocation({ intervalMs: minuteMs, lifeMs: 5 * minuteMs });
    await run();
    assert.deepEqual(rounds, [0]);
  });

  it('does nothing in a minute in which a longer interval is not due', async () => {
    const { run, rounds } = invocation({ intervalMs: 10 * minuteMs, scheduledAtMs: minuteMs });
    await run();
    assert.deepEqual(rounds, []);
  });

  it('works exactly once by hand, due or not', async () => {
    for (const intervalMs of [1000, 10 * minuteMs]) {
      const { run, rounds } = invocation({ intervalMs, scheduledAtMs: undefined });
      await run();
      assert.deepEqual(rounds, [0]);
    }
  });
});

describe('isDue', () => {
  it('is true once in every interval, whatever second of its minute the schedule has', () => {
    for (const intervalMs of [61_000, 90_000, 2 * minuteMs, 10 * minuteMs, 3_600_000]) {
      const minutes = 24 * 60;
      const due = Array.from({ length: minutes }, (_, minute) =>
        isDue(intervalMs, 1_699_999_980_000 + minute * minuteMs + (minute % 60) * 1000),
      ).filter(Boolean).length;
      const expected = (minutes * minuteMs) / intervalMs;
      assert.ok(Math.abs(due - expected) <= 1, `${intervalMs} ms: ${due} times, ${expected}`);
    }
  });

  it('is always true of a minute or less', () => {
    assert.ok([1000, 45_000, minuteMs].every((intervalMs) => isDue(intervalMs, 1_000_000)));
  });
});

describe('scheduledAt', () => {
  it('is the time of the event', () => {
    assert.equal(scheduledAt({ time: '2026-11-20T10:00:00Z' }), Date.UTC(2026, 10, 20, 10));
  });

  it('is not known where the event has none', () => {
    for (const event of [{}, null, undefined, 'text', { time: null }]) {
      assert.equal(scheduledAt(event), undefined);
    }
  });

  it('refuses what is no date', () => {
    for (const time of ['soon', 5]) {
      assert.throws(() => scheduledAt({ time }), { code: 'EVENT_MALFORMED' });
    }
  });
});
