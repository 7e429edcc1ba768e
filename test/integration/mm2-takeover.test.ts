/** Over from a running MirrorMaker 2 4.3.1 and back, on real brokers: nothing lost, nothing twice. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { decodeOffsetSync } from '../../lib/mm2/formats.ts';
import { OffsetSyncStore } from '../support/offset-sync-store.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import type { PartitionDump } from '../support/oracle/records.ts';
import { sharedParts } from '../support/parts.ts';
import { openTakeover, type Takeover } from '../support/takeover.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const open = (t: TestContext, settings: Record<string, string>) =>
  openTakeover(t, { parts, oracle }, settings);

interface Row {
  partition: number;
  mm2Position: string | null;
  nextUpstream: string | null;
  samples: number;
  verdict: string;
  detail: string | null;
}

test('over from a MirrorMaker 2 that was stopped in order, and back to it, while records come in', async (t) => {
  const takeover = await open(t, { 'target.offset.flush.interval.ms': '2000' });
  const { source, target, topic, remote } = takeover;
  const writer = takeover.startWriting();
  const first = await takeover.startMirrorMaker();
  await takeover.untilCopied(1000);

  const early = await json(takeover, 3, 'mm2', 'import', '--dry-run');
  assert.equal(early['mirrorMakerAlive'], true);
  await first.stop();

  const looked = await json(takeover, 0, 'mm2', 'import', '--dry-run');
  const rows = looked['partitions'] as Row[];
  assert.deepEqual(
    rows.map(({ verdict, nextUpstream, mm2Position }) => [
      verdict,
      BigInt(nextUpstream!) - BigInt(mm2Position!),
    ]),
    [
      ['clean', 1n],
      ['clean', 1n],
    ],
  );
  const half = BigInt(rows[0]!.mm2Position!) / 2n;
  const group = `readers-${takeover.alias.slice(1)}`;
  const at = [0, 1].map((partition) => ({ topic, partition, offset: half, metadata: '' }));
  await source.commitOffsets(group, at);
  assert.deepEqual((await json(takeover, 0, 'mm2', 'import', '-y'))['partitions'], rows);
  const reader = await readerOfSyncs(takeover);
  const local = takeover.startLocal();
  await takeover.untilCopied(1000);
  const [ours, theirs] = await assertSampled(takeover, BigInt(rows[0]!.nextUpstream!), reader);
  t.diagnostic(`read again on average: ${ours} records, by MirrorMaker 2 ${theirs}`);
  await assertGroup(takeover, group, half);
  await local.stop();
  const written = await json(takeover, 0, 'mm2', 'export', '--stopped', '-y');
  const positions = written['partitions'] as { verdict: string; newPosition: string }[];
  assert.deepEqual(
    positions.map(({ verdict }) => verdict),
    ['write', 'write'],
  );
  const offsets = await target.dump(`mm2-offsets.${takeover.alias}.internal`);
  for (const [partition, { newPosition }] of positions.entries()) {
    const place = { cluster: takeover.alias, partition, topic };
    const key = JSON.stringify(['MirrorSourceConnector', place]);
    // MM2 has written the same key before, so its partitioner and ours agree.
    const holding = offsets.filter(({ records }) => records.some((each) => text(each.key) === key));
    assert.equal(holding.length, 1);
    const values = holding[0]!.records.filter((each) => text(each.key) === key);
    assert.equal(text(values.at(-1)!.value), `{"offset":${newPosition}}`);
    assert.ok(values.length > 1);
  }

  await takeover.startMirrorMaker();
  await takeover.untilCopied(1000);
  await writer.stop();
  await takeover.untilAllCopied();
  const fidelity = await takeover.check();
  t.diagnostic(`${fidelity.records} records of ${remote}`);
  assertFaithful(fidelity);
});

test('over from a MirrorMaker 2 that was killed: what it had copied beyond its position is not copied again', async (t) => {
  const takeover = await open(t, {
    'target.offset.flush.interval.ms': '4000',
    'target.session.timeout.ms': '6000',
    'target.heartbeat.interval.ms': '1000',
  });
  const writer = takeover.startWriting();
  const mirrorMaker = await takeover.startMirrorMaker();
  const offsets = `mm2-offsets.${takeover.alias}.internal`;
  await takeover.untilCopied(500);
  await until(async () => (await takeover.target.dump(offsets)).some(({ end }) => end > 0n));
  await takeover.untilCopied(1000);
  process.kill(mirrorMaker.pid, 'SIGKILL');

  // As long as its session lasts, its group has members.
  await until(async () => (await takeover.run('mm2', 'import', '--dry-run')).code === 0, 60_000);
  const taken = (await json(takeover, 0, 'mm2', 'import', '-y'))['partitions'] as Row[];
  t.diagnostic(taken.map(({ verdict, detail }) => `${verdict} ${detail}`).join(', '));
  assert.deepEqual(
    taken.map(({ verdict }) => verdict),
    ['beyond', 'beyond'],
  );
  const local = takeover.startLocal();
  await takeover.untilCopied(1000);
  await writer.stop();
  await takeover.untilAllCopied();
  await local.stop();
  const fidelity = await takeover.check();
  t.diagnostic(`${fidelity.records} records`);
  assertFaithful(fidelity);
});

/** MirrorMaker 2's own, of partition 0, at the end of what it has told. */
async function readerOfSyncs({ source, topic }: Takeover): Promise<OffsetSyncStore> {
  const reader = new OffsetSyncStore();
  const [{ records } = { records: [] }] = await source.dump('mm2-offset-syncs.target.internal');
  for (const { key, value } of records) {
    const bytes = { key: Buffer.from(key!), value: Buffer.from(value!) };
    const sync = decodeOffsetSync(bytes);
    if (sync?.topic === topic && sync.partition === 0) reader.read(sync);
  }
  return reader;
}

