import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readEnvironment,
  writeEnvironment,
  writeLocalEnvironment,
} from '../../../lib/config/environment.ts';
import { flowSettings } from '../../../lib/config/flow-settings.ts';
import { loadConfiguration } from '../../../lib/config/load.ts';
import { isMirrorlessError } from '../../../lib/errors.ts';
import { flowOf, loaded, loadFixture, loadLines } from './loaded.ts';

const result = loadFixture('complete.yaml', { TIMEOUT: '90', WEST_PASSWORD: 'hunter2' });
const flow = flowOf(result, 'east', 'west');
const settings = flowSettings(loaded(result), flow);

const secretArn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:login';
const sasl = { mechanism: 'PLAIN', credentials: { secretArn } } as const;
const tls = { authority: { secretArn }, verifiesHostName: true };
const deployed = { ...settings, target: { ...settings.target, authentication: { tls, sasl } } };

test('a function is told what it needs to know of its flow', () => {
  assert.deepEqual(settings, {
    source: { alias: 'east', bootstrapServers: ['a.example:9092', 'b.example:9092'] },
    target: {
      alias: 'west',
      bootstrapServers: ['c.example:9092'],
      authentication: loaded(result).clusters.get('west')!.authentication,
    },
    enabled: true,
    topics: flow.topics,
    groups: flow.groups,
    startsAtEarliest: false,
    heartbeatsReplicationEnabled: true,
    replicationPolicy: {
      class: 'IdentityReplicationPolicy',
      separator: '.',
      internalTopicSeparatorEnabled: true,
      separatorConfigured: false,
    },
    producer: { compressionType: 'zstd', requestTimeoutMs: 30_000 },
    checkpoints: flow.checkpoints,
    syncGroupOffsets: flow.syncGroupOffsets,
    heartbeats: flow.heartbeats,
    offsetSyncs: flow.offsetSyncs,
    adminTimeoutMs: flow.adminTimeoutMs,
    stateTable: 'copies',
    reportBatchItemFailures: true,
  });
});

test('where flows that keep names lead back, it is told them; else nothing', () => {
  const identity = 'replication.policy.class = IdentityReplicationPolicy\n';
  const lines = `a->b.enabled = true\n${identity}b->a.topics = orders\n`;
  const oneWay = loadLines(lines);
  assert.equal(flowSettings(loaded(oneWay), flowOf(oneWay)).provenance, undefined);
  const renaming = loadLines('a->b.enabled = true\nb->a.enabled = true');
  assert.equal(flowSettings(loaded(renaming), flowOf(renaming)).provenance, undefined);
  const both = loadLines(`${lines}b->a.enabled = true`);
  const back = flowOf(both, 'b', 'a').topics;
  const told = flowSettings(loaded(both), flowOf(both));
  assert.deepEqual(told.provenance, {
    addsHeader: true,
    flows: [
      { source: 'a', target: 'b', stateTable: 'mirrorless-a-b' },
      { source: 'b', target: 'a', stateTable: 'mirrorless-b-a', topics: back },
    ],
  });
  assert.deepEqual(readEnvironment(writeEnvironment(told)), told);
});

test('where a state table is in another region, it is told', () => {
  const regional = (region: string) => ({
    'bootstrap.servers': [`${region}:9092`],
    'aws.region': region,
  });
  const clusters = { a: regional('us-east-1'), b: regional('eu-central-1') };
  const identity = { 'replication.policy.class': 'IdentityReplicationPolicy' };
  const text = JSON.stringify({ clusters, flows: { 'a->b': identity, 'b->a': identity } });
  const both = loadConfiguration({ text, file: 'mirrorless.yaml', environment: {} });
  const told = flowSettings(loaded(both), flowOf(both));
  const regions = told.provenance?.flows.map(({ region }) => region);
  assert.deepEqual(regions, [undefined, 'us-east-1']);
  assert.deepEqual(readEnvironment(writeEnvironment(told)), told);
});

