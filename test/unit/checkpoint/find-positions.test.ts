import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPositions } from '../../../lib/checkpoint/find-positions.ts';
import { consumerGroupId } from '../../../lib/discovery/consumer-group.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { FakeLog } from '../kafka/fake-leader.ts';
import { modelledFlow } from './modelled-flow.ts';
import type { ModelledPartition } from './modelled-partition.ts';

const record = { recordCount: 1, valueBytes: 0, isControl: false };

/** A source of 40 offsets with data at those given, of which 20 to 29 were copied to 100 and on. */
function partition(
  data: readonly number[],
  committed: readonly number[],
  own: Partial<ModelledPartition> = {},
): ModelledPartition {
  const log: FakeLog = {
    start: 0,
    end: 40,
    // The last offset is never compacted.
    batches: [
      ...data.map((baseOffset) => ({ ...record, baseOffset })),
      { ...record, baseOffset: 39, isControl: true },
    ],
  };
  const runs = [{ upstream: 20n, downstream: 100n, length: 10 }];
  const ends = { upstreamEnd: 30n, downstreamEnd: 110n };
  const { open } = append(emptySegment(20n, 100n), { runs, ...ends });
  const target = { start: 0n, end: 110n };
  const held = data.map(BigInt);
  return {
    log,
    segments: [open],
    target,
    committed: committed.map(BigInt),
    held,
    pairs: [],
    ...own,
  };
}

async function statuses(modelled: ModelledPartition): Promise<string[]> {
  const { groups } = await findPositions(modelledFlow([modelled]).dependencies);
  return groups.flatMap(({ positions }) => positions.map(({ downstream }) => downstream.status));
}

test('before the map each group is judged by itself, in few looks', async () => {
  const committed = [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 19];
  const modelled = partition([2, 8, 25], committed);
  const { dependencies, leader } = modelledFlow([modelled]);
  const { groups } = await findPositions(dependencies, { lagRounds: 0 });
  const found = groups.flatMap(({ positions }) => positions);
  const proved = found.filter(({ downstream }) => downstream.status === 'exact');
  assert.deepEqual(
    proved.map(({ upstreamOffset }) => upstreamOffset).sort((a, b) => Number(a - b)),
    [9n, 10n, 12n, 14n, 16n, 18n, 19n],
  );
  assert.ok(proved.every(({ downstream }) => 'offset' in downstream && downstream.offset === 100n));
  assert.ok(leader.requests.length <= 1 + 5, `${leader.requests.length} looks`);
});

test('where all that lies before the map is unread, one look says so of all groups', async () => {
  const modelled = partition([2, 8, 19, 25], [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 19]);
  const { dependencies, leader } = modelledFlow([modelled]);
  await findPositions(dependencies, { lagRounds: 0 });
  assert.equal(leader.requests.length, 1 + 1);
});

test('a target that ends before the map, or is gone, tells no position', async () => {
  const recreated = partition([25], [22, 30], { target: { start: 0n, end: 109n } });
  assert.deepEqual(await statuses(recreated), ['target-truncated', 'target-truncated']);
  const { dependencies } = modelledFlow([partition([25], [22])]);
  const missing = new MirrorlessError('TOPIC_MISSING', 'orders is not there.');
  dependencies.target.dataPlane.listOffsets = async () => [{ ok: false, error: missing }];
  const { groups, failures } = await findPositions(dependencies);
  assert.deepEqual(groups[0]?.positions[0]?.downstream, {
    status: 'target-truncated',
    error: missing,
  });
  assert.deepEqual(failures, []);
});

test('a source that ends before the map tells no position', async () => {
  const log = { start: 0, end: 29, batches: [{ ...record, baseOffset: 28 }] };
  const found = await statuses(partition([28], [22, 25], { log }));
  assert.deepEqual(found, ['source-recreated', 'source-recreated']);
});

test('what is not said by a broker of the target is unknown, and named', async () => {
  const { dependencies } = modelledFlow([partition([25], [22])]);
  const error = new MirrorlessError('TARGET_NOT_READY', 'no leader.');
  dependencies.target.dataPlane.listOffsets = async () => [{ ok: false, error }];
  const { groups, failures } = await findPositions(dependencies);
  assert.deepEqual(groups[0]?.positions[0]?.downstream, { status: 'unknown', error });
  assert.deepEqual(failures, [error]);
});

