import { type AwsCredentials, ownCredentials } from '../aws/role-credentials.ts';
import { secretArns } from '../config/authentication.ts';
import type { Configuration, Flow } from '../config/model.ts';
import type { LocalAws } from './aws.ts';

/**
 * What functions see of AWS. Those whose clusters ask for secrets or IAM get the credentials that
 * the SDK finds on this machine, as they are now: Secrets Manager and STS are the account's own, also
 * where DynamoDB is emulated. The others never see an account.
 */
export async function functionsAws(
  configuration: Configuration,
  flows: readonly Flow[],
  { environment, isEmulated }: Pick<LocalAws, 'environment' | 'isEmulated'>,
): Promise<Record<string, string>> {
  if (!flows.some((flow) => needsAccount(configuration, flow))) return environment;
  const variables = credentialVariables(await ownCredentials());
  const { AWS_ENDPOINT_URL: emulator, ...rest } = environment;
  if (!isEmulated || emulator === undefined) return { ...environment, ...variables };
  return { ...rest, ...variables, AWS_ENDPOINT_URL_DYNAMODB: emulator };
}

function needsAccount(configuration: Configuration, { source, target }: Flow): boolean {
  return [source, target].some((alias) => {
    const authentication = configuration.clusters.get(alias)?.authentication ?? {};
    const isIam = authentication.sasl?.mechanism === 'AWS_MSK_IAM';
    return isIam || secretArns(authentication).length > 0;
  });
}

function credentialVariables(credentials: AwsCredentials): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
}
