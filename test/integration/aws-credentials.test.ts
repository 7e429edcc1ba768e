/** What clients ask AWS for, of an emulator: the text of a secret, the credentials of a role. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { getSecret } from '../../lib/aws/get-secret.ts';
import { iamCredentials, mskIamToken } from '../../lib/kafka/security/msk-iam-token.ts';
import { readStoredSecret } from '../../lib/kafka/security/secret-texts.ts';
import { sharedParts } from '../support/parts.ts';
import { secretStore } from '../support/secured/stored-secrets.ts';

const { awsEnvironment } = await sharedParts();
Object.assign(process.env, awsEnvironment);
const store = secretStore(awsEnvironment);
after(() => store.close());

test('a secret is read by its ARN; what is wrong with it is said without its text', async () => {
  const name = `login-${randomBytes(4).toString('hex')}`;
  const arn = await store.create(name, { username: 'me', passwort: 'hunter2' });
  assert.equal(await getSecret(arn), JSON.stringify({ username: 'me', passwort: 'hunter2' }));
  await assert.rejects(readStoredSecret(arn, ['username', 'password']), (error: Error) => {
    assert.match(error.message, /:secret:login-\S+ cannot be used: it lacks password; expected \{/);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
  const missing = arn.replace(name, 'absent');
  await assert.rejects(readStoredSecret(missing, []), {
    code: 'SECRET_UNREADABLE',
    message: /absent\S* cannot be used: ResourceNotFoundException/,
  });
});

test('a role of another account signs with the session that STS gives for it', async () => {
  const roleArn = 'arn:aws:iam::999922223333:role/copier';
  const login = { mechanism: 'AWS_MSK_IAM', region: 'us-east-1', roleArn } as const;
  const credentials = await iamCredentials(login)();
  assert.notEqual(credentials.accessKeyId, awsEnvironment['AWS_ACCESS_KEY_ID']);
  const url = Buffer.from(await mskIamToken(login.region, credentials), 'base64url').toString();
  const query = new URL(url).searchParams;
  assert.equal(query.get('X-Amz-Security-Token'), credentials.sessionToken);
  assert.ok(query.get('X-Amz-Credential')?.startsWith(`${credentials.accessKeyId}/`));
});
