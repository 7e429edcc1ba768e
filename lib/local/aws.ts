import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isMirrorlessError } from '../errors.ts';
import { stateClient } from '../state/client.ts';
import { lockFolder } from './folder-lock.ts';
import type { Notify } from './parts/cache.ts';
import { installParts } from './parts/install.ts';
import { clientEnvironment, startMinistack } from './parts/ministack.ts';

/** The AWS that the functions of the local host see: DynamoDB alone. */
export interface LocalAws extends AsyncDisposable {
  /** For the environment of functions. */
  environment: Record<string, string>;
  /** True where the endpoint of the environment is an emulator of this host. */
  isEmulated: boolean;
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

/**
 * An emulator whose tables are kept in `directory`, through a kill too. Throws STATE_FOLDER_IN_USE
 * where another process has one there.
 */
export async function emulatedAws(directory: string, notify: Notify): Promise<LocalAws> {
  await installParts({ kafka: [], ministack: true, notify });
  const own = join(directory, 'aws');
  await using starting = new AsyncDisposableStack();
  starting.use(await lockFolder(own));
  const endpointFile = endpointFileOf(directory);
  await rm(endpointFile, { force: true }); // Of a host that was killed.
  const emulator = await startMinistack({ directory: own, persist: true, notify });
  starting.defer(() => emulator.stop());
  const aws = starting.use(emulatorAt(emulator.endpoint));
  await writeFile(endpointFile, emulator.endpoint);
  starting.defer(() => rm(endpointFile, { force: true }));
  const running = starting.move();
  return { ...aws, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/**
 * The tables kept in `directory`: through the emulator of the process that runs there now, which
 * must outlive this use of it, or through one of our own.
 */
export async function sharedEmulatedAws(directory: string, notify: Notify): Promise<LocalAws> {
  try {
    return await emulatedAws(directory, notify);
  } catch (error) {
    if (!isMirrorlessError(error) || error.code !== 'STATE_FOLDER_IN_USE') throw error;
    const endpoint = await readFile(endpointFileOf(directory), 'utf8').catch(() => undefined);
    if (endpoint === undefined) throw error; // It is starting or ending just now.
    return emulatorAt(endpoint);
  }
}

function endpointFileOf(directory: string): string {
  return join(directory, 'aws', 'endpoint');
}

function emulatorAt(endpoint: string): LocalAws {
  const environment = clientEnvironment(endpoint);
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID']!,
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY']!,
  };
  const dynamoDb = stateClient({ endpoint, region: environment['AWS_REGION']!, credentials });
  const close = async () => dynamoDb.destroy();
  return { environment, isEmulated: true, dynamoDb, [Symbol.asyncDispose]: close };
}

function givenEndpoint(env: NodeJS.ProcessEnv): LocalAws {
  const variables = Object.entries(env).filter(([name]) => name.startsWith('AWS_'));
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const dynamoDb = stateClient({ region });
  return {
    environment: Object.fromEntries(variables) as Record<string, string>,
    isEmulated: false,
    dynamoDb,
    [Symbol.asyncDispose]: async () => dynamoDb.destroy(),
  };
}
