/** To be imported where IAM is configured, and nowhere else: the clients take their time to load. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { withinInvocation } from './within-invocation.ts';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Where the SDK looks; in a function's bundle those in its environment. */
export function ownCredentials(): Promise<AwsCredentials> {
  return defaultProvider()();
}

/** Of a role, in any account, that the own credentials may assume. Throws what AWS answers. */
export async function assumedCredentials(
  region: string,
  roleArn: string,
  roleSessionName = 'mirrorless',
): Promise<AwsCredentials> {
  const client = new STSClient({ region, ...withinInvocation });
  try {
    const request = { RoleArn: roleArn, RoleSessionName: roleSessionName };
    const { Credentials: given } = await client.send(new AssumeRoleCommand(request));
    return {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      ...(given?.SessionToken !== undefined && { sessionToken: given.SessionToken }),
      ...(given?.Expiration !== undefined && { expiration: given.Expiration }),
    };
  } finally {
    client.destroy();
  }
}
