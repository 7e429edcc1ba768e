/** Secrets in the emulated Secrets Manager. */
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface SecretStore {
  /** Returns the ARN. */
  create(name: string, fields: Record<string, string>): Promise<string>;
  put(secretArn: string, fields: Record<string, string>): Promise<void>;
  close(): void;
}

export function secretStore(awsEnvironment: Readonly<Record<string, string>>): SecretStore {
  const client = new SecretsManagerClient({
    endpoint: awsEnvironment['AWS_ENDPOINT_URL']!,
    region: awsEnvironment['AWS_REGION']!,
    credentials: {
      accessKeyId: awsEnvironment['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: awsEnvironment['AWS_SECRET_ACCESS_KEY']!,
    },
  });
  return {
    async create(Name, fields) {
      const SecretString = JSON.stringify(fields);
      const { ARN } = await client.send(new CreateSecretCommand({ Name, SecretString }));
      return ARN!;
    },
    async put(SecretId, fields) {
      const SecretString = JSON.stringify(fields);
      await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    },
    close: () => client.destroy(),
  };
}
