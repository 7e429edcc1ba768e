import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EventText } from '../../../../lib/local/function/environment.ts';
import { LocalFunction } from '../../../../lib/local/function/local-function.ts';

function open(t: TestContext, concurrency: number, handler = 'probe.handler'): LocalFunction {
  const local = new LocalFunction(
    {
      name: 'probe',
      entry: fileURLToPath(new URL('probe.ts', import.meta.url)),
      handler,
      memorySizeMb: 512,
      timeoutMs: 10_000,
      environment: {},
    },
    { concurrency, onLine: () => {} },
  );
  t.after(() => local.stop());
  return local;
}

function order(what: string, more: object = {}): EventText {
  const bytes = Buffer.from(JSON.stringify({ do: what, ...more }));
  return { pieces: [bytes], sizeBytes: bytes.length };
}

describe('a function', () => {
  it('has no process before it is needed, and one for events that follow each other', async (t) => {
    const local = open(t, 2);
    assert.deepEqual(local.processIds, []);
    assert.deepEqual(await local.invoke(order('count')), { ok: true, value: 1 });
    assert.deepEqual(await local.invoke(order('count')), { ok: true, value: 2 });
    assert.equal(local.processIds.length, 1);
  });

  it('has as many as events at once, up to its concurrency; the others wait', async (t) => {
    const local = open(t, 2);
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map(() => local.invoke(order('wait', { waitMs: 100 }))),
    );
    assert.ok(outcomes.every(({ ok }) => ok));
    assert.equal(local.processIds.length, 2);
  });

  it('gives a caller the environment that it had, and any where that is taken', async (t) => {
    const local = open(t, 2);
    const waiting = (caller: string) => local.invoke(order('wait', { waitMs: 50 }), caller);
    const counted = async (caller: string) => {
      const outcome = await local.invoke(order('count'), caller);
      assert.ok(outcome.ok);
      return outcome.value;
    };
    await Promise.all([waiting('a'), waiting('b')]);
    const [a, b] = [Number(await counted('a')), Number(await counted('b'))];
    assert.equal(await counted('a'), a + 1);
    assert.equal(await counted('b'), b + 1);
    const busy = waiting('a');
    assert.equal(await counted('a'), b + 2);
    await busy;
    assert.equal(local.processIds.length, 2);
  });

  it('goes on with a new process after one has ended, while busy or while it stood still', async (t) => {
    const local = open(t, 1);
    const ended = await local.invoke(order('exit'));
    assert.equal(ended.ok, false);
    assert.deepEqual(await local.invoke(order('count')), { ok: true, value: 1 });
    process.kill(local.processIds[0]!, 'SIGKILL');
    while ((await local.invoke(order('count'))).ok === false);
    assert.equal(local.processIds.length, 1);
  });

  it('that cannot be started fails the event and nothing else', async (t) => {
    const local = open(t, 1, 'probe.missing');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const outcome = await local.invoke(order('count'));
      assert.ok(!outcome.ok);
      assert.match(outcome.failure.message, /exports no function missing/);
    }
    assert.deepEqual(local.processIds, []);
  });

  it('that is stopped ends what it does, and starts nothing more', async (t) => {
    const local = open(t, 1);
    const first = local.invoke(order('wait', { waitMs: 60_000 }));
    const second = local.invoke(order('count'));
    while (local.processIds.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await local.stop();
    assert.equal((await first).ok, false);
    assert.equal((await second).ok, false);
    assert.deepEqual(local.processIds, []);
  });

  it('tells its largest memory', { skip: process.platform !== 'linux' }, async (t) => {
    const local = open(t, 1);
    await local.invoke(order('fill', { value: 100 }));
    await local.stop();
    assert.ok(local.maxResidentBytes > 100 * 1024 * 1024);
  });
});
