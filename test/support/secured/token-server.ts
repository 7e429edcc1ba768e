/** An authorization server that knows one client: tokens without a signature, as a test's broker takes them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServer {
  url: string;
  /** How many tokens were given. */
  readonly issuedCount: number;
  close(): void;
}

export async function startTokenServer(client: {
  id: string;
  secret: string;
}): Promise<TokenServer> {
  const expected = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
  let issuedCount = 0;
  const server = createServer((request, response) => {
    request.resume();
    const isKnown = request.headers.authorization === expected;
    if (isKnown) issuedCount += 1;
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    const token = { access_token: tokenFor(client.id), expires_in: 60, token_type: 'Bearer' };
    response.end(JSON.stringify(isKnown ? token : { error: 'invalid_client' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    get issuedCount() {
      return issuedCount;
    },
    close: () => server.close(),
  };
}

/** Of every token. */
export const tokenPrefix = encoded({ alg: 'none' });

function tokenFor(subject: string): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { sub: subject, iat: nowSeconds, exp: nowSeconds + 60 };
  return `${tokenPrefix}.${encoded(claims)}.`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
