/** How many pollers a mapping uses, and that records do not feel it when partitions change hands. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { InvocationOutcome } from '../../../../lib/local/function/environment.ts';
import { textOf } from '../../../../lib/local/mapping/batch-outcome.ts';
import type { KafkaEventText } from '../../../../lib/local/mapping/event-builder.ts';
import { decodeEvent } from '../../../../lib/source/decode.ts';
import { failed, group, open, range, succeeded, topic, until } from './scene.ts';
import { SimulatedSource } from './simulated-source.ts';

describe('the event pollers of a mapping', () => {
  it('are one while records come one by one, more while they wait, and one again', async (t) => {
    const source = new SimulatedSource(topic, 4);
    const seen: string[] = [];
    const handle = (_: string[], __: KafkaEventText, poller: string) => {
      seen.push(poller);
      return succeeded;
    };
    const settings = { batchSize: 10, pollers: { minimum: 1, maximum: 2, calmMs: 30 } };
    const { mapping } = await open(t, { source, handle, settings });
    const ends = [0, 0, 0, 0];
    const write = async (partition: number, count: number) => {
      source.append(partition, range(ends[partition]!, count));
      ends[partition]! += count;
      await until(() => mapping.hasProcessed(ends.map(BigInt)));
    };
    for (const partition of [0, 1, 2, 3]) await write(partition, 5);
    assert.deepEqual(new Set(seen), new Set([`${group} 0`]));
    await Promise.all([0, 1, 2, 3].map((partition) => write(partition, 500)));
    assert.deepEqual(new Set(seen), new Set([`${group} 0`, `${group} 1`]));
    const oneAgain = async () => {
      seen.length = 0;
      for (const partition of [0, 1]) await write(partition, 1);
      return seen.every((poller) => poller === seen[0]);
    };
    for (const endsAt = Date.now() + 10_000; !(await oneAgain()); ) {
      assert.ok(Date.now() < endsAt, 'partition 1 stays with the second poller');
    }
  });

  it('hand over every record once and in order, however often partitions change hands', async (t) => {
    const property = fc.asyncProperty(rounds, fates, (...plan) => hammer(t, ...plan));
    await fc.assert(property, { numRuns: 2, endOnFailure: true });
  });
});

const partitions = [0, 1, 2, 3, 4];
const records = fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, fc.nat(80));
/** What each partition gets, and how long nothing comes after it. */
const rounds = fc.array(
  fc.record({ counts: fc.tuple(records, records, records, records, records), pauseMs: fc.nat(30) }),
  { minLength: 40, maxLength: 40 },
);
/** Of each event, how long the function takes and whether it fails. */
const fates = fc.infiniteStream(fc.record({ tookMs: fc.nat(3), fails: fc.nat(39) }));

/** With a calm that is soon over. */
async function hammer(
  t: TestContext,
  plan: readonly { counts: readonly number[]; pauseMs: number }[],
  fate: Iterator<{ tookMs: number; fails: number }>,
): Promise<void> {
  const source = new SimulatedSource(topic, partitions.length);
  const received = partitions.map((): string[] => []);
  const busy = new Set<number>();
  const readers = new Set<string>();
  const handle = async (_: string[], event: KafkaEventText, poller: string) => {
    const held = event.partitions.map(({ partition }) => partition);
    for (const partition of held) assert.ok(!busy.has(partition), 'two batches of a partition');
    for (const partition of held) busy.add(partition);
    if (held.includes(1)) readers.add(poller);
    const { tookMs, fails } = fate.next().value;
    await delay(tookMs);
    for (const partition of held) busy.delete(partition);
    return fails === 0 ? failed : take(event, received);
  };
  const settings = { batchSize: 20, pollers: { minimum: 1, maximum: 3, calmMs: 8 } };
  const { mapping, stop } = await open(t, { source, handle, settings });
  const ends = partitions.map(() => 0);
  const opening = [1, 100].map((count) => ({ counts: partitions.map(() => count), pauseMs: 50 }));
  for (const { counts, pauseMs } of [...opening, ...plan]) {
    for (const [partition, count] of counts.entries()) {
      if (count > 0) source.append(partition, range(ends[partition]!, count));
      ends[partition]! += count;
    }
    await delay(pauseMs);
  }
  await until(() => mapping.hasProcessed(ends.map(BigInt)));
  await stop();
  assert.deepEqual(
    received,
    ends.map((end) => range(0, end)),
  );
  assert.equal(readers.size, 2, 'partition 1 was read by one poller only');
}

function take(event: KafkaEventText, received: string[][]): InvocationOutcome {
  for (const { partition, records } of decodeEvent(JSON.parse(textOf(event)))) {
    const values = records.map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
    received[partition]!.push(...values);
  }
  return succeeded;
}
