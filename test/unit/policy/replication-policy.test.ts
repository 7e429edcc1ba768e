import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ReplicationPolicySettings } from '../../../lib/config/flow-settings.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';

/** What MirrorMaker 2's own classes answered. */
interface PolicyVectors {
  settings: ReplicationPolicySettings;
  sourceAlias: string | null;
  offsetSyncsTopicOfB: string;
  checkpointsTopicOfA: string;
  heartbeatsTopic: string;
  topics: (string | boolean | null)[][];
}

const file = new URL('../../fixtures/config/replication-policy-vectors.json', import.meta.url);
const vectors: { policies: PolicyVectors[] } = JSON.parse(readFileSync(file, 'utf8'));

for (const { settings, sourceAlias, topics, ...names } of vectors.policies) {
  const flag = settings.internalTopicSeparatorEnabled ? 'on' : 'off';
  const title = `${settings.class} with ${settings.separator}, internal ${flag}, of ${sourceAlias}`;
  test(`${title} answers as MirrorMaker 2 does`, () => {
    const policy = replicationPolicy(settings, sourceAlias ?? undefined);
    assert.equal(policy.offsetSyncsTopic('b'), names.offsetSyncsTopicOfB);
    assert.equal(policy.checkpointsTopic('a'), names.checkpointsTopicOfA);
    assert.equal(policy.heartbeatsTopic(), names.heartbeatsTopic);
    for (const row of topics) {
      const topic = String(row[0]);
      const answers = [
        topic,
        policy.formatRemoteTopic('z', topic),
        policy.topicSource(topic) ?? null,
        policy.upstreamTopic(topic) ?? null,
        policy.originalTopic(topic),
        policy.isHeartbeatsTopic(topic),
        policy.isCheckpointsTopic(topic),
        policy.isMM2InternalTopic(topic),
        policy.isInternalTopic(topic),
      ];
      assert.deepEqual(answers, row);
    }
  });
}
