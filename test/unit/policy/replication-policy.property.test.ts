import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';

const name = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
const topic = fc.stringMatching(/^[a-zA-Z0-9._-]{1,30}$/).filter((text) => !/[._]$/.test(text));
const separator = fc.constantFrom('.', '_', '__', '-', '.-.');
const settings = { internalTopicSeparatorEnabled: true, separatorConfigured: true };

test('a remote topic tells its source and its upstream name', () => {
  fc.assert(
    fc.property(name, topic, separator, (alias, upstream, separator) => {
      fc.pre(`${alias}${separator}`.indexOf(separator) === alias.length);
      fc.pre(upstream.split(separator).some((piece) => piece !== ''));
      const policy = replicationPolicy({
        class: 'DefaultReplicationPolicy',
        separator,
        ...settings,
      });
      const remote = policy.formatRemoteTopic(alias, upstream);
      assert.equal(policy.topicSource(remote), alias);
      assert.equal(policy.upstreamTopic(remote), upstream);
      assert.equal(policy.originalTopic(remote), policy.originalTopic(upstream));
    }),
  );
});

test('the Identity policy keeps every name but those of heartbeats', () => {
  const policy = replicationPolicy(
    { class: 'IdentityReplicationPolicy', separator: '.', ...settings },
    'a',
  );
  fc.assert(
    fc.property(topic, (upstream) => {
      fc.pre(!upstream.endsWith('heartbeats'));
      assert.equal(policy.formatRemoteTopic('a', upstream), upstream);
      assert.equal(policy.upstreamTopic(upstream), upstream);
      assert.equal(policy.topicSource(upstream), 'a');
    }),
  );
});
