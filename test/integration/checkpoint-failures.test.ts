/** Nothing that was published is lost or undone by a failure, and no failure is that of others. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MirrorlessError } from '../../lib/errors.ts';
import { encodeCheckpoint } from '../../lib/mm2/formats.ts';
import { appendRecords } from '../../lib/mm2/topics.ts';
import type { GroupCheckpoints } from '../../lib/state/ports.ts';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { type CheckpointFlow, commitAt, openCheckpoints } from '../support/checkpoints.ts';
import { slice } from '../support/events.ts';
import { randomTopic, remoteTopic } from '../support/flow.ts';
import { type OracleCluster, startOracle } from '../support/oracle/oracle.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { writePlain } from '../support/writings.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);
const target = oracle.cluster(parts.targetBootstrapServers);

/** A topic of 20 records, all of them copied. */
async function copiedTopic({ flow }: CheckpointFlow, from = source, to = target): Promise<string> {
  const topic = randomTopic('published');
  await from.createTopic(topic);
  await to.createTopic(remoteTopic(topic));
  await writePlain({ count: 20, producer: 'plain' })(from, topic);
  const [dump] = await from.dump(topic);
  await flow.copy([slice(topic, dump!)]);
  return topic;
}

async function publishedOffsets(opened: CheckpointFlow): Promise<unknown[]> {
  const published = await opened.published();
  return published.map(({ upstreamOffset, downstreamOffset }) => [
    upstreamOffset,
    downstreamOffset,
  ]);
}

test('the topic is created where it is missing, compacted and with one partition', async (t) => {
  const opened = await openCheckpoints(t, parts);
  const { dataPlane } = opened.dependencies.target;
  assert.equal(await dataPlane.partitionCount(opened.checkpointsTopic), undefined);
  assert.deepEqual((await opened.run()).published?.failures, []);
  assert.equal(await dataPlane.partitionCount(opened.checkpointsTopic), 1);
  assert.deepEqual(await opened.published(), []);
});

test('taking over from MM2, no group is sent back, and none is published twice', async (t) => {
  const opened = await openCheckpoints(t, parts);
  const topic = await copiedTopic(opened);
  const [further, behind] = [opened.group('further'), opened.group('behind')];
  await commitAt(source, further, { [topic]: 10n });
  await commitAt(source, behind, { [topic]: 10n });
  await target.createTopic(opened.checkpointsTopic);
  const byMm2 = (group: string, downstreamOffset: bigint) => ({
    ...encodeCheckpoint({
      group,
      topic: remoteTopic(topic),
      partition: 0,
      upstreamOffset: 10n,
      downstreamOffset,
      metadata: '',
    }),
    timestampMs: Date.now(),
  });
  const { dataPlane } = opened.dependencies.target;
  const earlier = [byMm2(further, 15n), byMm2(behind, 3n)];
  await appendRecords(dataPlane, opened.checkpointsTopic, earlier);
  for (const _ of ['first run', 'second run']) {
    await opened.run();
    const since = (await opened.published()).slice(earlier.length);
    assert.deepEqual(
      since.map(({ group, downstreamOffset }) => [group, downstreamOffset]),
      [[behind, 10n]],
    );
  }
  await commitAt(source, further, { [topic]: 16n });
  await opened.run();
  assert.deepEqual((await opened.published()).at(-1)?.downstreamOffset, 16n);
});

test('a run that ended before the state was written publishes the same once more', async (t) => {
  const opened = await openCheckpoints(t, parts);
  const topic = await copiedTopic(opened);
  const group = opened.group('reader');
  await commitAt(source, group, { [topic]: 7n });
  const { checkpoints } = opened.dependencies;
  const error = new MirrorlessError('STATE_UNAVAILABLE', 'The table is throttled.');
  const failing = {
    ...checkpoints,
    read: () => checkpoints.read(),
    write: async (groups: readonly GroupCheckpoints[]) =>
      groups.map(() => ({ ok: false as const, error })),
  };
  const broken = await opened.run({ checkpoints: failing });
  assert.deepEqual(broken.published?.groups[0]?.failure, error);
  assert.equal(broken.published?.groups[0]?.publishedCount, 1);
  await opened.run();
  assert.deepEqual(await publishedOffsets(opened), [[7n, 7n]], 'read from the topic');
  await opened.run();
  const { groups } = await checkpoints.read();
  assert.deepEqual(
    groups.map((one) => [one.group, one.checkpoints[0]?.downstreamOffset]),
    [[group, 7n]],
  );
});

test('where the state cannot be read nothing is published, and the positions are known', async (t) => {
  const opened = await openCheckpoints(t, parts);
  const topic = await copiedTopic(opened);
  await commitAt(source, opened.group('reader'), { [topic]: 7n });
  const { checkpoints } = opened.dependencies;
  const error = new MirrorlessError('STATE_UNAVAILABLE', 'The table is away.');
  const run = await opened.run({
    checkpoints: { ...checkpoints, read: () => Promise.reject(error) },
  });
  assert.deepEqual([run.failures, run.published], [[error], undefined]);
  assert.equal(run.positions.groups.length, 1);
  assert.deepEqual(await publishedOffsets(opened), []);
});

test('without permission on one group, or on the topic, all else is served and it is named', async (t) => {
  const own = await ownCluster(t, { version: '4.3.1', properties: authorizing });
  const { bootstrapServers } = own;
  const both: OracleCluster = oracle.cluster(bootstrapServers);
  const opened = await openCheckpoints(t, {
    ...parts,
    sourceBootstrapServers: bootstrapServers,
    targetBootstrapServers: bootstrapServers,
  });
  const topic = await copiedTopic(opened, both, both);
  const [secret, open] = [opened.group('secret'), opened.group('open')];
  for (const group of [secret, open]) await commitAt(both, group, { [topic]: 7n });
  await denyAnonymous(bootstrapServers, { type: 'group', name: secret }, ['DESCRIBE']);
  const run = await opened.run();
  const outcomes = run.published?.groups.map(({ group, publishedCount, failure }) => {
    return [group, publishedCount, failure?.code];
  });
  assert.deepEqual(outcomes, [
    [open, 1, undefined],
    [secret, 0, 'UNAUTHORIZED'],
  ]);

  const name = opened.checkpointsTopic;
  await denyAnonymous(bootstrapServers, { type: 'topic', name }, ['WRITE']);
  await commitAt(both, open, { [topic]: 9n });
  const refused = await opened.run({}, ['checkpoints', 'group-sync']);
  const notWritten = refused.published?.groups.find(({ group }) => group === open);
  assert.equal(notWritten?.publishedCount, 0);
  assert.equal(notWritten.failure?.code, 'UNAUTHORIZED');
  assert.equal(notWritten.failure.place.topic, name);
  const synced = refused.synced?.groups.find(({ group }) => group === open);
  assert.deepEqual(synced?.partitions[0]?.outcome, 'moved');
});