/**
 * Every offset before the map, and some beyond its start: never later than the exact place, nor
 * earlier than where MirrorMaker 2 would go on. Returns what is read again on average, by both.
 */
async function assertSampled(
  { run, source, target, topic, remote }: Takeover,
  mapStart: bigint,
  reader: OffsetSyncStore,
): Promise<[ours: bigint, theirs: bigint]> {
  const asked = Array.from({ length: Number(mapStart) + 100 }, (_, offset) => BigInt(offset));
  const place = ['--topic', topic, '--partition', '0', '--offset', asked.join()];
  const { stdout, stderr } = await run('offsets', 'translate', ...place, '-o', 'json');
  const { translations } = JSON.parse(stdout) as {
    translations: { status: string; translated: string | null }[];
  };
  const [original, copied] = [await source.dump(topic), await target.dump(remote)];
  const exact = exactPlaces(original[0]!, copied[0]!);
  const seen = { sampled: 0, exact: 0, 'before-map': 0 };
  const again = { ours: 0n, theirs: 0n };
  for (const [index, { status, translated }] of translations.entries()) {
    const offset = asked[index]!;
    const truth = exact.get(offset)!;
    const theirs = reader.translate(offset);
    seen[status as keyof typeof seen] += 1;
    if (status === 'before-map') {
      assert.equal(theirs, undefined, `${offset} lies before its first sync`);
    } else if (offset >= mapStart) {
      assert.deepEqual([status, translated], ['exact', String(truth)], stderr);
    } else {
      const found = BigInt(translated!);
      assert.equal(status, 'sampled');
      assert.ok(found <= truth, `${offset}: ${found} is later than ${truth}`);
      assert.ok(found >= (theirs ?? 0n), `${offset}: ${found} is earlier than ${theirs}`);
      again.ours += truth - found;
      again.theirs += truth - (theirs ?? 0n);
    }
  }
  assert.ok(seen.sampled > 500 && seen.exact === 100, JSON.stringify(seen));
  assert.match(stderr, /sampled: .* MirrorMaker 2 copied what lies before/);
  return [again.ours / mapStart, again.theirs / mapStart];
}

/** Of a copy of records one to one, which the end of the test proves. */
function exactPlaces(original: PartitionDump, copy: PartitionDump): Map<bigint, bigint> {
  return new Map(
    original.records
      .slice(0, copy.records.length)
      .map(({ offset }, index) => [offset, copy.records[index]!.offset]),
  );
}

/** It is shown as what it is, and moved for good only where that is allowed. */
async function assertGroup(takeover: Takeover, group: string, half: bigint): Promise<void> {
  const { run, target, remote } = takeover;
  const described = await json(takeover, 0, 'groups', 'describe', '--group', group);
  const [position] = described['partitions'] as { exactness: string; translatedOffset: string }[];
  assert.equal(position?.exactness, 'sampled');
  assert.ok(BigInt(position.translatedOffset) <= half);
  const compared = await run('groups', 'compare', '--group', group);
  assert.match(compared.stdout, /unknown: sampled/);
  const final = ['groups', 'sync', '--final', '--group', group, '-y', '--timeout', '20'];
  const refused = await run(...final);
  assert.equal(refused.code, 3, refused.stderr);
  assert.match(refused.stderr, /--allow-sampled/);
  assert.deepEqual(await target.committedOffsets(group), []);
  const moved = await run(...final, '--allow-sampled');
  assert.equal(moved.code, 0, moved.stderr);
  const committed = await target.committedOffsets(group);
  assert.ok(committed.every(({ topic, offset }) => topic === remote && offset <= half));
  assert.equal(committed.length, 2);
}

async function json(
  { run }: Takeover,
  code: number,
  ...args: string[]
): Promise<Record<string, unknown>> {
  const ended = await run(...args, '-o', 'json');
  assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}
