import { resolve } from 'node:path';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { lambdaClient, lambdaMappings } from '../aws/lambda-mappings.ts';
import type { MappingsApi } from '../aws/mappings.ts';
import { MirrorlessError } from '../errors.ts';
import { servedLambdaEndpoint } from '../local/lambda-api/server.ts';
import type { Io } from './command.ts';
import { awsRegion, statePlace } from './state-client.ts';

/** Connected to when it is first asked for. */
export interface Mappings extends AsyncDisposable {
  /** Throws LAMBDA_UNREACHABLE where nothing says where they are, or nobody is there. */
  open(): Promise<MappingsApi>;
}

/** The event source mappings of the place where a flow's state is. */
export function mappingsAt(options: { state?: string }, io: Io): Mappings {
  let client: Promise<LambdaClient> | undefined;
  return {
    async open() {
      client ??= clientAt(options, io);
      return lambdaMappings(await client);
    },
    async [Symbol.asyncDispose]() {
      (await client?.catch(() => undefined))?.destroy();
    },
  };
}

async function clientAt(options: { state?: string }, io: Io): Promise<LambdaClient> {
  const place = statePlace(options, io);
  return place === 'aws' ? ofAws(io.environment) : ofFolder(place.folder);
}

async function ofFolder(folder: string): Promise<LambdaClient> {
  const endpoint = await servedLambdaEndpoint(resolve(folder));
  if (endpoint === undefined || !(await isThere(endpoint))) {
    const what = `No local host serves the event source mappings of ${folder}.`;
    throw new MirrorlessError('LAMBDA_UNREACHABLE', what);
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return lambdaClient({ endpoint, region: 'us-east-1', credentials });
}

/** A host that was killed leaves its endpoint behind. */
function isThere(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

/** Never an account by accident: with a DynamoDB of one's own, Lambda must be named too. */
async function ofAws(environment: Io['environment']): Promise<LambdaClient> {
  const isLambdaGiven = environment['AWS_ENDPOINT_URL_LAMBDA'] || environment['AWS_ENDPOINT_URL'];
  if (environment['AWS_ENDPOINT_URL_DYNAMODB'] && !isLambdaGiven) {
    const what =
      'AWS_ENDPOINT_URL_DYNAMODB names a DynamoDB, and nothing the Lambda API beside it.';
    throw new MirrorlessError('LAMBDA_UNREACHABLE', what);
  }
  return lambdaClient(await awsRegion(environment, 'LAMBDA', 'the flow’s Lambda API'));
}
