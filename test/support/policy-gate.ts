/** Stands between a function and AWS, and refuses every action that the function’s policy does not list. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Statement } from '../../lib/stacks/permissions/statements.ts';

export interface PolicyGate extends AsyncDisposable {
  endpoint: string;
  /** Actions that were allowed. */
  used: Set<string>;
  /** `action on resource`, of what was refused. */
  refused: string[];
}

export interface PolicyGateOptions {
  statements: readonly Statement[];
  dynamoDbEndpoint: string;
  lambdaEndpoint: string;
  /** `region:account`, as ARNs have them. */
  place: string;
}

interface Asked {
  action: string;
  resource: string;
}

export async function openPolicyGate(options: PolicyGateOptions): Promise<PolicyGate> {
  const used = new Set<string>();
  const refused: string[] = [];
  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    const asked = askedOf(incoming, body, options.place);
    const wrong = asked.filter((one) => !isAllowed(options.statements, one));
    if (asked.length === 0 || wrong.length > 0) {
      refused.push(...wrong.map(({ action, resource }) => `${action} on ${resource}`));
      response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' });
      const message = `User is not authorized to perform: ${wrong[0]?.action ?? incoming.url}`;
      response.end(JSON.stringify({ __type: 'AccessDeniedException', message, Message: message }));
      return;
    }
    for (const { action } of asked) used.add(action);
    const isDynamoDb = incoming.headers['x-amz-target'] !== undefined;
    const upstream = isDynamoDb ? options.dynamoDbEndpoint : options.lambdaEndpoint;
    const { host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers;
    const answer = await fetch(upstream + incoming.url, {
      method: incoming.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length > 0 && { body }),
    });
    const { 'content-encoding': ____, ...answered } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, answered);
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    used,
    refused,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function isAllowed(statements: readonly Statement[], { action, resource }: Asked): boolean {
  return statements.some(({ effect, actions, resources }) => {
    return effect === 'Allow' && actions.includes(action) && resources.some(covers(resource));
  });
}

/** As IAM reads `*`. */
function covers(resource: string) {
  return (pattern: string): boolean => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w/-]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(resource);
  };
}

/** What IAM would ask for: https://docs.aws.amazon.com/service-authorization/latest/reference */
function askedOf(incoming: IncomingMessage, body: Buffer, place: string): Asked[] {
  const operation = String(incoming.headers['x-amz-target'] ?? '').split('.')[1];
  if (operation !== undefined) return ofDynamoDb(operation, JSON.parse(body.toString()), place);
  const action = lambdaActions.find(([pattern]) =>
    pattern.test(`${incoming.method} ${incoming.url}`),
  )?.[1];
  if (action === undefined) return [];
  const uuid = /event-source-mappings\/([\w-]+)/.exec(incoming.url ?? '')?.[1];
  const ofMapping = `arn:aws:lambda:${place}:event-source-mapping:${uuid}`;
  return [{ action: `lambda:${action}`, resource: uuid === undefined ? '*' : ofMapping }];
}

const lambdaActions: readonly (readonly [RegExp, string])[] = [
  [/^POST .*\/event-source-mappings\/?$/, 'CreateEventSourceMapping'],
  [/^GET .*\/event-source-mappings\/?(\?.*)?$/, 'ListEventSourceMappings'],
  [/^PUT .*\/event-source-mappings\//, 'UpdateEventSourceMapping'],
  [/^DELETE .*\/event-source-mappings\//, 'DeleteEventSourceMapping'],
];

interface DynamoDbRequest {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  Statements?: { Statement: string }[];
  TransactItems?: Record<string, { TableName: string }>[];
}

function ofDynamoDb(operation: string, request: DynamoDbRequest, place: string): Asked[] {
  const table = (name = '') => `arn:aws:dynamodb:${place}:table/${name}`;
  const one = (action: string, resource: string) => ({ action: `dynamodb:${action}`, resource });
  if (request.Statements !== undefined) {
    return request.Statements.map(({ Statement }) => {
      const [, verb = '', name] = /^(\w+) "([^"]+)"/.exec(Statement) ?? [];
      return one(`PartiQL${verb[0]}${verb.slice(1).toLowerCase()}`, table(name));
    });
  }
  if (request.TransactItems !== undefined) {
    const writes = request.TransactItems.flatMap((item) => Object.entries(item));
    return writes.map(([kind, { TableName }]) => one(`${kind}Item`, table(TableName)));
  }
  if (request.RequestItems !== undefined) {
    return Object.keys(request.RequestItems).map((name) => one(operation, table(name)));
  }
  const { TableName, IndexName } = request;
  const index = IndexName === undefined ? '' : `/index/${IndexName}`;
  return [one(operation, table(TableName) + index)];
}
