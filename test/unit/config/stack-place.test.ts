import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from '../../../lib/config/load.ts';
import { stackPlace } from '../../../lib/config/stack-place.ts';
import { loaded } from './loaded.ts';

const arn = (region: string) => `arn:aws:kafka:${region}:111122223333:cluster/x/5a6b-7`;

/** Of the flow and of its companion, which only emits heartbeats. */
function places(a: object, b: object) {
  const clusters = {
    a: { 'bootstrap.servers': ['a:1'], ...a },
    b: { 'bootstrap.servers': ['b:1'], ...b },
  };
  const text = JSON.stringify({ clusters, flows: { 'a->b': {} } });
  const configuration = loaded(loadConfiguration({ text, file: 'x.yaml', environment: {} }));
  return configuration.flows.map((flow) => stackPlace(configuration, flow));
}

test('a stack goes where the target is, with the companion that emits its heartbeats', () => {
  const target = { region: 'eu-central-1', accountId: '111122223333' };
  const b = { 'msk.cluster.arn': arn('eu-central-1') };
  assert.deepEqual(places({ 'msk.cluster.arn': arn('us-east-1') }, b), [target, target]);
  assert.deepEqual(places({}, b), [target, target]);
});

test('or to the source, where the target is nowhere in AWS, or nowhere in particular', () => {
  const a = { 'aws.region': 'us-east-1' };
  assert.deepEqual(places(a, {}), [{ region: 'us-east-1' }, { region: 'us-east-1' }]);
  assert.deepEqual(places({}, {}), [{}, {}]);
});
