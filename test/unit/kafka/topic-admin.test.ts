/** What it does on brokers is in test/integration/topic-admin.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTopicAdmin } from '../../../lib/kafka/topic-admin.ts';
import { freePort } from '../../../lib/local/parts/ports.ts';

test('where no broker answers, every topic has that as its outcome, and lists reject', async () => {
  const bootstrapServers = [`127.0.0.1:${await freePort()}`];
  const cluster = { alias: 'backup', bootstrapServers };
  const admin = openTopicAdmin({ cluster, side: 'target', requestTimeoutMs: 2000 });
  const codes = (outcomes: readonly { ok: boolean; error?: { code: string } }[]) =>
    outcomes.map((outcome) => outcome.error?.code);
  const topics = ['a', 'b'].map((topic) => ({
    topic,
    partitionCount: 1,
    replicationFactor: 1,
    configs: {},
  }));
  const unreachable = ['TARGET_UNREACHABLE', 'TARGET_UNREACHABLE'];
  try {
    assert.deepEqual(codes(await admin.createTopics(topics)), unreachable);
    assert.deepEqual(codes(await admin.createPartitions(topics)), unreachable);
    assert.deepEqual(codes(await admin.topicConfigs(['a', 'b'])), unreachable);
    assert.deepEqual(codes(await admin.describeTopics(['a', 'b'])), unreachable);
    assert.deepEqual(await admin.createTopics([]), []);
    await assert.rejects(admin.listTopics(), { code: 'TARGET_UNREACHABLE' });
    await assert.rejects(admin.topicAcls(), { code: 'TARGET_UNREACHABLE' });
  } finally {
    await admin.close();
  }
});
