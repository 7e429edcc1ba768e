import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCluster, mskArn, secretArn } from '../authentications.ts';
import { problems } from '../loaded.ts';

const environment = { AWS_REGION: 'eu-west-1' };
const network = ['vpc.subnets: [subnet-0a1b2c3d]', 'vpc.security.groups: [sg-0a1b2c3d]'];
const password = 'username="a" password="b";';
const scram = [
  ...['security.protocol: SASL_SSL', 'sasl.mechanism: SCRAM-SHA-512'],
  `sasl.jaas.config: ScramLoginModule required ${password}`,
];
const iam = ['security.protocol: SASL_SSL', 'sasl.mechanism: AWS_MSK_IAM'];
const role = (arn: string) => `sasl.jaas.config: IAMLoginModule required awsRoleArn="${arn}";`;

/** For a deployment of a->b; with lines for its source, or for its target. */
function found(lines: readonly string[], side: 'source' | 'target' = 'source'): string[] {
  const result = loadCluster([...network, ...lines], environment, { side, forDeployment: true });
  return problems(result).map((text) => text.replace(/^\S+ /, ''));
}

test('secrets in Secrets Manager can be deployed, and so can IAM on MSK', () => {
  for (const side of ['source', 'target'] as const) {
    assert.deepEqual(found([], side), []);
    assert.deepEqual(found([`credentials.secret.arn: ${secretArn('a')}`], side), []);
    assert.deepEqual(found([...iam, `msk.cluster.arn: ${mskArn}`], side), []);
  }
  assert.deepEqual(found([...iam, role('arn:aws:iam::111122223333:role/x')], 'target'), []);
});

test('what only this machine has is named with the key for its ARN, whatever else is wrong', () => {
  const files = [
    'security.protocol: SSL',
    'ssl.truststore: { type: PEM, location: ca.pem }',
    'ssl.keystore: { type: PEM, location: client.pem }',
    'aws.region: nowhere',
  ];
  const said = found(files, 'target').join('\n');
  assert.match(
    said,
    /b\.credentials\.secret\.arn: nothing \/ ARN of the secret for mTLS: functions get no other/,
  );
  assert.match(said, /b\.server\.root\.ca\.secret\.arn: nothing \/ ARN of the secret with/);
  assert.match(said, /b\.aws\.region/);
  assert.deepEqual(found(scram), [
    'a.credentials.secret.arn: nothing / ARN of the secret for SCRAM-SHA-512: functions get no other credentials',
  ]);
  assert.deepEqual(problems(loadCluster(scram)), []);
  const both = [...scram, ...files.slice(1, 3), `credentials.secret.arn: ${secretArn('a')}`];
  assert.match(
    found(both, 'target').join('\n'),
    /b\.ssl\.keystore\.\w+: both \/ a client certificate or SCRAM-SHA-512/,
  );
  assert.match(found(iam, 'target').join('\n'), /b\.msk\.cluster\.arn: nothing \/ the ARN of the/);
});

test('what a client has and an event source mapping has not is refused at the source alone', () => {
  const self = [...iam, role('arn:aws:iam::111122223333:role/x')];
  assert.deepEqual(found(self), [
    'a.sasl.mechanism: AWS_MSK_IAM, which mappings do not have / for an event source mapping of a cluster that is not MSK’s: PLAINTEXT, TLS, mTLS, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
    'a.sasl.jaas.config: awsRoleArn / none at a source: an event source mapping logs in with the role of the function, which a policy of the cluster (MSK multi-VPC connectivity) must allow',
  ]);
  const readable = ['security.protocol: SASL_PLAINTEXT', ...scram.slice(1)];
  assert.match(
    found(readable).join('\n'),
    /a\.security\.protocol: "SASL_PLAINTEXT" \/ SASL_SSL: an event source mapping/,
  );
  assert.doesNotMatch(found(readable, 'target').join('\n'), /mapping/);
  const unverified = [
    ...[`credentials.secret.arn: ${secretArn('a')}`, 'security.protocol: SASL_SSL'],
    'ssl.endpoint.identification.algorithm: ""',
  ];
  assert.deepEqual(found(unverified), [
    'a.ssl.endpoint.identification.algorithm: nothing / https: an event source mapping looks for the host in every certificate',
  ]);
  const oauth = [
    ...[`credentials.secret.arn: ${secretArn('a')}`, 'sasl.mechanism: OAUTHBEARER'],
    'sasl.jaas.config: OAuthBearerLoginModule required extension_team=x;',
  ];
  assert.deepEqual(found(oauth), [
    'a.sasl.jaas.config: the extension team / of an event source mapping logicalCluster and identityPoolId only',
  ]);
});
