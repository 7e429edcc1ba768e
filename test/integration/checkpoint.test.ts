/** Every group's checkpoint is exact, wherever the group is, and none is published that could skip. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { CheckpointRun } from '../../lib/checkpoint/checkpoint.ts';
import { commitAt, openCheckpoints, positionOf } from '../support/checkpoints.ts';
import { slice } from '../support/events.ts';
import { randomTopic, remoteTopic } from '../support/flow.ts';
import { type OracleCluster, startOracle } from '../support/oracle/oracle.ts';
import type { PartitionDump } from '../support/oracle/records.ts';
import { sharedParts } from '../support/parts.ts';
import {
  type Writing,
  writeCompacted,
  writePlain,
  writeTransactions,
} from '../support/writings.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);
const open = (t: { after(close: () => Promise<void>): void }) => openCheckpoints(t, parts);
type Opened = Awaited<ReturnType<typeof open>>;

/** A topic on both sides, its records on the source. */
async function writeTopic(
  name: string,
  write: Writing['write'],
  configs: Record<string, string> = {},
): Promise<{ topic: string; dump: PartitionDump }> {
  const topic = randomTopic(name);
  await source.createTopic(topic, { configs });
  await target.createTopic(remoteTopic(topic));
  await write(source, topic);
  const [dump] = await source.dump(topic, { isolation: 'read_uncommitted' });
  return { topic, dump: dump! };
}

const plain = (count: number) => writePlain({ count, producer: 'plain' });

async function writtenAndCopied(
  { flow }: Opened,
  written: { topic: string; dump: PartitionDump },
  range: { from?: number; to?: number } = {},
): Promise<string> {
  await flow.copy([slice(written.topic, written.dump, range.from, range.to)]);
  return written.topic;
}

async function endOf(cluster: OracleCluster, topic: string): Promise<bigint> {
  return (await cluster.describe(topic)).partitions[0]!.end;
}

function outcome(run: CheckpointRun, group: string, topic: string): unknown[] {
  const { downstream, lag } = positionOf(run, group, topic);
  return [downstream.status, 'offset' in downstream ? downstream.offset : undefined, lag?.records];
}

test('a group goes on where it stands: at 0, half way, at the tip, and beyond what is copied', async (t) => {
  const opened = await open(t);
  const topic = await writtenAndCopied(opened, await writeTopic('plain', plain(100)), { to: 80 });
  const offsets = { zero: 0n, half: 40n, tip: 80n, ahead: 81n, end: 100n };
  for (const [name, offset] of Object.entries(offsets)) {
    await commitAt(source, opened.group(name), { [topic]: offset });
  }
  const startedAtMs = Date.now();
  const run = await opened.run();
  const found = Object.keys(offsets).map((name) => outcome(run, opened.group(name), topic));
  assert.deepEqual(found, [
    ['exact', 0n, 100n],
    ['exact', 40n, 60n],
    ['exact', 80n, 20n],
    ['ahead', 80n, 19n],
    ['ahead', 80n, 0n],
  ]);
  const lag = run.positions.partitions.find((one) => one.topic === topic)?.lag;
  assert.equal(lag?.records, 20n);
  assert.ok(lag.timeMs !== undefined && lag.timeMs >= 0 && lag.timeMs < 60_000);
  assert.deepEqual(run.published?.failures, []);

  const published = await opened.published();
  assert.deepEqual(
    published
      .map(({ group, upstreamOffset, downstreamOffset }) => {
        return [group, upstreamOffset, downstreamOffset];
      })
      .sort(),
    Object.entries(offsets)
      .map(([name, offset]) => [opened.group(name), offset, offset > 80n ? 80n : offset])
      .sort(),
  );
  for (const { topic: remote, partition, metadata, timestampMs } of published) {
    assert.deepEqual([remote, partition, metadata], [remoteTopic(topic), 0, '']);
    assert.ok(timestampMs >= startedAtMs && timestampMs <= Date.now());
  }
  const { groups } = await opened.dependencies.checkpoints.read();
  const stored = groups.flatMap(({ checkpoints }) => checkpoints);
  assert.deepEqual(stored.map(({ exactness, lagRecords }) => `${exactness} ${lagRecords}`).sort(), [
    'ahead 0',
    'ahead 19',
    'exact 100',
    'exact 20',
    'exact 60',
  ]);
});

