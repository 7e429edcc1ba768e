import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InvocationOutcome } from '../../../../lib/local/function/environment.ts';
import type { GivenUpEvent } from '../../../../lib/local/mapping/failure-destination.ts';
import type { BatchResponse } from '../../../../lib/source/event.ts';
import {
  failed,
  group,
  open,
  range,
  settings,
  succeeded,
  topic,
  until,
  valuesOf,
} from './scene.ts';
import { SimulatedGroups, SimulatedSource } from './simulated-source.ts';

describe('an event source mapping', { timeout: 30_000 }, () => {
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
    assert.deepEqual(groups.standOf(group), [0n]);
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
    await groups.commitOffsets(group, [{ topic, partition: 0, offset: 2n, metadata: '' }]);
    const { mapping, events, notices } = await open(t, { source, groups });
    await until(() => mapping.hasProcessed([10n]));
    assert.deepEqual(events.flat(), range(5, 5));
    assert.match(notices.join(), /orders-0: offset 2 is not in the source's log .* going on at 5/);
  });
});

function failures(offsets: readonly number[]): BatchResponse['batchItemFailures'] {
  return offsets.map((offset) => ({ itemIdentifier: { partition: `${topic}-0`, offset } }));
}
