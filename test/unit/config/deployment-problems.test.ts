import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentProblems } from '../../../lib/config/deployment-problems.ts';
import { loadCluster, mskArn, secretArn } from './authentications.ts';
import { loaded } from './loaded.ts';

function problems(...lines: string[]): string[] {
  const configuration = loaded(loadCluster(lines, { AWS_REGION: 'eu-west-1' }));
  return deploymentProblems(
    configuration,
    configuration.flows.filter(({ enabled }) => enabled),
  );
}

test('secrets in Secrets Manager can be deployed, and so can IAM on MSK', () => {
  assert.deepEqual(problems(), []);
  assert.deepEqual(problems(`credentials.secret.arn: ${secretArn('a')}`), []);
  assert.deepEqual(problems('sasl.mechanism: AWS_MSK_IAM', `msk.cluster.arn: ${mskArn}`), []);
});

test('everything that only this machine has is named, with the key for its ARN', () => {
  const lines = [
    'security.protocol: SSL',
    'ssl.truststore: { type: PEM, location: ca.pem }',
    'ssl.keystore: { type: PEM, location: client.pem }',
    'ssl.endpoint.identification.algorithm: ""',
  ];
  assert.deepEqual(problems(...lines), [
    'a->b: put the client certificate of a into Secrets Manager, and its ARN into a.credentials.secret.arn',
    'a->b: put the authority of a’s brokers into Secrets Manager, and its ARN into a.server.root.ca.secret.arn',
    'a->b: an event source mapping of a cannot leave out the host name: set a.ssl.endpoint.identification.algorithm to https',
  ]);
  const jaas = 'sasl.jaas.config: PlainLoginModule required username=a password=b;';
  const plain = problems('security.protocol: SASL_PLAINTEXT', 'sasl.mechanism: PLAIN', jaas);
  assert.match(plain.join(' '), /put the PLAIN login of a.*cannot use SASL_PLAINTEXT/);
});

test('a mapping has no role but the function’s, and no extension but Confluent’s', () => {
  const role = 'awsRoleArn="arn:aws:iam::111122223333:role/x"';
  const iam = ['sasl.mechanism: AWS_MSK_IAM', `sasl.jaas.config: IAMLoginModule required ${role};`];
  assert.match(
    problems(...iam, `msk.cluster.arn: ${mskArn}`).join('\n'),
    /cannot assume awsRoleArn/,
  );
  assert.match(problems('sasl.mechanism: AWS_MSK_IAM').join('\n'), /set a\.msk\.cluster\.arn/);
  const oauth = [
    `credentials.secret.arn: ${secretArn('a')}`,
    'sasl.mechanism: OAUTHBEARER',
    'sasl.jaas.config: OAuthBearerLoginModule required extension_team=x;',
  ];
  assert.match(problems(...oauth).join('\n'), /cannot send the extension team/);
});
