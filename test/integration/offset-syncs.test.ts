/** What readers of MM2's offset syncs are told: of every copied record at most once, ascending. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { MirrorlessError } from '../../lib/errors.ts';
import { decodeOffsetSync, encodeOffsetSync } from '../../lib/mm2/formats.ts';
import type { OffsetSyncDependencies, OffsetSyncsResult } from '../../lib/offset-syncs/emit.ts';
import type { CopiedRecord } from '../../lib/offset-syncs/plan.ts';
import type { Run, SourcePartition } from '../../lib/state/ports.ts';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { openCopyBench } from '../support/copy-bench.ts';
import { type Flow, openFlow, randomTopic, remoteTopic } from '../support/flow.ts';
import { copyRuns, type OffsetSyncsBench, openOffsetSyncs } from '../support/offset-syncs.ts';
import type { OracleCluster } from '../support/oracle/oracle.ts';
import type { OracleRecord } from '../support/oracle/records.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const bench = await openCopyBench();
after(() => bench.close());
const [source, target] = [parts.sourceBootstrapServers, parts.targetBootstrapServers].map(
  (bootstrapServers) => bench.oracle.cluster(bootstrapServers),
) as [OracleCluster, OracleCluster];

for (const location of ['source', 'target'] as const) {
  describe(`on the ${location}`, () => {
    test('what was copied is told once, also by a run that knows of no other', async (t) => {
      const { syncs, partition, copied } = await scene(t, { location });
      const host = location === 'source' ? source : target;
      await copied({ upstream: 0n, downstream: 0n, length: 150 });

      assert.deepEqual(await emitted(syncs, [partition]), 3);
      assert.deepEqual(await emitted(syncs, [partition]), 0);
      await copied({ upstream: 160n, downstream: 150n, length: 10 });
      assert.deepEqual(await emitted(syncs, [partition], withoutMemory), 2);
      assert.deepEqual(await emitted(syncs, [partition], withoutMemory), 0);
      assert.deepEqual(await emitted(syncs, [partition]), 0);

      assert.deepEqual(await told(host, syncs, partition), [
        '0:0',
        '101:101',
        '149:149',
        '160:150',
        '169:159',
      ]);
    });
  });
}

test('the topic is made as MM2 makes it: one partition, compacted', async (t) => {
  const { syncs, partition, copied } = await scene(t);
  await copied({ upstream: 0n, downstream: 0n, length: 1 });
  await emitted(syncs, [partition]);
  const { partitions } = await source.describe(syncs.topic);
  assert.equal(partitions.length, 1);
  await assert.rejects(
    source.produce(syncs.topic, [
      { partition: 0, key: null, value: Buffer.from('no key'), headers: [], timestamp: 1 },
    ]),
    /InvalidRecord/,
  );
});

test('each sync names a record and its copy, across markers and aborted transactions', async (t) => {
  const copy = await bench.transactionalTopic();
  const syncs = openSyncs(t, copy.flow);
  const partition = { topic: copy.topic, partition: 0 };
  await copy.flow.copy(copy.part(0, 9));
  await emitted(syncs, [partition]);
  await copy.flow.copy(copy.part(9));
  await emitted(syncs, [partition]);

  const [from, to] = await Promise.all([
    recordsOf(source, copy.topic),
    recordsOf(target, remoteTopic(copy.topic)),
  ]);
  const pairs = await syncsOf(source, syncs, partition);
  assert.ok(pairs.length >= 6, `${pairs.length} syncs, one after each marker`);
  for (const { upstreamOffset, downstreamOffset } of pairs) {
    const { offset: _, ...record } = from.get(upstreamOffset)!;
    const { offset: __, ...itsCopy } = to.get(downstreamOffset)!;
    assert.deepEqual(itsCopy, record);
  }
});

test('a partition that has nothing, one that has no state, and none', async (t) => {
  const { syncs, partition, copied } = await scene(t);
  await copied();
  assert.equal(await emitted(syncs, [partition, { topic: 'never-copied', partition: 3 }]), 0);
  assert.equal(await emitted(syncs, []), 0);
});

test('a map that begins before what another writer told of goes on after it', async (t) => {
  const { syncs, partition, copied } = await scene(t);
  await copied({ upstream: 0n, downstream: 0n, length: 50 });
  await emitted(syncs, [partition]);
  await source.produce(syncs.topic, [syncRecord(partition, 70n)]);
  await copied({ upstream: 50n, downstream: 50n, length: 50 });

  assert.equal(await emitted(syncs, [partition]), 1);
  assert.deepEqual(await told(source, syncs, partition), ['0:0', '49:49', '70:70', '99:99']);
});

test('a re-created source begins anew', async (t) => {
  const { syncs, partition, copied, flow } = await scene(t);
  await copied({ upstream: 0n, downstream: 0n, length: 50 });
  await emitted(syncs, [partition]);
  const [state] = await flow.state.read([partition]);
  await flow.state.startGeneration(partition, state!, { upstream: 0n, downstream: 50n });
  await copied({ upstream: 0n, downstream: 50n, length: 10 });

  const result = await syncs.emit([partition]);
  assert.deepEqual(result.restarted, [partition]);
  assert.deepEqual(await told(source, syncs, partition), ['0:0', '49:49', '0:50', '9:59']);
  assert.equal(await emitted(syncs, [partition]), 0);
});

test('a restored state tells nothing until it has found what it had copied', async (t) => {
  const { syncs, partition, copied } = await scene(t);
  await target.createTopic(syncs.remoteTopic(partition.topic));
  await target.load(syncs.remoteTopic(partition.topic), {
    producer: 'p',
    count: 71,
    valueBytes: 1,
  });
  await copied({ upstream: 0n, downstream: 0n, length: 50 });
  await emitted(syncs, [partition]);
  await source.produce(syncs.topic, [syncRecord(partition, 70n)]);

  const result = await syncs.emit([partition]);
  assert.deepEqual([result.emittedCount, result.restarted, result.failures], [0, [], []]);
});

test('a target topic that never held what was told of begins anew', async (t) => {
  const { syncs, partition, copied } = await scene(t);
  await target.createTopic(syncs.remoteTopic(partition.topic));
  await copied({ upstream: 0n, downstream: 0n, length: 50 });
  await emitted(syncs, [partition]);
  await source.produce(syncs.topic, [syncRecord(partition, 70n)]);

  const { restarted } = await syncs.emit([partition]);
  assert.deepEqual(restarted, [partition]);
  assert.deepEqual(await told(source, syncs, partition), ['0:0', '49:49', '70:70', '0:0', '49:49']);
});

test('a topic that was deleted is made and filled again, to all that is mapped', async (t) => {
  const { syncs, partition, copied } = await scene(t);
  await copied({ upstream: 0n, downstream: 0n, length: 150 });
  await emitted(syncs, [partition]);
  await emitted(syncs, [partition]);
  await source.deleteTopic(syncs.topic);

  assert.deepEqual(codesOf(await syncs.emit([partition])), ['TOPIC_MISSING']);
  assert.equal(await emitted(syncs, [partition]), 3);
  assert.deepEqual(await told(source, syncs, partition), ['0:0', '101:101', '149:149']);
  assert.equal(await emitted(syncs, [partition]), 0);
});

test('one partition whose map cannot be read is named; the others are told of', async (t) => {
  const { syncs, partition, copied, flow } = await scene(t);
  const broken = { topic: partition.topic, partition: 1 };
  await copied({ upstream: 0n, downstream: 0n, length: 5 });
  await copyRuns(flow, broken, [{ upstream: 0n, downstream: 0n, length: 5 }]);
  const result = await syncs.emit([broken, partition], (dependencies) => ({
    ...dependencies,
    state: {
      read: (partitions) => dependencies.state.read(partitions),
      segments: async (asked, first, last) => {
        if (asked.partition === 1) throw new MirrorlessError('STATE_CORRUPT', 'Broken.');
        return dependencies.state.segments(asked, first, last);
      },
    },
  }));
  assert.equal(result.emittedCount, 2);
  assert.deepEqual(codesOf(result), ['STATE_CORRUPT']);
});

test('a cluster that refuses to be asked, read or written is named, and nothing is told', async (t) => {
  const cluster = await ownCluster(t, { version: '4.3.1', properties: authorizing });
  const bootstrapServers = cluster.bootstrapServers;
  const flow = await openFlow(parts);
  t.after(() => flow.close());
  for (const [operation, location] of [
    ['WRITE', 'source'],
    ['READ', 'target'],
    ['DESCRIBE', 'source'],
  ] as const) {
    const partition = { topic: randomTopic('refused'), partition: 0 };
    await copyRuns(flow, partition, [{ upstream: 0n, downstream: 0n, length: 5 }]);
    const syncs = openOffsetSyncs({
      sourceBootstrapServers: bootstrapServers,
      targetBootstrapServers: bootstrapServers,
      flow,
      settings: { location, topicReplicationFactor: 1 },
    });
    t.after(() => syncs.close());
    assert.equal(await emitted(syncs, [partition]), 2);
    await copyRuns(flow, partition, [{ upstream: 9n, downstream: 9n, length: 5 }]);
    await denyAnonymous(bootstrapServers, { type: 'topic', name: syncs.topic }, [operation]);
    const result = await syncs.emit([partition]);
    assert.deepEqual(codesOf(result), ['UNAUTHORIZED'], operation);
    assert.match(result.failures[0]!.message, new RegExp(syncs.topic));
    assert.equal(result.emittedCount, 0);
    assert.equal(result.cluster.startsWith(location), true);
  }
});

/** As another writer has it. */
function syncRecord(partition: SourcePartition, offset: bigint): OracleRecord {
  const sync = { ...partition, upstreamOffset: offset, downstreamOffset: offset };
  return { partition: 0, ...encodeOffsetSync(sync), headers: [], timestamp: Date.now() };
}