test('the header can be asked for where another installation leads back, and turned off', () => {
  const keys = 'replication.policy.class = IdentityReplicationPolicy\na->b.enabled = true\n';
  const one = { source: 'a', target: 'b', stateTable: 'mirrorless-a-b' };
  const on = loadLines(`${keys}provenance.header.enabled = true`);
  const expected = { addsHeader: true, flows: [one] };
  assert.deepEqual(flowSettings(loaded(on), flowOf(on)).provenance, expected);
  const off = loadLines(`${keys}b->a.enabled = true\nprovenance.header.enabled = false`);
  assert.equal(flowSettings(loaded(off), flowOf(off)).provenance, undefined);
});

test('what is written into the environment is read from it', () => {
  const environment = writeLocalEnvironment(settings);
  assert.deepEqual(readEnvironment(environment), settings);
  const { MIRRORLESS_FLOW, ...secrets } = environment;
  assert.doesNotMatch(MIRRORLESS_FLOW!, /hunter2/);
  assert.deepEqual(secrets, { MIRRORLESS_SECRET_1: 'hunter2' });
});

test('what a function of a deployment could not read is refused, and its secrets are names', () => {
  assert.throws(() => writeEnvironment(settings), { code: 'CONFIGURATION_INVALID' });
  const environment = writeEnvironment(deployed);
  assert.deepEqual(Object.keys(environment), ['MIRRORLESS_FLOW']);
  assert.deepEqual(readEnvironment(environment), deployed);
});

test('every field that is missing or of another kind is named', () => {
  const paths: [string, unknown][] = [
    ['.source', null],
    ['.source.alias', ''],
    ['.target.bootstrapServers', []],
    ['.target.bootstrapServers[0]', 1],
    ['.target.authentication.tls.verifiesHostName', undefined],
    ['.target.authentication.sasl.mechanism', 'GSSAPI'],
    ['.target.authentication.sasl.credentials.secretArn', 1],
    ['.replicationPolicy.class', 'Other'],
    ['.replicationPolicy.separator', 1],
    ['.replicationPolicy.internalTopicSeparatorEnabled', 'true'],
    ['.replicationPolicy.separatorConfigured', undefined],
    ['.producer.compressionType', 'brotli'],
    ['.producer.requestTimeoutMs', 0],
    ['.enabled', 'true'],
    ['.topics.include', 'orders'],
    ['.groups.exclude[0]', 1],
    ['.startsAtEarliest', 'earliest'],
    ['.heartbeatsReplicationEnabled', undefined],
    ['.checkpoints.intervalSeconds', 0],
    ['.syncGroupOffsets.enabled', 1],
    ['.heartbeats.topicReplicationFactor', 0.5],
    ['.offsetSyncs.location', 'both'],
    ['.offsetSyncs.lagMax', null],
    ['.adminTimeoutMs', -1],
    ['.stateTable', undefined],
    ['.reportBatchItemFailures', 0],
  ];
  for (const [path, value] of paths) {
    const changed = structuredClone(deployed);
    set(changed, path.split(/[.[\]]+/).filter(Boolean), value);
    assert.throws(
      () => readEnvironment(writeEnvironment(changed)),
      (error) =>
        isMirrorlessError(error) &&
        error.code === 'CONFIGURATION_INVALID' &&
        error.message.includes(`at ${path} `),
      path,
    );
  }
});

test('an environment without settings, or with other text, is an error', () => {
  for (const [environment, message] of [
    [{}, /MIRRORLESS_FLOW is not set/],
    [{ MIRRORLESS_FLOW: '{' }, /MIRRORLESS_FLOW is not JSON/],
    [{ MIRRORLESS_FLOW: '[]' }, /needs an object at \.source/],
    [{ MIRRORLESS_FLOW: 'null' }, /needs an object at its top/],
  ] as const) {
    assert.throws(() => readEnvironment(environment), message);
  }
});

function set(target: object, [first = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) Reflect.set(target, first, value);
  else set(Reflect.get(target, first), rest, value);
}
