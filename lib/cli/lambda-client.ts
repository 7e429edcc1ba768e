import { resolve } from 'node:path';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { lambdaClient, lambdaMappings } from '../aws/lambda-mappings.ts';
import type { MappingsApi } from '../aws/mappings.ts';
import { MirrorlessError } from '../errors.ts';
import { servedLambdaEndpoint } from '../local/lambda-api/server.ts';
import type { Io } from './command.ts';
import { awsRegion, statePlace } from './state-client.ts';

/**
 * The event source mappings of the place where a flow's state is. It is looked for when they are
 * first asked for: LAMBDA_UNREACHABLE where nothing says where they are, or nobody is there.
 */
export function mappingsAt(options: { state?: string }, io: Io): MappingsApi & AsyncDisposable {
  let opened: Promise<{ client: LambdaClient; api: MappingsApi }> | undefined;
  const open = async () => {
    const client = await clientAt(options, io);
    return { client, api: lambdaMappings(client) };
  };
  const api = async (): Promise<MappingsApi> => {
    opened ??= open();
    return (await opened).api;
  };
  return {
    list: async (name) => (await api()).list(name),
    create: async (parameters) => (await api()).create(parameters),
    update: async (uuid, update) => (await api()).update(uuid, update),
    delete: async (uuid) => (await api()).delete(uuid),
    tags: async (arn) => (await api()).tags(arn),
    tag: async (arn, tags) => (await api()).tag(arn, tags),
    async [Symbol.asyncDispose]() {
      (await opened?.catch(() => undefined))?.client.destroy();
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