interface Context {
  after(close: () => Promise<void>): void;
}

/** One partition of a flow of its own, whose map a test writes. */
async function scene(t: Context, settings: Partial<OffsetSyncDependencies['settings']> = {}) {
  const flow = await openFlow(parts);
  t.after(() => flow.close());
  const partition = { topic: randomTopic('syncs'), partition: 0 };
  const syncs = openSyncs(t, flow, settings);
  const copied = (...runs: Run[]) => copyRuns(flow, partition, runs);
  return { flow, partition, syncs, copied };
}

function openSyncs(
  t: Context,
  flow: Flow,
  settings: Partial<OffsetSyncDependencies['settings']> = {},
): OffsetSyncsBench {
  const syncs = openOffsetSyncs({
    ...parts,
    flow,
    settings: { topicReplicationFactor: 1, ...settings },
  });
  t.after(() => syncs.close());
  return syncs;
}

async function emitted(
  syncs: OffsetSyncsBench,
  partitions: readonly SourcePartition[],
  fault?: Parameters<OffsetSyncsBench['emit']>[1],
): Promise<number> {
  const { emittedCount, failures, restarted } = await syncs.emit(partitions, fault);
  assert.deepEqual([failures, restarted], [[], []]);
  return emittedCount;
}

/** A state that has lost what it knew of the topic, and keeps nothing. */
function withoutMemory(dependencies: OffsetSyncDependencies): OffsetSyncDependencies {
  const store = {
    readSyncs: async () => ({ syncs: [], failures: [] }),
    writeSyncs: async () => {},
  };
  return { ...dependencies, store };
}

function codesOf({ failures }: OffsetSyncsResult): string[] {
  return failures.map(({ code }) => code);
}

/** By offset. */
async function recordsOf(cluster: OracleCluster, topic: string) {
  const [dump] = await cluster.dump(topic);
  return new Map(dump!.records.map((record) => [record.offset, record]));
}

async function told(
  cluster: OracleCluster,
  syncs: OffsetSyncsBench,
  partition: SourcePartition,
): Promise<string[]> {
  const records = await syncsOf(cluster, syncs, partition);
  return records.map((record) => `${record.upstreamOffset}:${record.downstreamOffset}`);
}

async function syncsOf(
  cluster: OracleCluster,
  { topic }: OffsetSyncsBench,
  { topic: upstream, partition }: SourcePartition,
): Promise<CopiedRecord[]> {
  const [dump] = await cluster.dump(topic);
  return dump!.records.map(({ key, value }) => {
    const sync = decodeOffsetSync({ key: Buffer.from(key!), value: Buffer.from(value!) });
    assert.deepEqual([sync?.topic, sync?.partition], [upstream, partition]);
    return sync!;
  });
}
