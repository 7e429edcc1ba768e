/** What test/integration/bundle.test.ts bundles: the parts of a function that bundling touches. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { batchOf, said } from './data-plane.ts';

export async function accessKeyId(): Promise<string> {
  return (await new DynamoDBClient({}).config.credentials()).accessKeyId;
}

export async function produceOne(bootstrapServers: string, topic: string): Promise<string> {
  const dataPlane = openDataPlane({
    cluster: { alias: 'backup', bootstrapServers: [bootstrapServers] },
    side: 'target',
    requestTimeoutMs: 10_000,
  });
  const identity = await dataPlane.allocateProducer();
  const [answer] = await dataPlane.produce([batchOf(identity, { topic, from: 4711, to: 4712 })]);
  await dataPlane.close();
  return said(answer);
}
