import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ScheduledFunction } from '../../../lib/local/scheduled-function.ts';

/** Its lines, and a promise for a line that says so. */
function open(t: TestContext, handler: string) {
  const lines: string[] = [];
  const waiting: { text: string; resolve(): void }[] = [];
  const scheduled = new ScheduledFunction(
    {
      name: 'scheduled',
      entry: fileURLToPath(new URL('scheduled-probe.ts', import.meta.url)),
      handler: `scheduled-probe.${handler}`,
      memorySizeMb: 512,
      timeoutMs: 60_000,
      environment: {},
    },
    (line) => {
      lines.push(line);
      for (const { text, resolve } of waiting) if (line.includes(text)) resolve();
    },
  );
  t.after(() => scheduled.stop());
  const said = (text: string): Promise<void> =>
    new Promise((resolve) => waiting.push({ text, resolve }));
  return { scheduled, lines, said };
}

describe('a scheduled function', () => {
  it('is invoked at once with the time that it was meant for, then not before its minute', async (t) => {
    const { scheduled, lines, said } = open(t, 'tell');
    const invoked = said('event');
    const startedAt = Date.now();
    const running = scheduled.run();
    await invoked;
    scheduled.stop();
    await running;
    const [line, ...more] = lines;
    assert.deepEqual(more, []);
    const { time } = JSON.parse(line!).event;
    assert.ok(Date.parse(time) >= startedAt && Date.parse(time) <= Date.now());
  });

  it('is ended at once by a stop, whatever it does, and that is no failure', async (t) => {
    const { scheduled, said } = open(t, 'endless');
    const begun = said('begun');
    const running = scheduled.run();
    await begun;
    assert.equal(scheduled.processIds.length, 1);
    scheduled.stop();
    await running;
    assert.deepEqual(scheduled.processIds, []);
    assert.equal(scheduled.failing, undefined);
  });

  it('keeps a failure until it has succeeded', async (t) => {
    const { scheduled, lines, said } = open(t, 'fail');
    const failed = said('FUNCTION_FAILED');
    const running = scheduled.run();
    await failed;
    assert.equal(scheduled.failing?.attempts, 1);
    assert.match(scheduled.failing?.failure.message ?? '', /as ordered/);
    assert.ok(lines.some((line) => line.startsWith('FUNCTION_FAILED: The function scheduled')));
    await scheduled.finish();
    assert.equal(scheduled.failing?.attempts, 2);
    await running;
  });

  it('is finished by one invocation by hand, whatever it did', async (t) => {
    const { scheduled, lines, said } = open(t, 'endlessBySchedule');
    const begun = said('begun');
    const running = scheduled.run();
    await begun;
    assert.deepEqual(await scheduled.finish(), { ok: true, value: null });
    await running;
    assert.ok(lines.includes('by hand'));
    assert.equal(scheduled.failing, undefined);
    assert.deepEqual(scheduled.processIds, []);
  });
});
