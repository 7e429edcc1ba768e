import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnvironment, writeLocalEnvironment } from '../../lib/config/environment.ts';
import type { Flow } from '../../lib/config/model.ts';
import { type FunctionName, functionEnvironment, functionsOf } from '../../lib/deployment.ts';
import { mappedFlow } from '../../lib/discovery/mapping-parameters.ts';
import { readDiscoveryEnvironment } from '../../lib/discovery/settings.ts';
import { flowOf, loaded, loadFixture } from './config/loaded.ts';

const result = loadFixture('complete.yaml', { TIMEOUT: '90', WEST_PASSWORD: 'hunter2' });
const configuration = loaded(result);
const flow = flowOf(result, 'east', 'west');
/** Of this machine: the configuration holds a password. */
const environmentOf = (name: FunctionName) =>
  functionEnvironment(configuration, flow, name, undefined, writeLocalEnvironment);

describe('what of a flow is deployed', () => {
  it('is a function for what the flow does, and none for what it does not', () => {
    const functions = (changes: Partial<Flow>) => functionsOf({ ...flow, ...changes });
    const off = { enabled: false, intervalSeconds: 1, topicReplicationFactor: 1 };
    const on = { ...off, enabled: true };
    const copying = ['replicate', 'discover', 'checkpoint'];
    assert.deepEqual(functions({ heartbeats: on }), [...copying, 'heartbeat']);
    assert.deepEqual(functions({ enabled: false, heartbeats: on }), ['heartbeat']);
    assert.deepEqual(functions({ heartbeats: off }), copying);
  });

  it('tells the discover function all of the mappings, and the others nothing of them', () => {
    const environment = environmentOf('discover');
    assert.equal(readEnvironment(environment).source.alias, 'east');
    const { refreshTopics, syncTopicConfigs, syncTopicAcls, remoteTopics } = flow;
    assert.deepEqual(readDiscoveryEnvironment(environment), {
      functionName: 'mirrorless-east-west-replicate',
      mapped: mappedFlow(configuration, flow),
      remoteTopics,
      refreshTopics,
      syncTopicConfigs,
      syncTopicAcls,
    });
    assert.deepEqual(Object.keys(environmentOf('replicate')), [
      'MIRRORLESS_FLOW',
      'MIRRORLESS_SECRET_1',
    ]);
  });

  it('holds no secret: one that is not in Secrets Manager is refused', () => {
    assert.throws(() => functionEnvironment(configuration, flow, 'replicate'), {
      code: 'CONFIGURATION_INVALID',
    });
  });

  it('refuses an environment that another version wrote, and names the field', () => {
    const { MIRRORLESS_DISCOVERY = '' } = environmentOf('discover');
    const broken = JSON.stringify({ ...JSON.parse(MIRRORLESS_DISCOVERY), refreshTopics: {} });
    assert.throws(() => readDiscoveryEnvironment({ MIRRORLESS_DISCOVERY: broken }), {
      code: 'CONFIGURATION_INVALID',
      message: /MIRRORLESS_DISCOVERY needs true or false at \.refreshTopics\.enabled/,
    });
  });
});
