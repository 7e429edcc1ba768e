import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sharedEmulatedAws } from '../local/aws.ts';
import { stateClient } from '../state/dynamodb.ts';
import { type Io, UsageError } from './command.ts';

export interface StateClient extends AsyncDisposable {
  client: DynamoDBClient;
}

/** Any of these says that state is in AWS, or in what stands in for it. */
const awsVariables = [
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
];

const defaultFolder = '.mirrorless';

/**
 * The DynamoDB that keeps the state of flows: that of the folder `state`; without one, what the SDK
 * finds in its usual places; where nothing names AWS, that of `.mirrorless`, as `mirrorless local`
 * left it. A folder that is named need not be there yet where state may begin.
 */
export async function openStateClient(
  { state, mayBegin = false }: { state?: string; mayBegin?: boolean },
  { environment }: Io,
  notify: (text: string) => void,
): Promise<StateClient> {
  if (state !== undefined) return ofFolder(state, { mayBegin, notify });
  const isAws = awsVariables.some((name) => environment[name]);
  if (!isFolderOfState(defaultFolder)) return ofAws(environment);
  if (!isAws) {
    notify(`state of ${defaultFolder}, since no AWS setting is in the environment`);
    return ofFolder(defaultFolder, { mayBegin, notify });
  }
  notify(`state of AWS, as the environment says; --state ${defaultFolder} for that of this folder`);
  return ofAws(environment);
}

async function ofFolder(
  folder: string,
  { mayBegin, notify }: { mayBegin: boolean; notify: (text: string) => void },
): Promise<StateClient> {
  if (!mayBegin && !isFolderOfState(folder)) {
    throw new UsageError(`${folder} is no state folder of mirrorless local`);
  }
  const aws = await sharedEmulatedAws(resolve(folder), notify);
  return { client: aws.dynamoDb, [Symbol.asyncDispose]: () => aws[Symbol.asyncDispose]() };
}

function isFolderOfState(folder: string): boolean {
  return existsSync(join(folder, 'aws'));
}

/** An endpoint of one's own needs a region only for form's sake. */
async function ofAws(environment: Io['environment']): Promise<StateClient> {
  const isEndpointGiven =
    environment['AWS_ENDPOINT_URL_DYNAMODB'] || environment['AWS_ENDPOINT_URL'];
  const isRegionGiven = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  const client = stateClient(isEndpointGiven && !isRegionGiven ? { region: 'us-east-1' } : {});
  try {
    await client.config.region();
  } catch {
    const where = `there is no ${defaultFolder} here, and no AWS region is configured`;
    throw new UsageError(`where is the flow’s state? ${where}; see --state and AWS_REGION`);
  }
  return { client, [Symbol.asyncDispose]: async () => client.destroy() };
}
