import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackOff } from '../../../../lib/kafka/network/back-off.ts';

async function waitedMs(backOff: BackOff): Promise<number> {
  const startedAt = performance.now();
  await backOff.wait();
  return performance.now() - startedAt;
}

test('a broker that refuses is left alone for longer each time, until it lets a connection in', async () => {
  const backOff = new BackOff();
  assert.ok((await waitedMs(backOff)) < 20);
  backOff.failed();
  assert.ok((await waitedMs(backOff)) >= 38);
  backOff.failed();
  backOff.failed();
  assert.ok((await waitedMs(backOff)) >= 158);
  backOff.succeeded();
  assert.ok((await waitedMs(backOff)) < 20);
});
