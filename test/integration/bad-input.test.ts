/** What can be wrong with an event, a target or a table: a clear error with its code, nothing lost. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ErrorCode } from '../../lib/error-codes.ts';
import { isMirrorlessError } from '../../lib/errors.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { openCopyBench } from '../support/copy-bench.ts';
import { eventOf } from '../support/events.ts';
import { invoke } from '../support/flow.ts';
import { ownCluster } from '../support/parts.ts';

const bench = await openCopyBench();
after(() => bench.close());

const failsWith = (code: ErrorCode) => (error: unknown) => {
  assert.ok(isMirrorlessError(error));
  assert.equal(error.code, code);
  return true;
};

test('an event with a field that is not base64 names its path and writes nothing', async () => {
  const copy = await bench.plainTopic({ count: 5, producer: 'plain' });
  const event = eventOf(copy.all());
  const record = Object.values(event.records)[0]?.[3];
  assert.ok(record);
  record.value = 'no base64!';
  await assert.rejects(invoke(event, copy.flow.environment()), failsWith('EVENT_MALFORMED'));
  assert.equal(await copy.targetCount(), 0);
  await copy.flow.copy(copy.all());
  await copy.assertFaithful();
});

test('a missing target topic is TOPIC_MISSING, and the copy begins once it is there', async () => {
  const copy = await bench.plainTopic({ count: 5, producer: 'plain' });
  await copy.deleteRemoteTopic();
  const [failed] = await copy.flow.deliver(copy.all());
  assert.equal(failed?.failure?.code, 'TOPIC_MISSING');
  assert.match(failed.failure.message, new RegExp(copy.topic));
  await copy.createRemoteTopic();
  await copy.flow.copy(copy.all());
  await copy.assertFaithful();
});

test('a record too large for the target halts its partition there; the others go on', async () => {
  const copy = await bench.awkwardTopic({
    partitions: 2,
    large: true,
    targetConfigs: { 'max.message.bytes': '500000' },
  });
  const [first, second] = [copy.all(), copy.all().slice(1)];
  const [halted] = await copy.flow.deliver(first);
  assert.equal(halted?.failure?.code, 'RECORD_TOO_LARGE');
  const { nextIndex } = halted.position;
  assert.equal(halted.failure.place.offset, String(halted.source.records[nextIndex]?.offset));
  assert.ok(nextIndex > 20, 'everything before it is on the target');
  const [halfway] = await copy.flow.deliver(
    second.map((s) => ({ ...s, records: s.records.slice(0, 9) })),
  );
  assert.equal(halfway?.failure, undefined);
  await copy.setRemoteConfigs({ 'max.message.bytes': '2000000' });
  await copy.flow.copy(copy.all());
  await copy.assertFaithful();
});

test('a record whose timestamp the target refuses is named; what is before it is copied', async () => {
  const copy = await bench.awkwardTopic({
    partitions: 1,
    targetConfigs: { 'message.timestamp.before.max.ms': String(24 * 60 * 60 * 1000) },
  });
  const [halted] = await copy.flow.deliver(copy.all());
  assert.equal(halted?.failure?.code, 'RECORD_REFUSED');
  const refused = halted.source.records[halted.position.nextIndex];
  assert.equal(refused?.timestamp, 0, 'the first record of 1970');
  assert.equal(halted.failure.place.offset, String(refused.offset));
  const headers = halted.source.records.flatMap((record) => record.headers ?? []);
  const lost = headers.filter((header) => Object.keys(header).length === 0);
  assert.equal(halted.counts.lostHeaders, lost.length, 'also where batches were cut on the way');
  await copy.setRemoteConfigs({ 'message.timestamp.before.max.ms': null });
  await copy.flow.copy(copy.all());
  await copy.assertFaithful();
});

test('a missing table is STATE_TABLE_MISSING before anything is written', async () => {
  const copy = await bench.plainTopic({ count: 5, producer: 'plain' });
  const { client } = copy.flow;
  const state = dynamoStateStore({ client, table: 'no-such-table', flow: 'source->target' });
  const environment = { ...copy.flow.environment(), state };
  await assert.rejects(invoke(eventOf(copy.all()), environment), failsWith('STATE_TABLE_MISSING'));
  assert.equal(await copy.targetCount(), 0);
});

test('an unreachable target is TARGET_UNREACHABLE, and names where it was looked for', async () => {
  const copy = await bench.plainTopic({ count: 5, producer: 'plain' });
  const environment = copy.flow.environment(undefined, '127.0.0.1:1');
  const copies = await invoke(eventOf(copy.all()), environment);
  assert.equal(copies[0]?.failure?.code, 'TARGET_UNREACHABLE');
  assert.match(copies[0].failure.message, /127\.0\.0\.1:1/);
});

test('a topic that came from the target, or is internal, is TOPIC_REFUSED', async () => {
  const copy = await bench.plainTopic({ count: 1, producer: 'plain' });
  for (const topic of ['target.orders', '__consumer_offsets']) {
    const slices = copy.all().map((slice) => ({ ...slice, topic }));
    await assert.rejects(
      invoke(eventOf(slices), copy.flow.environment()),
      failsWith('TOPIC_REFUSED'),
    );
  }
});

test('a produce that the target does not authorise is UNAUTHORIZED, until it does', async (context) => {
  const cluster = await ownCluster(context, {
    version: '4.3.1',
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
      'super.users': 'User:admin',
    },
  });
  const secured = await openCopyBench({ targetBootstrapServers: cluster.bootstrapServers });
  context.after(() => secured.close());
  const copy = await secured.plainTopic({ count: 5, producer: 'plain' });
  const allow = await copy.denyRemoteWrites();
  const [failed] = await copy.flow.deliver(copy.all());
  assert.equal(failed?.failure?.code, 'UNAUTHORIZED');
  assert.match(failed.failure.message, new RegExp(copy.topic));
  await allow();
  await copy.flow.copy(copy.all());
  await copy.assertFaithful();
});
