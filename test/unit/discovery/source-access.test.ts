import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceAccess } from '../../../lib/discovery/source-access.ts';
import { clusterOf, mskArn, secretArn } from '../config/authentications.ts';

const login = `credentials.secret.arn: ${secretArn('login')}`;
const types = (...lines: string[]) =>
  sourceAccess(clusterOf(lines)).map(({ Type, URI }) => [Type, URI].filter(Boolean).join(' '));

test('a mapping logs in as the clients do, with the secret instead of a password', () => {
  const uri = secretArn('login');
  assert.deepEqual(types(login), [`SASL_SCRAM_512_AUTH ${uri}`]);
  assert.deepEqual(types(login, 'sasl.mechanism: SCRAM-SHA-256'), [`SASL_SCRAM_256_AUTH ${uri}`]);
  assert.deepEqual(types(login, 'sasl.mechanism: PLAIN'), [`BASIC_AUTH ${uri}`]);
  const certificate = [`CLIENT_CERTIFICATE_TLS_AUTH ${uri}`];
  assert.deepEqual(types(login, 'security.protocol: SSL'), certificate);
  assert.deepEqual(
    types(login, 'security.protocol: SSL', `msk.cluster.arn: ${mskArn}`),
    certificate,
  );
});

test('OAuth has its scope and extensions beside the secret', () => {
  const jaas = 'sasl.jaas.config: OAuthBearerLoginModule required extension_logicalCluster=lkc-1;';
  const lines = [login, 'sasl.mechanism: OAUTHBEARER', 'sasl.oauthbearer.scope: kafka', jaas];
  assert.deepEqual(types(...lines), [
    `OAUTHBEARER_AUTH ${secretArn('login')}`,
    'OAUTHBEARER_SCOPE kafka',
    'OAUTHBEARER_LOGICAL_CLUSTER lkc-1',
  ]);
});

test('IAM on MSK needs no secret', () => {
  assert.deepEqual(types('sasl.mechanism: AWS_MSK_IAM', `msk.cluster.arn: ${mskArn}`), []);
});

test('a private authority is named, and what only this machine can read is left out', () => {
  const authority = `server.root.ca.secret.arn: ${secretArn('ca')}`;
  assert.deepEqual(types(authority), [`SERVER_ROOT_CA_CERTIFICATE ${secretArn('ca')}`]);
  const local = ['security.protocol: SSL', 'ssl.truststore: { type: PEM, location: ca.pem }'];
  assert.deepEqual(types(...local), []);
});
