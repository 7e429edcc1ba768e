import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { syncGroups } from '../../../lib/checkpoint/group-sync.ts';
import type { GroupSync } from '../../../lib/checkpoint/group-sync-plan.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { ahead, committedAt, exact, groupAt, noMap } from './positions.ts';
import { SimulatedGroups } from './simulated-groups.ts';

const outcomes = ({ partitions }: GroupSync): string[] => partitions.map(({ outcome }) => outcome);

describe('a group sync', () => {
  it('moves what may be moved, with the metadata of the source, and says what was left', async () => {
    const target = new SimulatedGroups({ readers: { committed: committedAt(10n, 40n, 50n) } });
    const positions = [groupAt('readers', [exact(40n), exact(40n), exact(40n), noMap])];
    const { groups, failures } = await syncGroups({ positions, target });
    assert.deepEqual(outcomes(groups[0]!), ['moved', 'already-there', 'target-further', 'no-map']);
    assert.deepEqual(failures, []);
    assert.deepEqual(
      groups[0]?.partitions.map(({ targetOffset }) => targetOffset),
      [10n, 40n, 50n, undefined],
    );
    assert.deepEqual(target.committedBy('readers'), {
      'source.orders-0': 40n,
      'source.orders-1': 40n,
      'source.orders-2': 50n,
    });
    const committed = target.groups.get('readers')?.committed ?? [];
    assert.equal(committed.find(({ partition }) => partition === 0)?.metadata, 'of 0');
  });

  it('moves to the end of what is copied, and on from there as more is', async () => {
    const target = new SimulatedGroups({});
    const sync = async (at: ReturnType<typeof exact>): Promise<unknown> => {
      const { groups } = await syncGroups({ positions: [groupAt('readers', [at])], target });
      return [outcomes(groups[0]!), target.committedBy('readers')['source.orders-0']];
    };
    assert.deepEqual(await sync(ahead(30n)), [['moved'], 30n]);
    assert.deepEqual(await sync(ahead(30n)), [['already-there'], 30n]);
    assert.deepEqual(await sync(exact(45n)), [['moved'], 45n]);
  });

  it('leaves a group alone that comes alive after it was found idle', async () => {
    const target = new SimulatedGroups({ readers: { committed: committedAt(10n) } });
    target.beforeCommit = () => {
      target.groups.get('readers')!.state = 'Stable';
    };
    const { groups } = await syncGroups({ positions: [groupAt('readers', [exact(40n)])], target });
    assert.deepEqual(outcomes(groups[0]!), ['live']);
    assert.equal(groups[0]?.partitions[0]?.error?.code, 'GROUP_ACTIVE');
    assert.deepEqual(target.committedBy('readers'), { 'source.orders-0': 10n });
  });

  it('does not even try a group with members, or one of another kind', async () => {
    const target = new SimulatedGroups({
      classic: { state: 'Stable' },
      joining: { state: 'PreparingRebalance' },
      modern: { state: 'Reconciling' },
      shared: { protocolType: 'share' },
    });
    const positions = [...target.groups.keys()].map((name) => groupAt(name, [exact(40n)]));
    const { groups } = await syncGroups({ positions, target });
    assert.deepEqual(groups.map(outcomes), [['live'], ['live'], ['live'], ['other-type']]);
    assert.deepEqual(target.tried, []);
  });

  it('does not move a group back that the target has but does not list', async () => {
    const target = new SimulatedGroups({
      readers: { isHidden: true, committed: committedAt(90n) },
    });
    target.listFailures.push(new MirrorlessError('TARGET_UNREACHABLE', 'broker:9092 is silent.'));
    const { groups, failures } = await syncGroups({
      positions: [groupAt('readers', [exact(40n)])],
      target,
    });
    assert.deepEqual(outcomes(groups[0]!), ['target-further']);
    assert.deepEqual(failures, target.listFailures);
  });

  it('serves the others where a group or a partition fails', async () => {
    const failure = new MirrorlessError('UNAUTHORIZED', 'Group one is not to be read.');
    const target = new SimulatedGroups({ one: { failure } });
    target.refused.add('source.payments');
    const two = groupAt('two', [exact(40n), exact(41n)]);
    const payments = { ...two.positions[1]!, topic: 'payments', remoteTopic: 'source.payments' };
    const { groups } = await syncGroups({
      positions: [
        groupAt('one', [exact(40n)]),
        { ...two, positions: [payments, two.positions[0]!] },
        groupAt('three', [exact(7n)]),
      ],
      target,
    });
    assert.deepEqual(groups.map(outcomes), [['failed'], ['failed', 'moved'], ['moved']]);
    assert.equal(groups[0]?.partitions[0]?.error, failure);
    assert.equal(groups[1]?.partitions[0]?.error?.code, 'UNAUTHORIZED');
  });

  it('says in a dry run what it would do, and does nothing', async () => {
    const target = new SimulatedGroups({ readers: { committed: committedAt(10n, 40n) } });
    const positions = [groupAt('readers', [exact(40n), exact(40n)])];
    const { groups } = await syncGroups({ positions, target, dryRun: true });
    assert.deepEqual(outcomes(groups[0]!), ['would-move', 'already-there']);
    assert.deepEqual(target.tried, []);
  });

  it('moves nothing once time is over, however late an answer comes', async () => {
    const target = new SimulatedGroups({});
    const positions = Array.from({ length: 120 }, (_, n) => groupAt(`group-${n}`, [exact(1n)]));
    // Over while the offsets of the second fifty are on their way.
    const deadline = { remainingMs: () => (target.asked.length < 2 ? 1000 : 0) };
    const { groups } = await syncGroups({ positions, target, deadline });
    assert.deepEqual(target.asked, [50, 50]);
    assert.equal(target.tried.length, 50);
    const late = groups.slice(50);
    assert.equal(late.length, 70);
    assert.ok(late.every((group) => group.partitions[0]?.error?.code === 'TIME_EXHAUSTED'));
    assert.ok(late.every((group) => outcomes(group)[0] === 'failed'));
  });

  it('asks for many groups in few calls', async () => {
    const target = new SimulatedGroups({});
    const positions = Array.from({ length: 120 }, (_, n) => groupAt(`group-${n}`, [exact(1n)]));
    const { groups } = await syncGroups({ positions, target });
    assert.deepEqual(target.asked, [50, 50, 20]);
    assert.ok(groups.every((group) => outcomes(group)[0] === 'moved'));
  });
});
