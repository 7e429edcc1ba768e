import { buffer } from 'node:stream/consumers';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * A client that waits for nothing without a bound. Endpoint (`AWS_ENDPOINT_URL_DYNAMODB`,
 * `AWS_ENDPOINT_URL`), region and credentials are found by the SDK in its usual places.
 *
 * A call of the SDK is a quarter of a small invocation, so it is kept from what nobody needs: copies
 * for a logger that there is not, a tenth of all garbage, and answers that outlive it.
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
    // The SDK's own pipes an answer into a stream: 8 KiB of each call then survive every scavenge,
    // although nothing needs them, until the next full collection, and the pauses are twice as long.
    streamCollector: buffer,
  });
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
