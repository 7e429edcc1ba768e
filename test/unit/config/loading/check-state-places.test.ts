import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from '../../../../lib/config/load.ts';
import { problems } from '../loaded.ts';

const network = { 'vpc.subnets': ['subnet-0a1b2c3d'], 'vpc.security.groups': ['sg-0a1b2c3d'] };
const identity = { 'replication.policy.class': 'IdentityReplicationPolicy' };
const [own, other] = ['111122223333', '444455556666'];

/** Problems of flows between clusters in these places, without lines: the document is one. */
function found(places: Record<string, object>, flows: readonly string[], settings: object) {
  const clusters = Object.fromEntries(
    Object.entries(places).map(([alias, place]) => [
      alias,
      { 'bootstrap.servers': [`${alias}:9092`], ...network, ...place },
    ]),
  );
  const text = JSON.stringify({
    clusters,
    flows: Object.fromEntries(flows.map((flow) => [flow, settings])),
  });
  const input = { text, file: 'mirrorless.yaml', environment: {}, forDeployment: true };
  return problems(loadConfiguration(input)).map((line) => line.replace(/^\S+ /, ''));
}

const inAccount = (accountId: string) => ({ 'aws.account.id': accountId });

test('flows that read each other’s state are in one account', () => {
  const loop = ['a->b', 'b->a'];
  const places = { a: inAccount(own), b: inAccount(other) };
  assert.deepEqual(found(places, loop, identity), [
    `b->a.replication.policy.class: a->b and b->a keep names, and their state is in ${other} and ${own} / ` +
      'one account, because they read each other’s state: `bootstrap.servers` and `aws.account.id` ' +
      'in place of an ARN, or DefaultReplicationPolicy',
  ]);
  assert.deepEqual(found({ a: inAccount(own), b: inAccount(own) }, loop, identity), []);
  assert.deepEqual(found(places, loop, {}), [], 'flows that rename read nothing of others');
  assert.deepEqual(found(places, ['a->b'], identity), [], 'one way there is no loop');
});

test('flows that do not hang together may be in any accounts', () => {
  const places = {
    ...{ a: inAccount(own), b: inAccount(own), c: inAccount(other), d: inAccount(other) },
  };
  const loops = ['a->b', 'b->a', 'c->d', 'd->c'];
  assert.deepEqual(found(places, loops, identity), []);
});

test('where one region is told, all are', () => {
  const loop = ['a->b', 'b->c', 'c->a'];
  const regional = (region: string) => ({ 'aws.region': region });
  const places = {
    a: regional('us-east-1'),
    b: regional('eu-central-1'),
    c: regional('us-east-1'),
  };
  assert.deepEqual(found(places, loop, identity), []);
  assert.deepEqual(found({ a: {}, b: {}, c: {} }, loop, identity), []);
  assert.deepEqual(found({ a: regional('us-east-1'), b: {}, c: {} }, loop, identity), [
    'c.aws.region: nothing / a region, because a->b and b->c read each other’s state, and one of them has one',
  ]);
});
