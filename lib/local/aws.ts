import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { stateClient } from '../state/dynamodb.ts';
import { lockFolder } from './folder-lock.ts';
import type { Notify } from './parts/cache.ts';
import { installParts } from './parts/install.ts';
import { startMinistack } from './parts/ministack.ts';

/** The AWS that the functions of the local host see: DynamoDB alone. */
export interface LocalAws extends AsyncDisposable {
  /** For the environment of functions. */
  environment: Record<string, string>;
  dynamoDb: DynamoDBClient;
}

/**
 * The endpoint that `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL` names, with the credentials
 * that the SDK finds; without one an emulator. Never an account by accident.
 */
export async function openAws(directory: string, notify: Notify): Promise<LocalAws> {
  const { env } = process;
  const isGiven = env['AWS_ENDPOINT_URL_DYNAMODB'] || env['AWS_ENDPOINT_URL'];
  return isGiven ? givenEndpoint(env) : emulatedAws(directory, notify);
}

/** An emulator whose tables are kept in `directory`, through a kill too. */
export async function emulatedAws(directory: string, notify: Notify): Promise<LocalAws> {
  await installParts({ kafka: [], ministack: true, notify });
  const own = join(directory, 'aws');
  await using starting = new AsyncDisposableStack();
  starting.use(await lockFolder(own));
  const emulator = await startMinistack({ directory: own, persist: true, notify });
  starting.defer(() => emulator.stop());
  const { endpoint, region, environment } = emulator;
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID']!,
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY']!,
  };
  const dynamoDb = stateClient({ endpoint, region, credentials });
  starting.defer(() => dynamoDb.destroy());
  const running = starting.move();
  return { environment, dynamoDb, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function givenEndpoint(env: NodeJS.ProcessEnv): LocalAws {
  const variables = Object.entries(env).filter(([name]) => name.startsWith('AWS_'));
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const dynamoDb = stateClient({ region });
  return {
    environment: Object.fromEntries(variables) as Record<string, string>,
    dynamoDb,
    [Symbol.asyncDispose]: async () => dynamoDb.destroy(),
  };
}
