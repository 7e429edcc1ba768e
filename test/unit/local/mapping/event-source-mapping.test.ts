import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { InvocationOutcome } from '../../../../lib/local/function/environment.ts';
import { textOf } from '../../../../lib/local/mapping/batch-outcome.ts';
import type { KafkaEventText } from '../../../../lib/local/mapping/event-builder.ts';
import {
  EventSourceMapping,
  type EventSourceMappingDependencies,
  type EventSourceMappingSettings,
} from '../../../../lib/local/mapping/event-source-mapping.ts';
import type { GivenUpEvent } from '../../../../lib/local/mapping/failure-destination.ts';
import type { BatchResponse, KafkaEvent } from '../../../../lib/source/event.ts';
import { SimulatedGroups, SimulatedSource } from './simulated-source.ts';

const topic = 'orders';
const group = 'mirrorless.a->b.orders';
const succeeded: InvocationOutcome = { ok: true, value: null };
const failed: InvocationOutcome = {
  ok: false,
  failure: { code: 'FUNCTION_FAILED', message: 'as the test wants it', retriable: true },
};

const settings: EventSourceMappingSettings = {
  origin: { eventSource: 'SelfManagedKafka', bootstrapServers: ['a:9092'], topic },
  consumerGroupId: group,
  batchSize: 100,
  maximumBatchingWindowMs: 0,
  startingPosition: { at: 'earliest' },
  pollers: 1,
  watchIntervalMs: 50,
  retry: {
    maximumRetryAttempts: -1,
    bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false,
  },
};

interface Scene {
  source: SimulatedSource;
  groups: SimulatedGroups;
  mapping: EventSourceMapping;
  /** The values of each event that was sent, in order of partitions. */
  events: string[][];
  notices: string[];
  stop(): Promise<void>;
}

interface SceneOptions {
  source: SimulatedSource;
  groups?: SimulatedGroups;
  settings?: Partial<EventSourceMappingSettings>;
  failureDestination?: EventSourceMappingDependencies['failureDestination'];
  handle?: (
    values: string[],
    event: KafkaEventText,
  ) => InvocationOutcome | Promise<InvocationOutcome>;
}

async function open(t: TestContext, options: SceneOptions): Promise<Scene> {
  const { source, groups = new SimulatedGroups(), handle = () => succeeded } = options;
  const events: string[][] = [];
  const notices: string[] = [];
  const mapping = await EventSourceMapping.open(
    { ...settings, ...options.settings },
    {
      openSource: () => source,
      source,
      groupOffsets: groups,
      invoke: async (event) => {
        const values = valuesOf(event);
        events.push(values);
        return handle(values, event);
      },
      notify: (text) => notices.push(text),
      ...(options.failureDestination && { failureDestination: options.failureDestination }),
    },
  );
  const running = mapping.run();
  const stop = async (): Promise<void> => {
    mapping.stop();
    await running;
  };
  t.after(stop);
  return { source, groups, mapping, events, notices, stop };
}