/** Commits one group at every offset up to `end`, and looks for each in what was copied. */
async function checkEveryOffset(
  opened: Opened,
  { topic, dump }: Awaited<ReturnType<typeof writeTopic>>,
  end: bigint,
): Promise<CheckpointRun> {
  const [copies] = await target.dump(remoteTopic(topic), { isolation: 'read_uncommitted' });
  assert.equal(copies!.records.length, dump.records.length);
  const targetEnd = await endOf(target, remoteTopic(topic));
  const offsets = Array.from({ length: Number(end) + 1 }, (_, offset) => BigInt(offset));
  const groupAt = (offset: bigint) => opened.group(`at-${offset}`);
  for (const offset of offsets) await commitAt(source, groupAt(offset), { [topic]: offset });
  const run = await opened.run();
  for (const offset of offsets) {
    const next = dump.records.findIndex((record) => record.offset >= offset);
    const expected = next === -1 ? targetEnd : copies!.records[next]!.offset;
    const [status, found] = outcome(run, groupAt(offset), topic);
    assert.deepEqual([offset, status, found], [offset, 'exact', expected]);
  }
  assert.equal((await opened.published()).length, offsets.length);
  return run;
}

test('on a compacted topic every offset goes on at the record that a reader gets next', async (t) => {
  const opened = await open(t);
  const written = await writeTopic('compacted', writeCompacted, { 'cleanup.policy': 'compact' });
  await writtenAndCopied(opened, written);
  const copied = written.dump.records;
  // Compaction after the copy takes records away that are still in the map.
  await source.produce(
    written.topic,
    copied.slice(0, 40).map(({ key }) => {
      return { partition: 0, timestamp: Date.now(), key, value: Buffer.from('newer'), headers: [] };
    }),
  );
  await source.compact(written.topic);
  const [left] = await source.dump(written.topic);
  const held = new Set(left!.records.map(({ offset }) => offset));
  assert.ok(copied.some(({ offset }) => !held.has(offset)));
  await checkEveryOffset(opened, written, copied.at(-1)!.offset + 1n);
});

test('on a transactional topic every offset goes on at the record that a reader gets next', async (t) => {
  const opened = await open(t);
  const written = await writeTopic('transactional', async (cluster, topic) => {
    await writeTransactions(cluster, topic);
    const transaction = { id: `${topic}-last`, outcome: 'abort' } as const;
    const value = Buffer.from('aborted');
    const last = { partition: 0, timestamp: Date.now(), key: null, value, headers: [] };
    await cluster.produce(topic, [last], { transaction });
    return [];
  });
  await writtenAndCopied(opened, written);
  const end = await endOf(source, written.topic);
  assert.ok(end > written.dump.records.at(-1)!.offset + 1n, 'a marker ends the log');
  const run = await checkEveryOffset(opened, written, end);
  const lag = run.positions.partitions.find(({ topic }) => topic === written.topic)?.lag;
  assert.deepEqual(lag, { records: 0n, timeMs: 0 });
});

test('before the map a group goes on at its start where the source holds nothing between', async (t) => {
  const opened = await open(t);
  const late = await writtenAndCopied(opened, await writeTopic('late', plain(50)), { from: 30 });
  const retained = await writtenAndCopied(opened, await writeTopic('kept', plain(50)), {
    from: 30,
  });
  await source.deleteRecords(retained, 0, 30n);
  await commitAt(source, opened.group('early'), { [late]: 29n, [retained]: 10n });
  await commitAt(source, opened.group('start'), { [late]: 30n, [retained]: 30n });
  const run = await opened.run();
  assert.deepEqual(outcome(run, opened.group('early'), late), ['before-map', undefined, 21n]);
  assert.deepEqual(outcome(run, opened.group('early'), retained), ['exact', 0n, 20n]);
  assert.deepEqual(outcome(run, opened.group('start'), late), ['exact', 0n, 20n]);
  assert.deepEqual(outcome(run, opened.group('start'), retained), ['exact', 0n, 20n]);
  assert.deepEqual(
    run.published?.groups.map(({ publishedCount, refused }) => [publishedCount, refused.length]),
    [
      [1, 1],
      [2, 0],
    ],
  );
});

test('on a topic of which nothing is copied, only who has read nothing has a place', async (t) => {
  const opened = await open(t);
  const quiet = await writeTopic('quiet', plain(0));
  const waiting = await writeTopic('waiting', plain(10));
  await commitAt(source, opened.group('new'), { [quiet.topic]: 0n, [waiting.topic]: 0n });
  await commitAt(source, opened.group('read'), { [waiting.topic]: 5n });
  const run = await opened.run();
  assert.deepEqual(outcome(run, opened.group('new'), quiet.topic), ['exact', 0n, 0n]);
  assert.deepEqual(outcome(run, opened.group('new'), waiting.topic), ['exact', 0n, 10n]);
  assert.deepEqual(outcome(run, opened.group('read'), waiting.topic), ['no-map', undefined, 5n]);
});

