/** The target's broker dies or is restarted: nothing is lost, doubled or reordered. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCopyBench } from '../support/copy-bench.ts';
import { Death, deathAt, overriding } from '../support/faults.ts';
import { ownCluster } from '../support/parts.ts';

const cluster = await ownCluster({ after }, { version: '4.3.1' });
const [broker] = cluster.brokers;
assert.ok(broker);
const bench = await openCopyBench({ targetBootstrapServers: cluster.bootstrapServers });
after(() => bench.close());

const dayMs = 24 * 60 * 60 * 1000;

for (const [name, now] of [
  ['young', Date.now()],
  ['older than a day, whose producer the broker forgets by its restart', Date.now() - 3 * dayMs],
] as const) {
  test(`killed between acknowledgement and recording; the records are ${name}`, async () => {
    const copy = await bench.awkwardTopic({ partitions: 2, large: true, now });
    await copy.flow.copy(copy.part(0, 9));
    const dying = deathAt('after producing, before recording');
    await assert.rejects(copy.flow.deliver(copy.part(9, 20), dying), Death);
    await broker.kill('SIGKILL');
    await broker.start();
    await copy.flow.copy(copy.part(9, 14));
    await copy.flow.copy(copy.part(9));
    await copy.assertFaithful();
  });
}

test('killed while a batch is on its way, and back before the time is over', async () => {
  const copy = await bench.awkwardTopic({ partitions: 3, large: true });
  await copy.flow.copy(copy.part(0, 5));
  let restarted: Promise<void> | undefined;
  const killing = overriding({
    target: (target) => ({
      produce(batches) {
        const answers = target.produce(batches);
        restarted ??= broker.kill('SIGKILL').then(() => broker.start());
        return answers;
      },
    }),
  });
  await copy.flow.copy(copy.part(5), killing);
  await restarted;
  await copy.assertFaithful();
});

test('restarted between invocations, with connections that the environment had kept', async () => {
  const copy = await bench.awkwardTopic({ partitions: 2 });
  const environment = copy.flow.environment();
  await copy.flow.copyIn(environment, copy.part(0, 11));
  await broker.stop();
  await broker.start();
  await copy.flow.copyIn(environment, copy.part(11));
  await copy.assertFaithful();
});
