import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizePem } from '../../../../lib/kafka/security/pem.ts';

const body = 'A'.repeat(70);
const pem = (label: string) =>
  `-----BEGIN ${label}-----\n${'A'.repeat(64)}\n${'A'.repeat(6)}\n-----END ${label}-----\n`;

test('PEM on one line, with escapes or with text around it, becomes what OpenSSL reads', () => {
  const expected = pem('CERTIFICATE') + pem('CERTIFICATE');
  const one = `-----BEGIN CERTIFICATE----- ${body} -----END CERTIFICATE-----`;
  assert.equal(normalizePem(`${one} ${one}`), expected);
  assert.equal(normalizePem(expected.replaceAll('\n', '\\n')), expected);
  assert.equal(normalizePem(`Alias: x\r\n${expected.replaceAll('\n', '\r\n')}\r\n`), expected);
  assert.equal(normalizePem(pem('ENCRYPTED PRIVATE KEY')), pem('ENCRYPTED PRIVATE KEY'));
  assert.equal(normalizePem('hunter2'), '');
});
