import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type FinalSyncOptions,
  type FinalSyncResult,
  syncGroupsFinally,
} from '../../../lib/checkpoint/final.ts';
import type { FlowPositions } from '../../../lib/checkpoint/positions.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { ahead, beforeMap, committedAt, exact, flowAt, groupAt } from './positions.ts';
import { SimulatedGroups } from './simulated-groups.ts';

/** Each look sees the next of the positions; the last stays. */
function looksAt(...looks: readonly (FlowPositions | MirrorlessError)[]) {
  let count = 0;
  return {
    findPositions: async (): Promise<FlowPositions> => {
      const look = looks[Math.min(count, looks.length - 1)]!;
      count += 1;
      if (look instanceof MirrorlessError) throw look;
      return look;
    },
    looks: () => count,
  };
}

function sync(
  findPositions: FinalSyncOptions['findPositions'],
  target: SimulatedGroups,
  own: Partial<FinalSyncOptions> = {},
): Promise<FinalSyncResult> {
  const timing = { timeoutMs: 20_000, pollIntervalMs: 1 };
  return syncGroupsFinally({ findPositions, target, ...timing, ...own });
}

const verdicts = ({ groups }: FinalSyncResult): Record<string, string> =>
  Object.fromEntries(groups.map(({ group, verdict }) => [group, verdict]));

const unreachable = new MirrorlessError('SOURCE_UNREACHABLE', 'No broker answered.');

