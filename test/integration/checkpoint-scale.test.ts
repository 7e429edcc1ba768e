/** 500 groups with offsets in 200 partitions are served by one invocation within 60 s and 256 MB. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../../lib/bundle.ts';
import { writeEnvironment } from '../../lib/config/environment.ts';
import { deadlineAt } from '../../lib/deadline.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import { LocalFunction } from '../../lib/local/function/local-function.ts';
import { decodeCheckpoint } from '../../lib/mm2/formats.ts';
import { readToEnd } from '../../lib/mm2/topics.ts';
import { dynamoCheckpointStore } from '../../lib/state/checkpoints.ts';
import { slice } from '../support/events.ts';
import { openFlow, randomTopic, remoteTopic } from '../support/flow.ts';
import { defaultFlowSettings } from '../support/flow-settings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';

const groupCount = 500;
const partitionCount = 200;
const recordsPerPartition = 50;
const copiedPerPartition = 40;
const timeoutMs = 60_000;
const memorySizeMb = 256;

const parts = await sharedParts();
const oracle = await startOracle({ after });
const flow = await openFlow(parts);
after(() => flow.close());

const topic = randomTopic('scale');
const prefix = `scale-${randomBytes(4).toString('hex')}`;
const groups = Array.from({ length: groupCount }, (_, index) => `${prefix}-${index}`);
const cluster = (alias: string, servers: string) => ({
  alias,
  bootstrapServers: servers.split(','),
});
const sourceCluster = cluster('source', parts.sourceBootstrapServers);
const targetCluster = cluster('target', parts.targetBootstrapServers);

/** No two groups stand alike, and some are beyond what is copied. */
function committedBy(groupIndex: number, partition: number): bigint {
  return BigInt((groupIndex * 7 + partition * 3) % (recordsPerPartition + 1));
}

async function prepare(): Promise<void> {
  const source = oracle.cluster(parts.sourceBootstrapServers);
  await source.createTopic(topic, { partitions: partitionCount });
  await oracle
    .cluster(parts.targetBootstrapServers)
    .createTopic(remoteTopic(topic), { partitions: partitionCount });
  const count = recordsPerPartition * partitionCount;
  await source.load(topic, {
    producer: 'scale',
    count,
    valueBytes: 10,
    partitions: partitionCount,
  });
  const dumps = await source.dump(topic);
  await flow.copy(dumps.map((dump) => slice(topic, dump, 0, copiedPerPartition)));
  const members = openGroups({ cluster: sourceCluster, side: 'source', requestTimeoutMs: 30_000 });
  after(() => members.close());
  for (const [index, group] of groups.entries()) {
    const positions = Array.from({ length: partitionCount }, (_, partition) => ({
      topic,
      partition,
      offset: committedBy(index, partition),
      metadata: '',
    }));
    const answers = await members.commitOffsets(group, positions);
    assert.ok(answers.every(({ ok }) => ok));
  }
}

/** The function as it is deployed, and what it printed. */
async function deploy() {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  after(() => rm(directory, { recursive: true }));
  const entry = join(directory, 'checkpoint.mjs');
  const source = fileURLToPath(new URL('../../functions/checkpoint.ts', import.meta.url));
  await bundleFunction({ entry: source, outfile: entry, minify: true });
  const settings = defaultFlowSettings({
    source: sourceCluster,
    target: targetCluster,
    stateTable: flow.table,
    topics: { include: [topic], exclude: [] },
    groups: { include: [`${prefix}.*`], exclude: [] },
    syncGroupOffsets: { enabled: true, intervalSeconds: 60 },
  });
  const lines: string[] = [];
  const deployed = new LocalFunction(
    {
      name: 'checkpoint',
      entry,
      handler: 'checkpoint.handler',
      memorySizeMb,
      timeoutMs,
      environment: { ...parts.awsEnvironment, ...writeEnvironment(settings) },
    },
    { concurrency: 1, onLine: (line) => lines.push(line) },
  );
  after(() => deployed.stop());
  return { deployed, lines };
}

test(`${groupCount} groups × ${partitionCount} partitions: every checkpoint, in time and memory`, async (t) => {
  await prepare();
  const { deployed, lines } = await deploy();
  for (const round of ['first', 'second']) {
    const startedAtMs = Date.now();
    const text = Buffer.from('{}');
    const outcome = await deployed.invoke({ pieces: [text], sizeBytes: text.length });
    const tookMs = Date.now() - startedAtMs;
    assert.deepEqual(outcome, { ok: true, value: null }, lines.join('\n'));
    const residentMb = Math.round(deployed.maxResidentBytes / 2 ** 20);
    t.diagnostic(`${round} run: ${tookMs} ms, ${residentMb} MB resident at most`);
    assert.ok(tookMs < timeoutMs, `${tookMs} ms`);
    assert.ok(residentMb < memorySizeMb, `${residentMb} MB`);
  }
  await deployed.stop();
  const summaries = lines
    .filter((line) => line.includes('"message":"checkpoints"'))
    .map((line) => JSON.parse(line));
  const all = groupCount * partitionCount;
  assert.deepEqual(
    summaries.map(({ published, repeated, refused, groupSync, failures }) => {
      return { published, repeated, refused, groupSync, failures };
    }),
    [
      { published: all, repeated: 0, refused: 0, groupSync: { moved: all }, failures: 0 },
      { published: 0, repeated: all, refused: 0, groupSync: { 'already-there': all }, failures: 0 },
    ],
  );
  const lags = lines.flatMap((line) => (line.includes('LagRecordCount') ? [JSON.parse(line)] : []));
  const ofTopic = lags.filter((line) => line.Topic === topic);
  const uncopied = (recordsPerPartition - copiedPerPartition) * partitionCount;
  assert.deepEqual(
    ofTopic.map((line) => line.LagRecordCount),
    [uncopied, uncopied],
  );
  assert.equal(lags.filter((line) => 'Group' in line).length, 2 * groupCount);
  assert.ok(lines.length < 2 * (groupCount + 100), `${lines.length} lines are printed`);
  await checkPublished();
});

/** Records are copied one to one, so what lies beyond the copy is at its end. */
async function checkPublished(): Promise<void> {
  const target = openDataPlane({
    cluster: targetCluster,
    side: 'target',
    requestTimeoutMs: 30_000,
  });
  after(() => target.close());
  const indexes = new Map(groups.map((group, index) => [group, index]));
  let seen = 0;
  const deadline = deadlineAt(Date.now() + 60_000);
  for await (const record of readToEnd(target, 'source.checkpoints.internal', deadline)) {
    const checkpoint = decodeCheckpoint(record);
    const index = checkpoint && indexes.get(checkpoint.group);
    if (checkpoint === undefined || index === undefined) continue;
    const { upstreamOffset, downstreamOffset, partition } = checkpoint;
    const committed = committedBy(index, partition);
    const end = BigInt(copiedPerPartition);
    assert.equal(upstreamOffset, committed);
    assert.equal(downstreamOffset, committed < end ? committed : end);
    seen += 1;
  }
  assert.equal(seen, groupCount * partitionCount);
  const store = dynamoCheckpointStore({
    client: flow.client,
    table: flow.table,
    flow: 'source->target',
  });
  const { groups: stored, failures } = await store.read();
  assert.deepEqual([stored.length, failures], [groupCount, []]);
  for (const { checkpoints } of stored) assert.equal(checkpoints.length, partitionCount);
}
