import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { loadConfiguration } from '../../../../lib/config/load.ts';
import { renderProblems } from '../../../../lib/config/render.ts';
import { Secret } from '../../../../lib/config/secret.ts';
import { flowOf, loaded, loadLines, problems } from '../loaded.ts';

const enabled = 'a->b.enabled = true\n';
const reference = (name: string) => `$\{${name}}`;

test('references to environment variables are replaced, also inside lists', () => {
  const environment = { TEAM: 'fleet', FACTOR: '3' };
  const lines = [
    `topics = ${reference('env:TEAM')}[.].*, x`,
    `replication.factor = ${reference('env:FACTOR')}`,
  ];
  const flow = flowOf(loadLines(enabled + lines.join('\n'), environment));
  assert.deepEqual(flow.topics.include, ['fleet[.].*', 'x']);
  assert.equal(flow.remoteTopics.replicationFactor, 3);
  const yaml = loadConfiguration({
    text: `clusters: { a: { bootstrap.servers: ['${reference('env:HOST')}:1'] }, b: { bootstrap.servers: 'b:1' } }`,
    file: 'x.yaml',
    environment: { HOST: 'h' },
  });
  assert.deepEqual(loaded(yaml).clusters.get('a')?.bootstrapServers, ['h:1']);
});

test('a reference that cannot be resolved is a problem', () => {
  const lines = `topics = ${reference('env:NONE')}\ngroups = ${reference('file:/x:y')}`;
  assert.deepEqual(problems(loadLines(enabled + lines)), [
    `5 topics: "${reference('env:NONE')}" / the environment variable NONE set`,
    `6 groups: "${reference('file:/x:y')}" / a reference to an environment variable: ${reference('env:NAME')}`,
  ]);
});

test('a problem shows the reference, not what the environment holds', () => {
  const lines = `topics = ${reference('env:TOPICS')}`;
  const result = loadLines(enabled + lines, { TOPICS: 'fine, hunter2(' });
  assert.equal(result.problems?.length, 1);
  assert.doesNotMatch(JSON.stringify(result), /hunter2/);
});

test('secrets are shown nowhere, wherever they come from', () => {
  const password = reference('env:PASSWORD');
  const lines = [
    'a.security.protocol = SASL_SSL',
    'a.sasl.mechanism = PLAIN',
    `a.sasl.jaas.config = PlainLoginModule required username="copier" password="${password}"; `,
    'b.security.protocol = SSL',
    'b.ssl.keystore.type = PKCS12',
    'b.ssl.keystore.location = client.p12',
    'b.ssl.keystore.password = hunter2',
    'b.ssl.truststore.password = "hunter2"',
  ];
  const result = loadLines(enabled + lines.join('\n'), { PASSWORD: 'hunter2' });
  const { clusters } = loaded(result);
  const sasl = clusters.get('a')?.authentication.sasl;
  assert.ok(sasl && 'credentials' in sasl && 'password' in sasl.credentials);
  const { username, password: secret } = sasl.credentials;
  assert.ok(secret instanceof Secret);
  assert.deepEqual([username, secret.reveal()], ['copier', 'hunter2']);
  for (const text of [
    inspect(clusters, { depth: 9 }),
    JSON.stringify([...clusters]),
    `${secret}`,
    renderProblems([], result.warnings),
  ]) {
    assert.doesNotMatch(text, /hunter2/);
  }
  const plain = result.warnings.filter(({ reason }) => /plain text/.test(reason));
  assert.deepEqual(
    plain.map(({ key }) => key),
    ['b.ssl.keystore.password'],
  );
});

test('no message repeats a value that may belong to a secret', () => {
  const lines = [
    'a.ssl.keystore.pasword = hunter2',
    'a.sasl.jaas.config = Login required',
    'password="hunter2";',
    '"hunter2";',
    'hunter2',
    'a->b.sasl.jaas.config = hunter2',
    'a.producer.sasl.jaas.config = hunter2',
  ];
  const result = loadLines(enabled + lines.join('\n'));
  assert.equal(result.warnings.length, 7);
  assert.doesNotMatch(JSON.stringify(result.warnings), /hunter2/);
});
