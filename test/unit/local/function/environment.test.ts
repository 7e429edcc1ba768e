import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMirrorlessError } from '../../../../lib/errors.ts';
import {
  Environment,
  type EventText,
  type FunctionSettings,
} from '../../../../lib/local/function/environment.ts';

const settings: FunctionSettings = {
  name: 'probe',
  entry: fileURLToPath(new URL('probe.ts', import.meta.url)),
  handler: 'probe.handler',
  memorySizeMb: 512,
  timeoutMs: 10_000,
  environment: { OWN: 'own', AWS_REGION: 'eu-west-3' },
};

function textOf(event: unknown): EventText {
  const bytes = Buffer.from(JSON.stringify(event));
  const middle = bytes.length >> 1;
  return {
    pieces: [bytes.subarray(0, middle), bytes.subarray(middle)],
    sizeBytes: bytes.length,
  };
}

async function start(
  t: TestContext,
  overrides: Partial<FunctionSettings> = {},
): Promise<{ environment: Environment; lines: string[] }> {
  const lines: string[] = [];
  const environment = new Environment({ ...settings, ...overrides }, (line) => lines.push(line));
  t.after(() => environment.stop());
  await environment.load();
  return { environment, lines };
}

describe('an execution environment', () => {
  it('loads the handler once and hands it one event after the other', async (t) => {
    const { environment } = await start(t);
    const large = 'x'.repeat(6_000_000);
    assert.deepEqual(await environment.invoke(textOf({ do: 'echo', value: large })), {
      ok: true,
      value: large,
    });
    assert.deepEqual(await environment.invoke(textOf({ do: 'count' })), { ok: true, value: 2 });
    assert.deepEqual(await environment.invoke(textOf({ do: 'nothing' })), {
      ok: true,
      value: null,
    });
  });

  it('knows what a function of Lambda knows', async (t) => {
    const { environment } = await start(t);
    const outcome = await environment.invoke(textOf({ do: 'context' }));
    assert.ok(outcome.ok);
    const context = outcome.value as {
      awsRequestId: string;
      functionName: string;
      memoryLimitInMB: string;
      invokedFunctionArn: string;
      remainingMs: number;
      environment: Record<string, string>;
      flags: string[];
    };
    assert.match(context.awsRequestId, /^[0-9a-f-]{36}$/);
    assert.equal(context.functionName, 'probe');
    assert.equal(context.memoryLimitInMB, '512');
    assert.match(context.invokedFunctionArn, /^arn:aws:lambda:eu-west-3:\d{12}:function:probe$/);
    assert.ok(context.remainingMs > 9000 && context.remainingMs <= 10_000);
    assert.equal(context.environment['OWN'], 'own');
    assert.equal(context.environment['AWS_REGION'], 'eu-west-3');
    assert.equal(context.environment['_HANDLER'], 'probe.handler');
    assert.equal(context.environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'], '512');
    assert.ok(context.flags.includes('--max-old-space-size=460'));
  });

  it('reports what the handler throws, and lives on', async (t) => {
    const { environment } = await start(t);
    assert.deepEqual(await environment.invoke(textOf({ do: 'throw' })), {
      ok: false,
      failure: {
        code: 'FUNCTION_FAILED',
        message: 'The function probe threw TypeError: as ordered',
        retriable: true,
      },
    });
    assert.deepEqual(await environment.invoke(textOf({ do: 'refuse' })), {
      ok: false,
      failure: {
        code: 'TOPIC_REFUSED',
        message: 'refused [TOPIC_REFUSED] do this',
        retriable: false,
      },
    });
    assert.deepEqual(await environment.invoke(textOf({ do: 'count' })), { ok: true, value: 3 });
  });

  it('is killed when its time is up', async (t) => {
    const { environment } = await start(t, { timeoutMs: 300 });
    const outcome = await environment.invoke(textOf({ do: 'wait', waitMs: 60_000 }));
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.message, 'The function probe timed out after 0.30 seconds');
    assert.equal(environment.alive, false);
  });

  it('fails the event at hand when its process ends', async (t) => {
    const { environment } = await start(t);
    const outcome = await environment.invoke(textOf({ do: 'exit' }));
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.message, 'The function probe exited with code 7');
    assert.equal(environment.alive, false);
  });

  it('is killed when it uses more memory than it has', async (t) => {
    const { environment } = await start(t, { memorySizeMb: 256 });
    const outcome = await environment.invoke(textOf({ do: 'fill', value: 300 }));
    if (process.platform !== 'linux') return assert.ok(outcome.ok);
    assert.ok(!outcome.ok);
    assert.match(outcome.failure.message, /used \d{3} MB of memory, more than its 256 MB$/);
    assert.ok(environment.maxResidentBytes > 300 * 1024 * 1024);
    assert.equal(environment.alive, false);
  });

  it('stands still between events', { skip: process.platform !== 'linux' }, async (t) => {
    const { environment } = await start(t);
    await isStopped(environment.processId);
    assert.deepEqual(await environment.invoke(textOf({ do: 'count' })), { ok: true, value: 1 });
    await isStopped(environment.processId);
  });

  it('passes on what the function prints', async (t) => {
    const { environment, lines } = await start(t);
    await environment.invoke(textOf({ do: 'print' }));
    await environment.stop();
    assert.deepEqual(lines.sort(), ['and this', 'to the log']);
  });

  it('says why a handler cannot be loaded', async (t) => {
    await assert.rejects(start(t, { handler: 'probe.other' }), (error) => {
      assert.ok(isMirrorlessError(error));
      assert.equal(error.code, 'FUNCTION_FAILED');
      assert.match(error.message, /exports no function other/);
      return true;
    });
  });
});

/** The system delivers the signal in its own time; the test's time limit is the limit here too. */
async function isStopped(processId: number | undefined): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${processId}/stat`, 'latin1');
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')) return;
  }
}
