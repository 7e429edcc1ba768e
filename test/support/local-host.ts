/** The local host in a test's own process, on clusters that are there and the shared emulator. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { lambdaClient, lambdaMappings } from '../../lib/aws/lambda-mappings.ts';
import type { MappingsApi } from '../../lib/aws/mappings.ts';
import { loadConfiguration } from '../../lib/config/load.ts';
import type { Configuration } from '../../lib/config/model.ts';
import type { LocalAws } from '../../lib/local/aws.ts';
import { LocalHost } from '../../lib/local/host.ts';
import { servedLambdaEndpoint } from '../../lib/local/lambda-api/server.ts';
import type { TopicStatus } from '../../lib/local/mirror.ts';
import { stateClient } from '../../lib/state/client.ts';
import type { SharedParts } from './parts.ts';

export interface HostedFlows {
  configuration: Configuration;
  aws: LocalAws;
  /** The state folder. */
  directory: string;
  /** What a person was told. */
  notices: string[];
  /** The Lambda API of the host that runs now. */
  mappings(): Promise<MappingsApi>;
  topic(name: string): TopicStatus | undefined;
  stop(): Promise<void>;
  /** Ends the host as Ctrl-C does where it runs, and opens another on the same folder. */
  restart(): Promise<void>;
}

/** Loads a configuration, with a state table of its own for each flow; every problem is an error. */
export function configured(lines: readonly string[]): Configuration {
  const text = lines.join('\n');
  const { configuration, problems } = loadConfiguration({
    text,
    file: 'mm2.properties',
    environment: {},
  });
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const flows = configuration.flows.map((flow) => {
    return { ...flow, stateTable: `mirrorless-${randomBytes(6).toString('hex')}` };
  });
  return { ...configuration, flows };
}

/** Runs all flows of a configuration until the test ends. */
export async function hostFlows(
  t: TestContext,
  configuration: Configuration,
  { awsEnvironment }: Pick<SharedParts, 'awsEnvironment'>,
): Promise<HostedFlows> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const aws = localAws(awsEnvironment);
  const notices: string[] = [];
  const notify = (text: string): void => void notices.push(text);
  const options = { configuration, flows: configuration.flows, aws, directory, notify };
  let host: LocalHost | undefined;
  let running: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    host = await LocalHost.open(options);
    running = host.run();
  };
  const stop = async (): Promise<void> => {
    host?.stop();
    await running;
  };
  t.after(async () => {
    await stop();
    await aws[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });
  await start();
  return {
    configuration,
    aws,
    directory,
    notices,
    mappings: async () => mappingsAt((await servedLambdaEndpoint(directory))!),
    topic: (name) => {
      const topics = host?.statuses().flatMap((flow) => flow.topics);
      return topics?.find(({ topic }) => topic === name);
    },
    stop,
    restart: async () => {
      await stop();
      await start();
    },
  };
}

export function mappingsAt(endpoint: string): MappingsApi {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return lambdaMappings(lambdaClient({ endpoint, region: 'us-east-1', credentials }));
}

/** Its client is to be disposed of. */
export function localAws(environment: Record<string, string>): LocalAws {
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID']!,
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY']!,
  };
  const endpoint = environment['AWS_ENDPOINT_URL']!;
  const dynamoDb = stateClient({ endpoint, region: environment['AWS_REGION']!, credentials });
  const close = async () => dynamoDb.destroy();
  return { environment, isEmulated: false, dynamoDb, [Symbol.asyncDispose]: close };
}
