/** What one broker, or one permission, withholds of groups is named; the rest is served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaGroups, Settled } from '../../lib/kafka/ports.ts';
import { authorizing, denyAnonymous } from '../support/acls.ts';
import { useCluster } from '../support/data-plane.ts';
import { committedBy, useGroups } from '../support/groups.ts';
import { ownCluster } from '../support/parts.ts';
import { until } from '../support/until.ts';

const names = Array.from({ length: 24 }, (_, index) => `group ${index}`);

test('a broker that is down keeps its groups to itself until it is back', async (context) => {
  const own = await ownCluster(context, {
    version: '4.3.1',
    brokers: 3,
    properties: { 'offsets.topic.replication.factor': '1' },
  });
  const { groups, topic } = await commitAll(context, own.bootstrapServers);
  const [broker] = own.brokers;
  const address = `127.0.0.1:${broker!.port}`;
  assert.deepEqual(await listedNames(groups), names.toSorted());

  await broker!.kill('SIGKILL');
  // At first it is still a member of the cluster, which cannot be reached; then it is none, and
  // what it alone keeps has no leader.
  const failuresSeen = new Set<string>();
  await until(async () => {
    const { failures } = await groups.listGroups();
    for (const { code, place } of failures) {
      failuresSeen.add(code);
      if (code === 'SOURCE_UNREACHABLE') assert.equal(place.broker, address);
    }
    return failures.some(({ code }) => code === 'SOURCE_NOT_READY');
  });
  assert.deepEqual(failuresSeen, new Set(['SOURCE_UNREACHABLE', 'SOURCE_NOT_READY']));
  const listed = new Set(await listedNames(groups));
  assert.ok(listed.size > 0 && listed.size < names.length, `${listed.size} of the groups`);

  const startedAt = performance.now();
  const outcomes = await groups.committedOffsets(names);
  assert.ok(performance.now() - startedAt < 6000, 'the wait is one for all groups');
  for (const [index, outcome] of outcomes.entries()) {
    const group = names[index]!;
    assert.equal(outcome.ok, listed.has(group), `${group}: ${said(outcome)}`);
    if (!outcome.ok) {
      assert.equal(outcome.error.code, 'SOURCE_NOT_READY');
      assert.equal(outcome.error.place.group, group);
    }
  }

  await broker!.start();
  await until(async () => (await groups.listGroups()).failures.length === 0);
  assert.deepEqual(await listedNames(groups), names.toSorted());
  for (const answer of await groups.committedOffsets(names)) {
    assert.deepEqual(answer.ok && answer.value[0]?.topic, topic);
  }
});

test('groups of a broker that died are found where they moved to', async (context) => {
  const own = await ownCluster(context, { version: '3.9.2', brokers: 3 });
  const { groups, topic } = await commitAll(context, own.bootstrapServers);
  await own.brokers[1]!.kill('SIGKILL');
  await until(async () => (await groups.committedOffsets(names)).every(({ ok }) => ok));
  for (const group of names) {
    const position = { topic, partition: 0, offset: 2n, metadata: '' };
    const [outcome] = await groups.commitOffsets(group, [position]);
    assert.ok(outcome?.ok, said(outcome));
    assert.deepEqual(await committedBy(groups, group), [position]);
  }
  assert.deepEqual(await listedNames(groups), names.toSorted());
});

test('a group or topic without permission is refused by its name, the others are served', async (context) => {
  const own = await ownCluster(context, { version: '4.3.1', properties: authorizing });
  const { groups, topic, cluster } = await commitAll(context, own.bootstrapServers);
  const [hidden, readOnly] = names as [string, string];
  const [secret, fixed] = [await cluster.createTopic(), await cluster.createTopic()];
  const at = (name: string) => ({ topic: name, partition: 0, offset: 7n, metadata: '' });
  await groups.commitOffsets('group 2', [at(secret), at(fixed)]);
  const deny = denyAnonymous.bind(undefined, own.bootstrapServers);
  await deny({ type: 'group', name: hidden }, ['DESCRIBE']);
  await deny({ type: 'group', name: readOnly }, ['READ']);
  await deny({ type: 'topic', name: secret }, ['DESCRIBE']);
  await deny({ type: 'topic', name: fixed }, ['READ']);

  const [refused, ...rest] = await groups.committedOffsets(names);
  assert.ok(refused && !refused.ok);
  assert.equal(refused.error.code, 'UNAUTHORIZED');
  assert.equal(refused.error.place.group, hidden);
  assert.match(refused.error.message, new RegExp(`of group ${hidden} with GROUP_AUTHORIZATION`));
  assert.ok(rest.every(({ ok }) => ok));
  const seen = await committedBy(groups, 'group 2');
  assert.deepEqual(
    seen.map((position) => position.topic),
    [topic, fixed].toSorted(),
    'a topic that may not be described is left out by the broker',
  );

  const [ofGroup] = await groups.commitOffsets(readOnly, [at(topic)]);
  assert.ok(ofGroup && !ofGroup.ok && ofGroup.error.code === 'UNAUTHORIZED');
  assert.deepEqual([ofGroup.error.place.group, ofGroup.error.place.topic], [readOnly, undefined]);
  const [fine, ofTopic] = await groups.commitOffsets('group 3', [at(topic), at(fixed)]);
  assert.ok(fine?.ok);
  assert.ok(ofTopic && !ofTopic.ok && ofTopic.error.code === 'UNAUTHORIZED');
  assert.equal(ofTopic.error.place.topic, fixed);
  assert.match(ofTopic.error.message, new RegExp(`OffsetCommit of ${fixed}-0 of group group 3`));
});

async function commitAll(context: Parameters<typeof useGroups>[0], bootstrapServers: string) {
  const cluster = useCluster(bootstrapServers);
  context.after(() => cluster.close());
  const groups = useGroups(context, bootstrapServers, 3000);
  const replicationFactor = bootstrapServers.split(',').length;
  const topic = await cluster.createTopic({ replicationFactor });
  for (const group of names) {
    const position = { topic, partition: 0, offset: 1n, metadata: '' };
    const [outcome] = await groups.commitOffsets(group, [position]);
    assert.ok(outcome?.ok, said(outcome));
  }
  return { cluster, groups, topic };
}

async function listedNames(groups: KafkaGroups): Promise<string[]> {
  const listed = await groups.listGroups();
  return listed.groups.map(({ group }) => group).toSorted();
}

function said(outcome: Settled<unknown> | undefined): string {
  return outcome?.ok === false ? outcome.error.message : `${outcome?.ok}`;
}
