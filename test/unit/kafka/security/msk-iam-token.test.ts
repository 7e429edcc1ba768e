import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mskIamToken } from '../../../../lib/kafka/security/msk-iam-token.ts';

/** The URL that aws-msk-iam-sasl-signer-js 1.0.3 signs at this time, with these credentials. */
const signed =
  'https://kafka.eu-central-1.amazonaws.com/?Action=kafka-cluster%3AConnect' +
  '&User-Agent=aws-msk-iam-sasl-signer-js%2F1.0.3&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
  '&X-Amz-Credential=AKIDEXAMPLE%2F20260131%2Feu-central-1%2Fkafka-cluster%2Faws4_request' +
  '&X-Amz-Date=20260131T120000Z&X-Amz-Expires=900&X-Amz-Security-Token=se%2Fss%2Bion%3D%3D' +
  '&X-Amz-Signature=15c0e350ef363a44f828a385c82ef4672377766c8b61b7cd0f1750529c25fef2' +
  '&X-Amz-SignedHeaders=host';

test('a token is AWS’s own, but for the name of its client', async () => {
  const credentials = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'se/ss+ion==',
  };
  const token = await mskIamToken('eu-central-1', credentials, new Date('2026-01-31T12:00:00Z'));
  const url = Buffer.from(token, 'base64url').toString();
  const agent = 'User-Agent=aws-msk-iam-sasl-signer-js%2F1.0.3';
  assert.equal(url, signed.replace(agent, 'User-Agent=mirrorless'));
});
