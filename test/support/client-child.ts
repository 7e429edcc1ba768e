/** The process that ClientProcess starts: one data plane, one request after the other. */
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import type { ClientRequest } from './client-process.ts';
import { send } from './data-plane.ts';

const [bootstrapServers = '', requestTimeoutMs] = process.argv.slice(2);
const dataPlane = openDataPlane({
  cluster: { alias: 'backup', bootstrapServers: bootstrapServers.split(',') },
  side: 'target',
  requestTimeoutMs: Number(requestTimeoutMs),
});

process.on('message', async (request: ClientRequest) => process.send?.(await answer(request)));
process.on('disconnect', () => process.exit());

async function answer(request: ClientRequest): Promise<string> {
  if (request.kind === 'produce') {
    const { producerId, ...range } = request;
    return send(dataPlane, { producerId: BigInt(producerId), producerEpoch: 0 }, range);
  }
  const { topic, maxWaitMs } = request;
  const [records] = await dataPlane.fetch([{ topic, partition: 0, offset: 0n }], {
    maxWaitMs,
    minBytes: 1_000_000,
    maxBytes: 1_000_000,
    maxPartitionBytes: 1_000_000,
  });
  return records?.ok ? `end ${records.value.highWatermark}` : String(records?.error.message);
}
