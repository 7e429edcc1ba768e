/** The token by which MSK knows an IAM role: a presigned URL, as AWS's own signers for Kafka make it. */
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentials } from '../../aws/role-credentials.ts';
import type { IamLogin } from '../../config/authentication.ts';

/** A token is asked for with every connection, and used at once. */
const lifetimeSeconds = 900;

export async function mskIamToken(
  region: string,
  credentials: AwsCredentials,
  signingDate = new Date(),
): Promise<string> {
  const hostname = `kafka.${region}.amazonaws.com`;
  const signer = new SignatureV4({
    service: 'kafka-cluster',
    region,
    credentials,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    headers: { host: hostname },
    query: { Action: 'kafka-cluster:Connect' },
  };
  const signed = await signer.presign(request, { expiresIn: lifetimeSeconds, signingDate });
  const query = Object.entries({ ...signed.query, 'User-Agent': 'mirrorless' })
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .sort();
  return Buffer.from(`https://${hostname}/?${query.join('&')}`).toString('base64url');
}

/** Of the function's own role, or of the one that it assumes; kept until shortly before they expire. */
export function iamCredentials({ region, roleArn, roleSessionName }: IamLogin) {
  let kept: AwsCredentials | undefined;
  return async (): Promise<AwsCredentials> => {
    if (kept === undefined || expiresSoon(kept)) {
      const { assumedCredentials, ownCredentials } = await import('../../aws/role-credentials.ts');
      kept =
        roleArn === undefined
          ? await ownCredentials()
          : await assumedCredentials(region, roleArn, roleSessionName);
    }
    return kept;
  };
}

const marginMs = 300_000;

function expiresSoon({ expiration }: AwsCredentials): boolean {
  return expiration !== undefined && expiration.getTime() - Date.now() < marginMs;
}
