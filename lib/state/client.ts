import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * A client that waits for nothing without a bound. Endpoint (`AWS_ENDPOINT_URL_DYNAMODB`,
 * `AWS_ENDPOINT_URL`), region and credentials are found by the SDK in its usual places.
 *
 * A call of the SDK is a quarter of a small invocation, so it is kept from what nobody needs: copies
 * for a logger that there is not, a tenth of all garbage, and answers as streams.
 */
export function stateClient(
  where: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): DynamoDBClient {
  const client = new DynamoDBClient({
    ...where,
    maxAttempts: 3,
    retryMode: 'standard',
    // A connection may have died while the environment was frozen. By default the SDK waits on it
    // for ever and warns on the console; so it gives up, and asks again on another one.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true },
    streamCollector: wholeAnswer,
  });
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

/**
 * In place of the SDK's own, which pipes an answer into a stream: 8 KiB of each call then survive
 * every scavenge, although nothing needs them any more, until the next full collection. Without
 * them the pauses are half as long.
 */
function wholeAnswer(answer: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const stream = answer as NodeJS.ReadableStream;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => resolve(Buffer.concat(pieces)));
    stream.on('error', reject);
  });
}