test('the same is not published again; further and rewound positions are', async (t) => {
  const opened = await open(t);
  const written = await writeTopic('moving', plain(100));
  const topic = await writtenAndCopied(opened, written, { to: 60 });
  const group = opened.group('moving');
  const offsets = async () =>
    (await opened.published()).map((one) => [one.upstreamOffset, one.downstreamOffset]);
  const expected: bigint[][] = [];
  const after = async (offset: bigint, news: bigint[][]) => {
    await commitAt(source, group, { [topic]: offset });
    const run = await opened.run();
    assert.equal(run.published?.groups[0]?.publishedCount, news.length);
    assert.equal(run.published?.groups[0]?.repeatedCount, 1 - news.length);
    expected.push(...news);
    assert.deepEqual(await offsets(), expected);
  };
  await after(40n, [[40n, 40n]]);
  await after(40n, []);
  await after(20n, [[20n, 20n]]);
  await after(70n, [[70n, 60n]]);
  await opened.flow.copy([slice(topic, written.dump, 60, 100)]);
  await after(70n, [[70n, 70n]]);
});

test('a group that is deleted on the source is said once, and keeps its checkpoints', async (t) => {
  const opened = await open(t);
  const topic = await writtenAndCopied(opened, await writeTopic('gone', plain(10)));
  const [gone, stays] = [opened.group('gone'), opened.group('stays')];
  await commitAt(source, gone, { [topic]: 5n });
  await commitAt(source, stays, { [topic]: 6n });
  assert.deepEqual((await opened.run()).published?.gone, []);
  await source.deleteGroup(gone);
  assert.deepEqual((await opened.run()).published?.gone, [gone]);
  assert.deepEqual((await opened.run()).published?.gone, []);
  const { groups } = await opened.dependencies.checkpoints.read();
  const stored = groups.find(({ group }) => group === gone);
  assert.equal(stored?.checkpoints[0]?.downstreamOffset, 5n);
  assert.ok((stored?.goneSinceMs ?? 0) > 0);
  await commitAt(source, gone, { [topic]: 7n });
  await opened.run();
  const again = await opened.dependencies.checkpoints.read();
  const back = again.groups.find(({ group }) => group === gone);
  assert.deepEqual([back?.goneSinceMs, back?.checkpoints[0]?.downstreamOffset], [undefined, 7n]);
});

test('a target topic that is gone or re-created is named; the other topics are served', async (t) => {
  const opened = await open(t);
  const gone = await writtenAndCopied(opened, await writeTopic('gone', plain(10)));
  const remade = await writtenAndCopied(opened, await writeTopic('remade', plain(10)));
  const whole = await writtenAndCopied(opened, await writeTopic('whole', plain(10)));
  const group = opened.group('all');
  await commitAt(source, group, { [gone]: 5n, [remade]: 5n, [whole]: 5n });
  await target.deleteTopic(remoteTopic(gone));
  await target.deleteTopic(remoteTopic(remade));
  await target.createTopic(remoteTopic(remade));
  const run = await opened.run();
  const codes = [gone, remade, whole].map((topic) => {
    const { downstream } = positionOf(run, group, topic);
    return [downstream.status, 'error' in downstream ? downstream.error.code : undefined];
  });
  assert.deepEqual(codes, [
    ['target-truncated', 'TOPIC_MISSING'],
    ['target-truncated', 'TARGET_TRUNCATED'],
    ['exact', undefined],
  ]);
  assert.deepEqual(
    (await opened.published()).map(({ topic }) => topic),
    [remoteTopic(whole)],
  );
});

test('a source topic that is re-created tells no positions', async (t) => {
  const opened = await open(t);
  const topic = await writtenAndCopied(opened, await writeTopic('again', plain(10)));
  await source.deleteTopic(topic);
  await source.createTopic(topic);
  await plain(3)(source, topic);
  await commitAt(source, opened.group('reader'), { [topic]: 2n });
  const run = await opened.run();
  const { downstream } = positionOf(run, opened.group('reader'), topic);
  assert.equal(downstream.status, 'source-recreated');
  assert.deepEqual(await opened.published(), []);
});