function valuesOf(event: KafkaEventText): string[] {
  const { records } = JSON.parse(textOf(event)) as KafkaEvent;
  return Object.values(records)
    .flat()
    .map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function range(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${first + index}`);
}

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
    const partitions = [0, 1].map((partition) => ({ topic, partition }));
    assert.deepEqual(await groups.committedOffsets(group, partitions), [153n, 30n]);
  });

  it('goes on where its group stands, also in the middle of a batch', async (t) => {
    const source = new SimulatedSource(topic, 1);
    const groups = new SimulatedGroups();
    source.append(0, range(0, 10));
    await groups.commitOffsets(group, [{ topic, partition: 0, offset: 7n }]);
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

  it('sends a failed batch again, unchanged, and nothing after it', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 2));
    let calls = 0;
    const handle = (): InvocationOutcome => {
      calls += 1;
      if (calls === 1) source.append(0, range(2, 2));
      return calls < 4 ? failed : succeeded;
    };
    const { mapping, events } = await open(t, { source, handle });
    await until(() => mapping.status().failing?.attempts === 3);
    assert.equal(mapping.status().lagRecords > 0, true);
    await until(() => mapping.hasProcessed([4n]));
    assert.deepEqual(events, [...Array(4).fill(range(0, 2)), range(2, 2)]);
    assert.equal(mapping.status().failing, undefined);
  });

  it('does not commit what the function did not take when it is stopped', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 5));
    const { mapping, groups, stop } = await open(t, { source, handle: () => failed });
    await until(() => mapping.status().failing !== undefined);
    await stop();
    assert.deepEqual(await groups.committedOffsets(group, [{ topic, partition: 0 }]), [0n]);
  });

  it('lets the batch in flight end when it is stopped, and commits it', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 5));
    const { promise: finished, resolve: finish } = Promise.withResolvers<InvocationOutcome>();
    const scene = await open(t, { source, handle: () => finished });
    await until(() => scene.events.length === 1);
    const stopped = scene.stop();
    finish(succeeded);
    await stopped;
    assert.deepEqual(await scene.groups.committedOffsets(group, [{ topic, partition: 0 }]), [5n]);
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

  it('sends again only what a partial answer names, or all where it names something else', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 6));
    const answers: BatchResponse[] = [
      { batchItemFailures: failures([4, 5]) },
      { batchItemFailures: failures([77]) },
      { batchItemFailures: [] },
    ];
    const { mapping, events } = await open(t, {
      source,
      settings: { retry: { ...settings.retry, reportBatchItemFailures: true } },
      handle: () => ({ ok: true, value: answers.shift() }),
    });
    await until(() => mapping.hasProcessed([6n]));
    assert.deepEqual(events, [range(0, 6), range(4, 2), range(4, 2)]);
  });

  it('halves a failing batch until the bad record is alone, and keeps the order', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 5));
    const givenUp: GivenUpEvent[] = [];
    const { mapping, events, notices } = await open(t, {
      source,
      settings: {
        retry: { ...settings.retry, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
      },
      failureDestination: { write: async (event) => void givenUp.push(event) },
      handle: (values) => (values.includes('3') ? failed : succeeded),
    });
    await until(() => mapping.hasProcessed([5n]));
    assert.deepEqual(events, [range(0, 5), range(0, 3), range(3, 2), ['3'], ['3'], ['4']]);
    assert.deepEqual(
      givenUp.map(({ event }) => valuesOf(event)),
      [['3']],
    );
    assert.equal(givenUp[0]?.invocations, 2);
    assert.match(notices.join(), /gave up 1 records; they are in the failure destination/);
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

  it('halts a partition at a record that no event can hold, and only that', async (t) => {
    const source = new SimulatedSource(topic, 2);
    source.append(0, ['before', 'x'.repeat(5_000_000), 'after']);
    source.append(1, range(0, 3));
    const { mapping, events } = await open(t, { source });
    await until(() => mapping.hasProcessed([1n, 3n]));
    await until(() => mapping.status().problems.length > 0);
    const [problem] = mapping.status().problems;
    assert.equal(problem?.isHalted, true);
    assert.match(problem.message, /offset 1 of orders-0 .* \[EVENT_TOO_LARGE\]/);
    assert.deepEqual(events.flat().toSorted(), ['0', '1', '2', 'before']);
    assert.equal(mapping.status().lagRecords, 2);
  });

  it('puts such a record into the failure destination where there is one', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, ['before', 'x'.repeat(5_000_000), 'after']);
    const givenUp: GivenUpEvent[] = [];
    const { mapping, events } = await open(t, {
      source,
      failureDestination: { write: async (event) => void givenUp.push(event) },
    });
    await until(() => mapping.hasProcessed([3n]));
    assert.deepEqual(events.flat(), ['before', 'after']);
    assert.deepEqual(
      givenUp.map(({ event }) => valuesOf(event)[0]?.length),
      [5_000_000],
    );
  });

  it('goes on at the oldest record where its own are gone, and says so', async (t) => {
    const source = new SimulatedSource(topic, 1);
    const groups = new SimulatedGroups();
    source.append(0, range(0, 5));
    source.append(0, range(5, 5));
    source.truncateTo(0, 5);
    await groups.commitOffsets(group, [{ topic, partition: 0, offset: 2n }]);
    const { mapping, events, notices } = await open(t, { source, groups });
    await until(() => mapping.hasProcessed([10n]));
    assert.deepEqual(events.flat(), range(5, 5));
    assert.match(notices.join(), /orders-0: offset 2 is not in the source's log .* going on at 5/);
  });

  it('keeps disjoint partitions in flight at once, and never two batches of one', async (t) => {
    const source = new SimulatedSource(topic, 4);
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
    const { mapping } = await open(t, { source, handle, settings: { pollers: 2, batchSize: 10 } });
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

  it('says which topic the source does not have', async (t) => {
    const source = new SimulatedSource('another', 1);
    await assert.rejects(open(t, { source }), { code: 'TOPIC_MISSING' });
  });
});

function failures(offsets: readonly number[]): BatchResponse['batchItemFailures'] {
  return offsets.map((offset) => ({ itemIdentifier: { partition: `${topic}-0`, offset } }));
}
