/** To be imported where a secret is configured, and nowhere else: the client takes its time to load. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { withinInvocation } from './within-invocation.ts';

/** The text of a secret. Throws what AWS answers. */
export async function getSecret(secretArn: string): Promise<string> {
  const client = new SecretsManagerClient({
    region: secretArn.split(':')[3]!,
    ...withinInvocation,
  });
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString('utf8');
  } finally {
    client.destroy();
  }
}
