import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InvocationOutcome } from '../../../../lib/local/function/environment.ts';
import type { KafkaEventText } from '../../../../lib/local/mapping/event-builder.ts';
import { group, open, range, succeeded, topic, until } from './scene.ts';
import { SimulatedGroups, SimulatedSource } from './simulated-source.ts';

describe('an event source mapping', { timeout: 30_000 }, () => {
  it('hands over every record once and in order, and commits what was taken', async (t) => {
    const source = new SimulatedSource(topic, 2);
    source.append(0, range(0, 150));
    source.append(1, range(1000, 30));
    const { mapping, events, groups, stop } = await open(t, { source });
    await until(() => mapping.hasProcessed([150n, 30n]));
    source.append(0, range(150, 3));
    await until(() => mapping.hasProcessed([153n, 30n]));
    await stop();
    const all = events.flat().map(Number);
    assert.deepEqual(
      all.filter((value) => value < 1000),
      range(0, 153).map(Number),
    );
    assert.deepEqual(
      all.filter((value) => value >= 1000),
      range(1000, 30).map(Number),
    );
    assert.ok(events.every((values) => values.length <= 100));
    assert.equal(mapping.status().lagRecords, 0);
    assert.equal(mapping.status().recordCount, 183);
    assert.deepEqual(groups.standOf(group), [153n, 30n]);
  });

  it('goes on where its group stands, also in the middle of a batch', async (t) => {
    const source = new SimulatedSource(topic, 1);
    const groups = new SimulatedGroups();
    source.append(0, range(0, 10));
    await groups.commitOffsets(group, [{ topic, partition: 0, offset: 7n, metadata: '' }]);
    const { mapping, events } = await open(t, { source, groups });
    await until(() => mapping.hasProcessed([10n]));
    assert.deepEqual(events, [range(7, 3)]);
  });

  for (const [at, expected] of [
    ['earliest', range(0, 6)],
    ['latest', range(5, 1)],
    ['timestamp', range(3, 3)],
    ['future', range(5, 1)],
  ] as const) {
    it(`of a new group begins at ${at}, and remembers it`, async (t) => {
      const source = new SimulatedSource(topic, 1);
      source.append(0, range(0, 3));
      source.append(0, range(3, 2));
      const timestamps = { timestamp: 2, future: 4 };
      const startingPosition =
        at in timestamps
          ? { at: 'timestamp' as const, timestampMs: timestamps[at as 'future'] }
          : { at: at as 'latest' };
      const scene = await open(t, { source, settings: { startingPosition } });
      await until(() => scene.groups.commits.length > 0);
      source.append(0, range(5, 1));
      await until(() => scene.mapping.hasProcessed([6n]));
      assert.deepEqual(scene.events.flat(), expected);
    });
  }

  it('lets the batch in flight end when it is stopped, and commits it', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 5));
    const { promise: finished, resolve: finish } = Promise.withResolvers<InvocationOutcome>();
    const scene = await open(t, { source, handle: () => finished });
    await until(() => scene.events.length === 1);
    const stopped = scene.stop();
    finish(succeeded);
    await stopped;
    assert.deepEqual(scene.groups.standOf(group), [5n]);
  });

  it('gathers a batch for as long as its window', async (t) => {
    const source = new SimulatedSource(topic, 1);
    const { mapping, events } = await open(t, {
      source,
      settings: { maximumBatchingWindowMs: 300, batchSize: 10 },
    });
    for (let value = 0; value < 3; value += 1) source.append(0, [`${value}`]);
    await until(() => mapping.hasProcessed([3n]));
    assert.deepEqual(events, [range(0, 3)]);
    source.append(0, range(3, 10));
    await until(() => events.length === 2);
    assert.deepEqual(events[1], range(3, 10));
  });

  it('steps over transaction markers, and counts them as processed', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 2));
    source.append(0, ['marker'], { isControl: true });
    source.append(0, range(3, 1));
    source.append(0, ['marker'], { isControl: true });
    const { mapping, events } = await open(t, { source });
    await until(() => mapping.hasProcessed([5n]));
    assert.deepEqual(events.flat(), ['0', '1', '3']);
  });

  it('keeps disjoint partitions in flight at once, and never two batches of one', async (t) => {
    const source = new SimulatedSource(topic, 4);
    const pollers = { minimum: 2, maximum: 2, calmMs: 5000 };
    let inFlight = 0;
    let most = 0;
    const busy = new Set<number>();
    const handle = async (_: string[], event: KafkaEventText): Promise<InvocationOutcome> => {
      for (const { partition } of event.partitions) {
        assert.ok(!busy.has(partition));
        busy.add(partition);
      }
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight -= 1;
      for (const { partition } of event.partitions) busy.delete(partition);
      return succeeded;
    };
    for (let round = 0; round < 20; round += 1) {
      for (let partition = 0; partition < 4; partition += 1) source.append(partition, range(0, 9));
    }
    const { mapping } = await open(t, { source, handle, settings: { pollers, batchSize: 10 } });
    await until(() => mapping.hasProcessed([180n, 180n, 180n, 180n]));
    assert.equal(most, 2);
  });

  it('takes up a partition that the topic gained, from its first record', async (t) => {
    const source = new SimulatedSource(topic, 1);
    const startingPosition = { at: 'latest' } as const;
    const { mapping, events, notices } = await open(t, { source, settings: { startingPosition } });
    source.addPartition();
    source.append(1, range(0, 3));
    await until(() => mapping.hasProcessed([0n, 3n]));
    assert.deepEqual(events.flat(), range(0, 3));
    assert.deepEqual(notices, ['orders: partition 1 is new and read from its beginning']);
  });

  it('ends at once where it is stopped while it starts', { timeout: 2000 }, async (t) => {
    const { stop } = await open(t, { source: new SimulatedSource(topic, 2) });
    await stop();
  });

  it('says which topic the source does not have', async (t) => {
    const source = new SimulatedSource('another', 1);
    await assert.rejects(open(t, { source }), { code: 'TOPIC_MISSING' });
  });
});
