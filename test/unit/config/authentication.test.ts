import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginKind, secretArns } from '../../../lib/config/authentication.ts';

const verified = { verifiesHostName: true };
const stored = { secretArn: 'arn:x' };

test('the kind of login is told by what is there', () => {
  assert.equal(loginKind({}), 'PLAINTEXT');
  assert.equal(loginKind({ tls: verified }), 'TLS');
  assert.equal(loginKind({ tls: { certificate: stored, ...verified } }), 'mTLS');
  const sasl = { mechanism: 'PLAIN', credentials: stored } as const;
  assert.equal(loginKind({ tls: { certificate: stored, ...verified }, sasl }), 'PLAIN');
});

test('every secret that clients read is told, once', () => {
  const authority = { secretArn: 'arn:ca' };
  const sasl = { mechanism: 'PLAIN', credentials: stored } as const;
  const tls = { authority, certificate: stored, ...verified };
  assert.deepEqual(secretArns({ tls, sasl }), ['arn:ca', 'arn:x']);
  assert.deepEqual(secretArns({}), []);
});
