/** What holds of every flow whose invocations die on their way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopicCopy } from './copy-bench.ts';
import { Death, deathAt, steps } from './faults.ts';
import type { TopicOptions } from './writings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Tests over topics that `open` makes. */
export function testDeaths(open: (options: TopicOptions) => Promise<TopicCopy>): void {
  for (const step of steps) {
    test(`${step}: the next one completes the copy`, async () => {
      const copy = await open({ partitions: 2, large: true });
      await assert.rejects(copy.flow.deliver(copy.all(), deathAt(step)), Death);
      await copy.flow.copy(copy.all());
      await copy.assertFaithful();
    });
  }

  test('at every step, one after the other, in the same batch', async () => {
    const copy = await open({ partitions: 2, large: true });
    for (const step of steps) {
      await assert.rejects(copy.flow.deliver(copy.all(), deathAt(step)), Death);
    }
    await copy.flow.copy(copy.all());
    await copy.assertFaithful();
  });

  test('after acknowledgement, and its batch comes again shorter, then longer', async () => {
    const copy = await open({ partitions: 1 });
    const dying = deathAt('after producing, before recording');
    await assert.rejects(copy.flow.deliver(copy.part(0, 20), dying), Death);
    await copy.flow.copy(copy.part(0, 6));
    await copy.flow.copy(copy.part(6, 25));
    await copy.flow.copy(copy.part(25));
    await copy.assertFaithful();
  });

  test('after acknowledgement, with records older than a day', async () => {
    const copy = await open({ partitions: 1, now: Date.now() - 3 * dayMs });
    const dying = deathAt('after producing, before recording');
    await assert.rejects(copy.flow.deliver(copy.all(), dying), Death);
    await copy.flow.copy(copy.all());
    await copy.assertFaithful();
  });
}
