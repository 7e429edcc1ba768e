/** The requests of the event-source-mapping part of the Lambda API. */
import { type Answer, exception } from './answer.ts';
import { type MappingRegistry, noFunction } from './mapping-registry.ts';
import { createShape, parseBody, tagShape, updateShape } from './shapes.ts';

export interface ApiRequest {
  method: string;
  /** Path and query. */
  url: URL;
  body: string;
}

export interface Routes {
  registry: MappingRegistry;
  functionArn(nameOrArn: string): string | undefined;
}

const mappingsPath = /^\/2015-03-31\/event-source-mappings\/?(?<uuid>[^/]*)\/?$/;
const tagsPath = /^\/2017-03-31\/tags\/(?<arn>[^/]+)$/;

/** Lambda gives no page more. */
const largestPage = 100;

export async function answer(request: ApiRequest, routes: Routes): Promise<Answer> {
  const { pathname } = request.url;
  const uuid = mappingsPath.exec(pathname)?.groups?.['uuid'];
  if (uuid === '') return answerAll(request, routes);
  if (uuid !== undefined) return answerOne(uuid, request, routes);
  const arn = tagsPath.exec(pathname)?.groups?.['arn'];
  if (arn !== undefined) return answerTags(decodeURIComponent(arn), request, routes);
  return noRoute(request);
}

async function answerAll(request: ApiRequest, routes: Routes): Promise<Answer> {
  if (request.method === 'GET') return list(request.url.searchParams, routes);
  if (request.method !== 'POST') return noRoute(request);
  const body = parseBody(createShape, request.body);
  return 'value' in body ? routes.registry.create(body.value) : body;
}

function list(query: URLSearchParams, { registry, functionArn }: Routes): Answer {
  const name = query.get('FunctionName');
  const arn = name === null ? undefined : functionArn(name);
  if (name !== null && arn === undefined) return noFunction(name);
  const size = Number(query.get('MaxItems') ?? largestPage);
  if (!Number.isInteger(size) || size < 1 || size > 10_000) {
    return exception('ValidationException', "Value at 'maxItems': 1 to 10000");
  }
  const after = Buffer.from(query.get('Marker') ?? '', 'base64url').toString();
  const eventSourceArn = query.get('EventSourceArn') ?? undefined;
  const rest = registry
    .list({ functionArn: arn, eventSourceArn })
    .filter(({ UUID }) => UUID > after);
  const page = rest.slice(0, Math.min(size, largestPage));
  const isLast = page.length === rest.length;
  const NextMarker = isLast ? undefined : Buffer.from(page.at(-1)!.UUID).toString('base64url');
  return { status: 200, body: { EventSourceMappings: page, NextMarker } };
}

async function answerOne(uuid: string, request: ApiRequest, { registry }: Routes): Promise<Answer> {
  switch (request.method) {
    case 'GET':
      return registry.get(uuid);
    case 'PUT': {
      const body = parseBody(updateShape, request.body);
      return 'value' in body ? registry.update(uuid, body.value) : body;
    }
    case 'DELETE':
      return registry.delete(uuid);
    default:
      return noRoute(request);
  }
}

async function answerTags(arn: string, request: ApiRequest, { registry }: Routes): Promise<Answer> {
  const uuid = /:event-source-mapping:([^:]+)$/.exec(arn)?.[1];
  if (uuid === undefined) return exception('ResourceNotFoundException', `No such resource: ${arn}`);
  switch (request.method) {
    case 'GET':
      return registry.tagsOf(uuid);
    case 'POST': {
      const body = parseBody(tagShape, request.body);
      if (!('value' in body)) return body;
      return registry.changeTags(uuid, (tags) => ({ ...tags, ...body.value.Tags }));
    }
    case 'DELETE': {
      const removed = request.url.searchParams.getAll('tagKeys');
      return registry.changeTags(uuid, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([name]) => !removed.includes(name))),
      );
    }
    default:
      return noRoute(request);
  }
}

function noRoute({ method, url }: ApiRequest): Answer {
  const what = `The local host serves event source mappings only, not ${method} ${url.pathname}.`;
  return exception('ResourceNotFoundException', what);
}