describe('a final sync', () => {
  it('waits for members and for copies, moves each group whole, and reads back what it wrote', async () => {
    const target = new SimulatedGroups({ late: { committed: committedAt(3n, 3n) } });
    const { findPositions, looks } = looksAt(
      flowAt(
        groupAt('late', [exact(40n), ahead(30n)]),
        groupAt('busy', [exact(5n)], { state: 'Stable' }),
      ),
      flowAt(groupAt('late', [exact(40n), ahead(35n)]), groupAt('busy', [exact(6n)])),
      flowAt(groupAt('late', [exact(40n), exact(41n)]), groupAt('busy', [exact(6n)])),
    );
    const committed: unknown[] = [];
    const onRound = (): void =>
      void committed.push([target.committedBy('late'), target.committedBy('busy')]);
    const result = await sync(findPositions, target, { onRound });
    assert.equal(result.isDone, true);
    assert.deepEqual(verdicts(result), { late: 'done', busy: 'done' });
    const unmoved = { 'source.orders-0': 3n, 'source.orders-1': 3n };
    const moved = { 'source.orders-0': 40n, 'source.orders-1': 41n };
    assert.deepEqual(committed, [
      [unmoved, {}],
      [unmoved, { 'source.orders-0': 6n }],
      [moved, { 'source.orders-0': 6n }],
      [moved, { 'source.orders-0': 6n }],
    ]);
    assert.equal(looks(), 4);
  });

  it('says what is missing when time is over', async () => {
    const target = new SimulatedGroups({});
    const { findPositions, looks } = looksAt(
      flowAt(groupAt('late', [exact(40n), ahead(30n)]), groupAt('fast', [exact(1n)])),
    );
    const result = await sync(findPositions, target, { timeoutMs: 400 });
    assert.equal(result.isDone, false);
    assert.deepEqual(verdicts(result), { late: 'waiting', fast: 'done' });
    assert.deepEqual(
      result.groups[0]?.partitions.map(({ outcome }) => outcome),
      ['held-back', 'ahead'],
    );
    assert.deepEqual(target.committedBy('late'), {});
    assert.ok(looks() > 2);
  });

  it('ends at once where waiting does not help', async () => {
    const target = new SimulatedGroups({ ahead: { committed: committedAt(90n) } });
    const { findPositions, looks } = looksAt(
      flowAt(groupAt('ahead', [exact(40n)]), groupAt('early', [beforeMap])),
    );
    const result = await sync(findPositions, target);
    assert.deepEqual(verdicts(result), { ahead: 'blocked', early: 'blocked' });
    assert.equal(looks(), 1);
  });

  it('goes on where the source has moved on between the commit and reading it back', async () => {
    const target = new SimulatedGroups({});
    const { findPositions, looks } = looksAt(
      flowAt(groupAt('readers', [exact(40n)])),
      flowAt(groupAt('readers', [exact(44n)])),
    );
    assert.equal((await sync(findPositions, target)).isDone, true);
    assert.deepEqual(target.committedBy('readers'), { 'source.orders-0': 44n });
    assert.equal(looks(), 3);
  });

  it('leaves a group alone once it is done, so that its consumers may be started', async () => {
    const target = new SimulatedGroups({ early: { committed: committedAt(5n) } });
    const early = groupAt('early', [exact(5n)]);
    const { findPositions } = looksAt(
      flowAt(early, groupAt('late', [ahead(30n)])),
      flowAt(early, groupAt('late', [exact(40n)])),
    );
    const onRound = (): void => {
      target.groups.get('early')!.state = 'Stable';
    };
    const result = await sync(findPositions, target, { onRound });
    assert.deepEqual(verdicts(result), { early: 'done', late: 'done' });
    assert.equal(result.isDone, true);
  });

  it('names groups that the source does not have, or has no more', async () => {
    const target = new SimulatedGroups({});
    const { findPositions } = looksAt(
      flowAt(groupAt('here', [exact(5n)]), groupAt('leaving', [ahead(5n)])),
      { ...flowAt(groupAt('here', [exact(5n)])), listed: new Set(['here', 'leaving']) },
    );
    const groups = ['here', 'leaving', 'misspelt'];
    const result = await sync(findPositions, target, { groups });
    assert.equal(result.isDone, false);
    assert.deepEqual(verdicts(result), { here: 'done' });
    assert.deepEqual(result.absent, [
      { group: 'leaving', reason: 'not-translated' },
      { group: 'misspelt', reason: 'gone' },
    ]);
  });

  it('moves only the groups asked for', async () => {
    const target = new SimulatedGroups({});
    const { findPositions } = looksAt(
      flowAt(groupAt('one', [exact(5n)]), groupAt('two', [exact(5n)])),
    );
    assert.equal((await sync(findPositions, target, { groups: ['two'] })).isDone, true);
    assert.deepEqual(target.tried, ['two']);
  });

  it('is not done where there is nothing, or where a silent broker may hide groups', async () => {
    const target = new SimulatedGroups({});
    assert.equal((await sync(looksAt(flowAt()).findPositions, target)).isDone, false);
    const partly = { ...flowAt(groupAt('one', [exact(5n)])), failures: [unreachable] };
    const { findPositions, looks } = looksAt(partly);
    const all = await sync(findPositions, target, { timeoutMs: 400 });
    assert.deepEqual([all.isDone, all.failures], [false, [unreachable]]);
    assert.ok(looks() > 3, 'it waits for the broker');
    assert.equal((await sync(findPositions, target, { groups: ['one'] })).isDone, true);
  });

  it('waits through failures of the source, but not through the first', async () => {
    const target = new SimulatedGroups({});
    const { findPositions } = looksAt(
      flowAt(groupAt('one', [ahead(5n)])),
      unreachable,
      flowAt(groupAt('one', [exact(6n)])),
    );
    const failures: unknown[] = [];
    const onRound = (result: FinalSyncResult): void => void failures.push(result.failures);
    assert.equal((await sync(findPositions, target, { onRound })).isDone, true);
    assert.deepEqual(failures, [[], [unreachable], [], []]);
    await assert.rejects(sync(looksAt(unreachable).findPositions, target), unreachable);
    const corrupt = new MirrorlessError('STATE_CORRUPT', 'The map does not decode.');
    const broken = looksAt(flowAt(groupAt('two', [ahead(5n)])), corrupt);
    await assert.rejects(sync(broken.findPositions, target), corrupt);
  });

  it('reads back what it moved as soon as the source answers again, without haste', async () => {
    const target = new SimulatedGroups({});
    const here = flowAt(groupAt('one', [exact(5n)]));
    const { findPositions, looks } = looksAt(here, unreachable, unreachable, here);
    const startedAt = Date.now();
    const result = await sync(findPositions, target, { pollIntervalMs: 30 });
    assert.equal(result.isDone, true);
    assert.equal(looks(), 4);
    assert.ok(Date.now() - startedAt >= 55, 'paused twice');
  });

  it('looks once in a dry run', async () => {
    const target = new SimulatedGroups({});
    const { findPositions, looks } = looksAt(flowAt(groupAt('one', [exact(5n)])));
    const result = await sync(findPositions, target, { dryRun: true });
    assert.deepEqual(verdicts(result), { one: 'ready' });
    assert.deepEqual([looks(), target.tried], [1, []]);
  });

  it('ends in order: reads back what it has moved, and moves nothing more', async () => {
    const target = new SimulatedGroups({});
    const { findPositions } = looksAt(
      flowAt(groupAt('one', [exact(5n)]), groupAt('two', [ahead(5n)])),
      flowAt(groupAt('one', [exact(5n)]), groupAt('two', [exact(6n)])),
    );
    const controller = new AbortController();
    const onRound = (): void => controller.abort();
    const result = await sync(findPositions, target, { onRound, signal: controller.signal });
    assert.deepEqual(verdicts(result), { one: 'done', two: 'ready' });
    assert.deepEqual(target.tried, ['one']);
  });

  it('moves nothing after it was told to end, not even what it has just found', async () => {
    const target = new SimulatedGroups({});
    const controller = new AbortController();
    const findPositions = async (): Promise<FlowPositions> => {
      controller.abort();
      return flowAt(groupAt('one', [exact(5n)]));
    };
    const result = await sync(findPositions, target, { signal: controller.signal });
    assert.deepEqual(verdicts(result), { one: 'ready' });
    assert.deepEqual(target.tried, []);
  });

  it('moves what the first look found, however short the time', async () => {
    const target = new SimulatedGroups({});
    const { findPositions } = looksAt(flowAt(groupAt('one', [exact(5n)])));
    assert.equal((await sync(findPositions, target, { timeoutMs: 0 })).isDone, true);
  });
});
