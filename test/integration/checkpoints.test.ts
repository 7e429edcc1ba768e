/** What the scheduled functions keep, on a real table: whole, by group, and nothing hides behind another. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoCheckpointStore } from '../../lib/state/checkpoints.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import type {
  CheckpointStore,
  EmittedSync,
  GroupCheckpoints,
  StoredCheckpoint,
} from '../../lib/state/ports.ts';
import { type FaultyEndpoint, openFaultyEndpoint } from './state-faults.ts';
import { clientOf, countingClient, cpuMs, openStateTable, type StateTable } from './state-table.ts';

let table: StateTable;
let flow = 'source->target';
let store: CheckpointStore;
let flowCount = 0;

before(async () => {
  table = await openStateTable();
});

after(() => table.close());

beforeEach(() => {
  flowCount += 1;
  flow = `source${flowCount}->target`;
  store = dynamoCheckpointStore({ client: table.client, table: table.name, flow });
});

function checkpointOf(partition: number, change: Partial<StoredCheckpoint> = {}): StoredCheckpoint {
  return {
    topic: 'orders',
    partition,
    upstreamOffset: 1000n + BigInt(partition),
    downstreamOffset: 990n,
    metadata: '',
    exactness: 'exact',
    lagRecords: 5n,
    ...change,
  };
}

function groupOf(group: string, checkpoints: StoredCheckpoint[] = [checkpointOf(0)]) {
  return { group, publishedAtMs: 1_800_000_000_000, checkpoints } satisfies GroupCheckpoints;
}

const written = { ok: true, value: undefined };

function byGroup(groups: readonly GroupCheckpoints[]): GroupCheckpoints[] {
  return groups.toSorted((one, other) => (one.group < other.group ? -1 : 1));
}

describe('checkpoints of groups', () => {
  test('there are none at first, and writing none is fine', async () => {
    assert.deepEqual(await store.read(), { groups: [], failures: [] });
    assert.deepEqual(await store.write([]), []);
  });

  test('come back as they were written, whatever the group is called', async () => {
    const names = ['plain', '', 'a/b', 'sync/orders', 'producer', '消費者🦜', 'long'.repeat(300)];
    const groups = names.map((name, index) => groupOf(name, [checkpointOf(index)]));
    assert.deepEqual(
      await store.write(groups),
      names.map(() => written),
    );
    const { groups: found, failures } = await store.read();
    assert.deepEqual([byGroup(found), failures], [byGroup(groups), []]);
  });

  test('keep every field, of several topics', async () => {
    const { lagRecords: _, ...withoutLag } = checkpointOf(7, { topic: '__proto__' });
    const group = {
      ...groupOf('g', [
        checkpointOf(0, { metadata: 'line\n"quoted" 🦜', exactness: 'ahead' }),
        checkpointOf(1, { upstreamOffset: 2n ** 63n - 1n, downstreamOffset: 0n, lagRecords: 0n }),
        { ...withoutLag, upstreamOffset: 0n, downstreamOffset: 2n ** 63n - 1n },
      ]),
      goneSinceMs: 1_800_000_000_001,
    };
    await store.write([group]);
    assert.deepEqual(await store.read(), { groups: [group], failures: [] });
  });

  test('are replaced, and are those of one flow', async () => {
    const other = dynamoCheckpointStore({ client: table.client, table: table.name, flow: 'a->b' });
    await other.write([groupOf('g')]);
    await store.write([groupOf('g', [checkpointOf(0), checkpointOf(1)]), groupOf('h')]);
    const replaced = groupOf('g', [checkpointOf(2)]);
    await store.write([replaced]);
    assert.deepEqual(byGroup((await store.read()).groups), [replaced, groupOf('h')]);
  });

  test('share a partition of the table with the producer identity, and do not see it', async () => {
    const state = dynamoStateStore({ client: table.client, table: table.name, flow });
    const identity = { producerId: 4n, producerEpoch: 0 };
    await state.producer(async () => identity);
    await store.write([groupOf('producer')]);
    await store.writeSyncs([syncOf('orders', 0)]);
    assert.deepEqual(await store.read(), { groups: [groupOf('producer')], failures: [] });
    assert.deepEqual(await state.producer(() => assert.fail('allocated twice')), identity);
  });

  test('of 5000 partitions fit; what does not is refused for its group only', async () => {
    const many = Array.from({ length: 5000 }, (_, partition) => checkpointOf(partition));
    const noise = (bytes: number) => randomBytes(bytes).toString('base64');
    const tooMany = many.map((each) => ({ ...each, metadata: noise(200) }));
    const outcomes = await store.write([groupOf('large', many), groupOf('huge', tooMany)]);
    const [large, huge] = outcomes;
    assert.deepEqual(large, written);
    assert.ok(huge?.ok === false && huge.error.code === 'CHECKPOINTS_TOO_LARGE', `${huge?.ok}`);
    assert.match(huge.error.message, /5000 checkpoints of group huge/);
    assert.deepEqual(await store.read(), { groups: [groupOf('large', many)], failures: [] });
  });

  test('one broken item is named, hides no other, and is mended by the next write', async () => {
    await store.write(['a', 'b', 'c'].map((name) => groupOf(name)));
    const position = { S: 'checkpoint/b' };
    const Item = { partition: { S: flow }, position, checkpoints: { B: Buffer.from('broken') } };
    await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
    const { groups, failures } = await store.read();
    assert.deepEqual(byGroup(groups), [groupOf('a'), groupOf('c')]);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['STATE_CORRUPT'],
    );
    assert.match(`${failures[0]?.message}`, /checkpoint\/b/);
    await store.write([groupOf('b')]);
    assert.equal((await store.read()).groups.length, 3);
  });

  test('500 groups of 200 partitions are written and read in few calls, with little to compute', async (t) => {
    const random = () => BigInt(Math.floor(Math.random() * 1e7));
    const groups = Array.from({ length: 500 }, (_, index) => {
      const checkpoints = Array.from({ length: 200 }, (_, partition) => {
        const upstreamOffset = 10n ** 7n + random();
        const downstreamOffset = upstreamOffset - 1000n;
        return checkpointOf(partition, { upstreamOffset, downstreamOffset, lagRecords: random() });
      });
      return groupOf(`group-${1000 + index}`, checkpoints);
    });
    const counted = countingClient(table.endpoint);
    const { client } = counted;
    const counting = dynamoCheckpointStore({ client, table: table.name, flow });
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const outcomes = await counting.write(groups);
    const writtenAt = performance.now();
    const found = await counting.read();
    const [readAt, computedMs] = [performance.now(), cpuMs(cpu)];
    assert.ok(outcomes.every((outcome) => outcome.ok));
    assert.deepEqual(byGroup(found.groups), groups);
    const [writeMs, readMs] = [writtenAt - startedAt, readAt - writtenAt].map(Math.round);
    t.diagnostic(`written in ${writeMs} ms, read in ${readMs} ms, computing ${computedMs} ms`);
    assert.ok(counted.calls <= 500 / 25 + 2, `${counted.calls} calls`);
    assert.ok(computedMs < 3000, `${computedMs} ms`);
    client.destroy();
  });
});

function syncOf(topic: string, partition: number, upstream = 7n): EmittedSync {
  return { topic, partition, upstreamOffset: upstream, downstreamOffset: 5n, position: 3n };
}

describe('offset syncs', () => {
  test('are added and replaced by partition, also by two writers at once', async () => {
    assert.deepEqual(await store.readSyncs(), { syncs: [], failures: [] });
    await Promise.all([
      store.writeSyncs([syncOf('a', 0), syncOf('b', 0)]),
      store.writeSyncs([syncOf('a', 1)]),
      store.writeSyncs([]),
    ]);
    await store.writeSyncs([syncOf('a', 0, 9n), syncOf('a', 2)]);
    const { syncs } = await store.readSyncs();
    const expected = [syncOf('a', 0, 9n), syncOf('a', 1), syncOf('a', 2), syncOf('b', 0)];
    assert.deepEqual(new Set(syncs), new Set(expected));
  });

  test('of a topic of 5000 partitions are kept', async () => {
    const syncs = Array.from({ length: 5000 }, (_, partition) => syncOf('wide', partition));
    await store.writeSyncs(syncs);
    assert.deepEqual((await store.readSyncs()).syncs, syncs);
  });

  test('a broken item names its topic and hides no other', async () => {
    await store.writeSyncs([syncOf('a', 0), syncOf('b', 0)]);
    const Item = { partition: { S: flow }, position: { S: 'sync/b' }, 0: { S: '1/-2/3' } };
    await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
    const { syncs, failures } = await store.readSyncs();
    assert.deepEqual(syncs, [syncOf('a', 0)]);
    assert.deepEqual(
      failures.map(({ code, place }) => [code, place]),
      [['STATE_CORRUPT', { topic: 'b' }]],
    );
  });
});

describe('a table that does not do as it is asked', () => {
  let faulty: FaultyEndpoint;
  before(async () => {
    faulty = await openFaultyEndpoint(table.endpoint);
  });
  after(() => faulty.close());

  function behindFaults(timeoutMs = 5000) {
    const client = clientOf(faulty.endpoint);
    return dynamoCheckpointStore({ client, table: table.name, flow, timeoutMs });
  }

  test('items that it leaves unprocessed are written again', async () => {
    const groups = Array.from({ length: 40 }, (_, index) => groupOf(`g${10 + index}`));
    faulty.breakWith([{ unprocessed: 7 }, { unprocessed: 3 }]);
    const outcomes = await behindFaults().write(groups);
    assert.ok(outcomes.every((outcome) => outcome.ok));
    assert.equal(faulty.actions.length, 4);
    assert.deepEqual(byGroup((await store.read()).groups), groups);
  });

  test('a batch that fails is said of its groups; the others are written', async () => {
    const groups = Array.from({ length: 50 }, (_, index) => groupOf(`g${10 + index}`));
    faulty.breakWith([{ answer: 400, type: 'AccessDeniedException' }]);
    const outcomes = await behindFaults().write(groups);
    const codes = outcomes.map((outcome) => (outcome.ok ? 'written' : outcome.error.code));
    const { groups: found } = await store.read();
    assert.equal(codes.filter((code) => code === 'STATE_REFUSED').length, 25);
    const expected = groups.filter((_, index) => codes[index] === 'written');
    assert.deepEqual(byGroup(found), expected);
  });

  test('one that does not answer fails in time, in the words of the project', async () => {
    faulty.breakWith(['silence'], { staying: true });
    const silent = behindFaults(300);
    const unavailable = { code: 'STATE_UNAVAILABLE', message: /within 300 ms/ };
    const [outcome] = await silent.write([groupOf('g')]);
    assert.ok(outcome?.ok === false && outcome.error.code === 'STATE_UNAVAILABLE');
    await assert.rejects(silent.read(), unavailable);
    await assert.rejects(silent.readSyncs(), unavailable);
    await assert.rejects(silent.writeSyncs([syncOf('a', 0)]), unavailable);
  });

  test('one that is not there is named', async () => {
    const missing = dynamoCheckpointStore({ client: table.client, table: 'missing', flow });
    const expected = { code: 'STATE_TABLE_MISSING', message: /missing/ };
    await assert.rejects(missing.read(), expected);
    await assert.rejects(missing.writeSyncs([syncOf('a', 0)]), expected);
    const [outcome] = await missing.write([groupOf('g')]);
    assert.ok(outcome?.ok === false && outcome.error.code === 'STATE_TABLE_MISSING');
  });
});
