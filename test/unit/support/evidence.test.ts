import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MirrorlessError } from '../../../lib/errors.ts';
import { Evidence } from '../../support/secured/evidence.ts';

const secrets = { password: 's3cret-of-the-test', other: 'not-used-at-all' };

test('a secret is seen in every form, and named without being shown', () => {
  const long = (before: string) => Buffer.from(`${before}${secrets.password} and more`);
  const forms = [
    `a line with ${secrets.password}.`,
    Buffer.from(secrets.password).toString('hex'),
    ...['', 'a', 'ab', 'abc', '\0user\0'].map((before) => long(before).toString('base64')),
    long('ab').toString('base64url'),
  ];
  for (const form of forms) {
    const evidence = new Evidence();
    evidence.add('files', 'nothing');
    evidence.add('printed', form);
    assert.throws(
      () => evidence.assertWithout(secrets),
      (error: Error) =>
        /password in printed/.test(error.message) && !error.message.includes(secrets.password),
      form,
    );
  }
});

test('a secret is seen in the causes of an error', () => {
  const evidence = new Evidence();
  const cause = Object.assign(new Error('refused'), { config: { key: [secrets.other] } });
  evidence.addError(new MirrorlessError('TARGET_UNREACHABLE', 'no answer', { cause }));
  assert.throws(() => evidence.assertWithout(secrets), /other in errors/);
});

test('what shows none passes', () => {
  const evidence = new Evidence();
  evidence.add('printed', 's3cret-of-another-test');
  evidence.assertWithout(secrets);
  assert.equal(evidence.of('printed'), 's3cret-of-another-test');
  assert.equal(evidence.of('files'), '');
});
