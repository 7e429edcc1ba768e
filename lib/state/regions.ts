/** Clients for state tables of other regions: those of flows with which one makes a loop. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { stateClient } from './client.ts';

/** Of a region; undefined for that of the flow itself. */
export type ClientIn = (region: string | undefined) => DynamoDBClient;

/**
 * Opens the client of another region when it is first asked for. An endpoint of one's own, as of the
 * local host, stands for all regions.
 */
export function clientsByRegion(
  own: DynamoDBClient,
  environment: Readonly<Record<string, string | undefined>>,
): ClientIn {
  const isOneEndpoint = environment['AWS_ENDPOINT_URL_DYNAMODB'] || environment['AWS_ENDPOINT_URL'];
  const others = new Map<string, DynamoDBClient>();
  return (region) => {
    if (region === undefined || isOneEndpoint) return own;
    const client = others.get(region) ?? stateClient({ region });
    others.set(region, client);
    return client;
  };
}
