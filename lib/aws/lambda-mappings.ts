import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  LambdaClient,
  type LambdaClientConfig,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { type Bounds, inTime } from '../in-time.ts';
import { isThrottled, lambdaFailure } from './failures.ts';
import type { ExistingMapping, MappingsApi } from './mappings.ts';
import { Pace } from './pace.ts';

/** Lambda's limit for all calls of its control plane together, in a Region of an account. */
const callsPerSecond = 15;
/** Attempts of one call. What got no answer may have had its effect: a creation then conflicts. */
const throttledMax = 6;
const unansweredMax = 2;

/** A client that sends each request once: what may be sent again is decided here. */
export function lambdaClient(configuration: LambdaClientConfig = {}): LambdaClient {
  return new LambdaClient({ ...configuration, maxAttempts: 1 });
}

/** The event source mappings of an account, at the pace that its API allows. */
export function lambdaMappings(
  client: LambdaClient,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): MappingsApi {
  const pace = new Pace(callsPerSecond);
  const call: Call = async (action, send) => {
    for (let attempt = 1; ; attempt += 1) {
      await pace.turn();
      try {
        return await inTime(timeoutMs, send);
      } catch (error) {
        const failure = lambdaFailure(error, action);
        if (failure.code !== 'LAMBDA_UNAVAILABLE') throw failure;
        if (attempt === (isThrottled(error) ? throttledMax : unansweredMax)) throw failure;
        if (isThrottled(error)) pace.hold(2 ** attempt * 250);
      }
    }
  };
  return {
    list: (FunctionName) => listAll(FunctionName, client, call),
    create: (parameters) =>
      call(`CreateEventSourceMapping for ${parameters.Topics[0]}`, async (bounds) =>
        existing(await client.send(new CreateEventSourceMappingCommand(parameters), bounds)),
      ),
    update: (UUID, update) =>
      call(`UpdateEventSourceMapping of ${UUID}`, async (bounds) => {
        const command = new UpdateEventSourceMappingCommand({ UUID, ...update });
        return existing(await client.send(command, bounds));
      }),
    delete: (UUID) =>
      call(`DeleteEventSourceMapping of ${UUID}`, async (bounds) => {
        await client.send(new DeleteEventSourceMappingCommand({ UUID }), bounds);
      }),
    tags: (Resource) =>
      call(`ListTags of ${Resource}`, async (bounds) => {
        const { Tags = {} } = await client.send(new ListTagsCommand({ Resource }), bounds);
        return Tags;
      }),
    tag: (Resource, Tags) =>
      call(`TagResource of ${Resource}`, async (bounds) => {
        await client.send(new TagResourceCommand({ Resource, Tags }), bounds);
      }),
  };
}

type Call = <T>(action: string, send: (bounds: Bounds) => Promise<T>) => Promise<T>;

async function listAll(
  FunctionName: string,
  client: LambdaClient,
  call: Call,
): Promise<ExistingMapping[]> {
  const found: ExistingMapping[] = [];
  let Marker: string | undefined;
  do {
    const command = new ListEventSourceMappingsCommand({ FunctionName, Marker });
    const page = await call(`ListEventSourceMappings of ${FunctionName}`, (bounds) =>
      client.send(command, bounds),
    );
    found.push(...(page.EventSourceMappings ?? []).map(existing));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return found;
}

/** The SDK types leave everything open that Lambda always tells. */
function existing(described: EventSourceMappingConfiguration): ExistingMapping {
  return described as ExistingMapping;
}