test('a source that cannot be looked into proves nothing and hides nothing', async () => {
  const { dependencies } = modelledFlow([partition([25], [19, 22, 35])]);
  const error = new MirrorlessError('SOURCE_NOT_READY', 'no leader.');
  dependencies.source.dataPlane.fetch = async (asked) => asked.map(() => ({ ok: false, error }));
  const { groups, partitions, failures } = await findPositions(dependencies);
  const found = groups.flatMap(({ positions }) => positions);
  assert.deepEqual(
    found.map(({ downstream, lag }) => [downstream.status, lag?.records]),
    [
      ['before-map', 21n],
      ['exact', 18n],
      ['ahead', 5n],
    ],
  );
  assert.deepEqual(partitions[0]?.lag, { records: 10n });
  assert.deepEqual(new Set(failures), new Set([error]));
});

test('a partition that begins to be copied meanwhile is not taken for an empty one', async () => {
  const target = { start: 0n, end: 0n };
  const mapped = partition([25], [20], { target });
  const { dependencies } = modelledFlow([{ ...mapped, segments: [] }]);
  const begun = modelledFlow([mapped]).dependencies.state;
  const { state } = dependencies;
  let asked = 0;
  const translate: typeof state.translate = (requests, direction) => {
    asked += 1;
    return (asked === 1 ? state : begun).translate(requests, direction);
  };
  const { groups } = await findPositions({ ...dependencies, state: { translate } });
  assert.deepEqual(groups[0]?.positions[0]?.downstream, { status: 'exact', offset: 100n });
});

test('a copy that was begun by others is not taken for an empty one', async () => {
  const empty = { segments: [], target: { start: 0n, end: 0n } };
  assert.deepEqual(await statuses(partition([25], [3], empty)), ['exact']);
  const filled = { segments: [], target: { start: 0n, end: 7n } };
  assert.deepEqual(await statuses(partition([25], [3], filled)), ['no-map']);
});

test('groups are MM2’s: of consumers, accepted, with an offset in an accepted topic', async () => {
  const modelled = partition([25], [20, 21, 22, 23, 24, 25]);
  const { dependencies } = modelledFlow([modelled]);
  const mapping = consumerGroupId({ source: 'other', target: 'flow' }, 'orders');
  const types = ['consumer', '', 'share', 'connect', 'consumer', 'consumer'];
  const names = ['a', 'b', 'c', 'd', 'excluded', mapping];
  const groups = names.map((group, index) => {
    return { group, protocolType: types[index]!, state: 'Dead' };
  });
  dependencies.source.groups.listGroups = async () => ({ groups, failures: [] });
  const committed = { partition: 0, offset: 20n, metadata: 'm' };
  dependencies.source.groups.committedOffsets = async (asked) =>
    asked.map((group) => ({
      ok: true,
      value: [
        { ...committed, topic: group === 'b' ? 'refused' : 'orders' },
        { ...committed, topic: 'orders', offset: -1n },
      ],
    }));
  const found = await findPositions({
    ...dependencies,
    groupFilter: (group) => group !== 'excluded',
    topicFilter: (topic) => topic !== 'refused',
  });
  assert.deepEqual(
    found.groups.map(({ group, state, positions }) => [group, state, positions.length]),
    [['a', 'Dead', 1]],
  );
  assert.deepEqual(found.listed, new Set(names));
});

test('what came from the target is not copied back, so a group has no position to wait for in it', async () => {
  const { dependencies } = modelledFlow([partition([25], [21])]);
  const committed = { partition: 0, offset: 21n, metadata: '' };
  dependencies.source.groups.committedOffsets = async (asked) =>
    asked.map(() => ({
      ok: true,
      value: ['orders', 'target.orders', 'mm2-offsets.x.internal'].map((topic) => {
        return { ...committed, topic };
      }),
    }));
  const { groups } = await findPositions(dependencies);
  const topics = groups.map(({ positions }) => positions.map(({ topic }) => topic));
  assert.deepEqual(topics, [['orders']]);
});

test('the failure of one group is its own, and a broker that lists nothing is named', async () => {
  const { dependencies } = modelledFlow([partition([25], [20, 21])]);
  const { committedOffsets, listGroups } = dependencies.source.groups;
  const error = new MirrorlessError('UNAUTHORIZED', 'not this group.');
  const away = new MirrorlessError('SOURCE_UNREACHABLE', 'one broker is away.');
  dependencies.source.groups = {
    listGroups: async () => ({ ...(await listGroups()), failures: [away] }),
    committedOffsets: async (asked) => [
      { ok: false, error },
      ...(await committedOffsets(asked)).slice(1),
    ],
  };
  const { groups, failures, listed } = await findPositions(dependencies);
  assert.deepEqual(
    groups.map(({ failure, positions }) => [failure, positions.length]),
    [
      [error, 0],
      [undefined, 1],
    ],
  );
  assert.deepEqual([failures, listed], [[away], undefined]);
});
