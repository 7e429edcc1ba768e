import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sharedEmulatedAws } from '../local/aws.ts';
import { stateClient } from '../state/client.ts';
import { type ClientIn, clientsByRegion } from '../state/regions.ts';
import { type Io, UsageError } from './command.ts';

export interface StateClient extends AsyncDisposable {
  client: DynamoDBClient;
  /** For the state of flows of another region; what is in a folder is all in one place. */
  clientIn: ClientIn;
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

/** Where a flow is: in AWS, or on this machine in the state folder of `mirrorless local`. */
export type StatePlace = { folder: string } | 'aws';

/**
 * The folder `state`, which need not be there yet where state may begin; without one, AWS where
 * anything in the environment names it; otherwise `.mirrorless`, as `mirrorless local` left it.
 * Throws UsageError.
 */
export function statePlace(
  { state, mayBegin = false }: { state?: string; mayBegin?: boolean },
  { environment }: Io,
): StatePlace {
  if (state !== undefined) {
    if (mayBegin || isFolderOfState(state)) return { folder: state };
    throw new UsageError(`${state} is no state folder of mirrorless local`);
  }
  const isAws = awsVariables.some((name) => environment[name]);
  return isAws || !isFolderOfState(defaultFolder) ? 'aws' : { folder: defaultFolder };
}

/**
 * The DynamoDB that keeps the state of flows: of the folder, unless its host was given another one,
 * or what the SDK finds in its usual places.
 */
export async function openStateClient(
  options: { state?: string; mayBegin?: boolean },
  io: Io,
  notify: (text: string) => void,
): Promise<StateClient> {
  const place = statePlace(options, io);
  if (place !== 'aws' && (isEmulatedIn(place.folder) || !isFolderOfState(place.folder))) {
    if (options.state === undefined) {
      notify(`state of ${defaultFolder}, since no AWS setting is in the environment`);
    }
    return ofFolder(place.folder, notify);
  }
  if (place === 'aws' && isFolderOfState(defaultFolder)) {
    notify(
      `state of AWS, as the environment says; --state ${defaultFolder} for that of this folder`,
    );
  }
  return ofAws(io.environment);
}

async function ofFolder(folder: string, notify: (text: string) => void): Promise<StateClient> {
  const aws = await sharedEmulatedAws(resolve(folder), notify);
  const { dynamoDb: client } = aws;
  const clientIn = () => client;
  return { client, clientIn, [Symbol.asyncDispose]: () => aws[Symbol.asyncDispose]() };
}

function isFolderOfState(folder: string): boolean {
  return isEmulatedIn(folder) || existsSync(join(folder, 'lambda'));
}

function isEmulatedIn(folder: string): boolean {
  return existsSync(join(folder, 'aws'));
}

async function ofAws(environment: Io['environment']): Promise<StateClient> {
  const region = await awsRegion(environment, 'DYNAMODB', 'the flow’s state');
  const client = stateClient(region);
  const clientIn = clientsByRegion(client, environment);
  return { client, clientIn, [Symbol.asyncDispose]: async () => client.destroy() };
}

/**
 * The region where the SDK will not find one: an endpoint of one's own needs one only for form's
 * sake. Throws UsageError where a service of AWS needs a region, and there is none.
 */
export async function awsRegion(
  environment: Io['environment'],
  service: 'DYNAMODB' | 'LAMBDA',
  what: string,
): Promise<{ region?: string }> {
  const isEndpointGiven =
    environment[`AWS_ENDPOINT_URL_${service}`] || environment['AWS_ENDPOINT_URL'];
  const isRegionGiven = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  if (isRegionGiven) return {};
  if (isEndpointGiven) return { region: 'us-east-1' };
  const client = stateClient();
  try {
    await client.config.region();
    return {};
  } catch {
    const where = `there is no ${defaultFolder} here, and no AWS region is configured`;
    throw new UsageError(`where is ${what}? ${where}; see --state and AWS_REGION`);
  } finally {
    client.destroy();
  }
}
