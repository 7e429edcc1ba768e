import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { lockFolder } from '../folder-lock.ts';
import { type Answer, exception, rateExceeded, serviceFailed } from './answer.ts';
import { MappingRegistry, type RegistryOptions } from './mapping-registry.ts';
import { MappingStore } from './mapping-store.ts';
import { answer, type Routes } from './routes.ts';

export interface LambdaApiOptions extends Omit<RegistryOptions, 'store'> {
  /** The state folder: mappings are kept there. */
  directory: string;
}

export interface LambdaApi extends AsyncDisposable {
  /** What `AWS_ENDPOINT_URL_LAMBDA` is to be. */
  endpoint: string;
}

/** Of all requests together, as Lambda's control plane. */
const requestsPerSecond = 15;
/** Longer than a client at the API's pace leaves a connection unused, so that none breaks on it. */
const keepAliveMs = 75_000;

/**
 * The event-source-mapping part of the Lambda API on a loopback port. A mapping that is enabled has
 * pollers for as long as the API is open. Throws STATE_FOLDER_IN_USE where another process has it.
 */
export async function openLambdaApi(options: LambdaApiOptions): Promise<LambdaApi> {
  const directory = join(options.directory, 'lambda');
  await using opening = new AsyncDisposableStack();
  opening.use(await lockFolder(directory));
  await rm(endpointFileOf(options.directory), { force: true }); // Of a host that was killed.
  const store = await MappingStore.open(join(directory, 'event-source-mappings.json'));
  const registry = await MappingRegistry.open({ ...options, store });
  opening.defer(() => registry.close());
  const server = await listen({ ...options, registry });
  opening.defer(() => close(server));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const endpointFile = endpointFileOf(options.directory);
  await writeFile(endpointFile, endpoint);
  opening.defer(() => rm(endpointFile, { force: true }));
  const open = opening.move();
  return { endpoint, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Where the process serves that has the state folder now; undefined where none does. */
export async function servedLambdaEndpoint(directory: string): Promise<string | undefined> {
  try {
    return await readFile(endpointFileOf(directory), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function endpointFileOf(directory: string): string {
  return join(directory, 'lambda', 'endpoint');
}

async function listen(options: Routes & Pick<LambdaApiOptions, 'notify'>): Promise<Server> {
  const mayPass = rateLimit(requestsPerSecond);
  const server = createServer((request, response) => {
    answerTo(request, options, mayPass)
      .catch((error: unknown) => {
        options.notify(`the Lambda API failed: ${error instanceof Error ? error.stack : error}`);
        return serviceFailed;
      })
      .then((result) => send(response, result))
      .catch(() => response.destroy());
  });
  server.keepAliveTimeout = keepAliveMs;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  return server;
}

async function answerTo(
  request: IncomingMessage,
  routes: Routes,
  mayPass: () => boolean,
): Promise<Answer> {
  const body = await text(request);
  // Also keeps out what a page in a browser may send anywhere.
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256')) {
    return exception('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  if (!mayPass()) return rateExceeded;
  const { method = '', url = '' } = request;
  return answer({ method, url: new URL(url, 'http://localhost'), body }, routes);
}

/** So many at once, and so many again in every second. */
function rateLimit(perSecond: number): () => boolean {
  let left = perSecond;
  let countedAt = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(perSecond, left + ((now - countedAt) / 1000) * perSecond);
    countedAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

function send(response: ServerResponse, { status, body, errorType, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
    ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
