import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../../../lib/config/secret.ts';
import { ClusterCredentials, credentialsOf } from '../../../../lib/kafka/security/credentials.ts';

const mechanism = 'SCRAM-SHA-512';

test('what was refused is read again, no more than once a second, and told apart', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'password');
  await writeFile(file, 'first');
  const credentials = new ClusterCredentials({
    sasl: { mechanism, credentials: { username: 'me', password: { file } } },
  });
  const first = await credentials.current();
  assert.equal(await credentials.current(), first);
  await writeFile(file, 'second');
  assert.equal(await credentials.renewed(first), undefined);
  t.mock.timers.tick(1001);
  const second = await credentials.renewed(first);
  assert.deepEqual(second?.sasl, { mechanism, username: 'me', password: 'second' });
  // A connection that was opened before them is refused too, and need not read anything.
  assert.equal(await credentials.renewed(first), second);
  t.mock.timers.tick(1001);
  assert.equal(await credentials.renewed(second!), undefined);
});

test('what cannot be read is said by name, and tried again', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'password');
  const sasl = { mechanism, credentials: { username: 'me', password: { file } } } as const;
  const credentials = new ClusterCredentials({ sasl });
  await assert.rejects(credentials.current(), { code: 'SECRET_UNREADABLE', message: /password/ });
  await writeFile(file, 'there');
  assert.ok((await credentials.current()).sasl);
});

test('connections of a process share what they log in with', () => {
  const authentication = { tls: { verifiesHostName: true } };
  assert.equal(credentialsOf(authentication), credentialsOf(authentication));
  assert.notEqual(credentialsOf(authentication), credentialsOf({ ...authentication }));
});

test('what is no certificate, or no key, is said before anybody connects', async () => {
  const text = new Secret('hunter2');
  const broken = new Secret('-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----');
  const tls = { verifiesHostName: true };
  for (const [part, message] of [
    [
      { authority: { certificates: text } },
      /the authority cannot be used: it holds nothing in PEM/,
    ],
    [{ certificate: { certificateChain: text, privateKey: text } }, /the certificate cannot/],
    [{ certificate: { certificateChain: broken, privateKey: broken } }, /or its password cannot/],
  ] as const) {
    const credentials = new ClusterCredentials({ tls: { ...tls, ...part } });
    await assert.rejects(credentials.current(), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});
