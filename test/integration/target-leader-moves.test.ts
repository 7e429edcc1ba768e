/** Three brokers: a leader that dies is replaced, too few replicas are waited for. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCopyBench } from '../support/copy-bench.ts';
import { overriding } from '../support/faults.ts';
import { ownCluster } from '../support/parts.ts';

const cluster = await ownCluster({ after }, { version: '4.3.1', brokers: 3 });
const bench = await openCopyBench({ targetBootstrapServers: cluster.bootstrapServers });
after(() => bench.close());

const replicated = {
  targetReplicationFactor: 3,
  targetConfigs: { 'min.insync.replicas': '2' },
};

test('the leader dies while its batch is on its way: the new one gets the rest, once', async () => {
  const copy = await bench.awkwardTopic({ partitions: 2, large: true, ...replicated });
  await copy.flow.copy(copy.part(0, 7));
  const leader = await copy.remoteLeader(0);
  const broker = cluster.brokers.find(({ id }) => id === leader);
  assert.ok(broker);
  let killed: Promise<void> | undefined;
  const killing = overriding({
    target: (target) => ({
      produce(batches) {
        const answers = target.produce(batches);
        killed ??= broker.kill('SIGKILL');
        return answers;
      },
    }),
  });
  await copy.flow.copy(copy.part(7, 30), killing);
  await killed;
  assert.notEqual(await copy.remoteLeader(0), leader);
  await copy.flow.copy(copy.part(30));
  await copy.assertFaithful();
  await broker.start();
});

test('with too few replicas nothing is taken for copied, and the retry completes it', async () => {
  const copy = await bench.awkwardTopic({ partitions: 1, ...replicated });
  await copy.flow.copy(copy.part(0, 7));
  const leader = await copy.remoteLeader(0);
  const followers = cluster.brokers.filter(({ id }) => id !== leader);
  // A combined cluster needs two of its three controllers, so the followers only stop for a while.
  for (const follower of followers) process.kill(follower.pid, 'SIGSTOP');
  const [failed] = await copy.flow.deliver(copy.part(7, 20));
  for (const follower of followers) process.kill(follower.pid, 'SIGCONT');
  assert.ok(failed?.failure?.retriable, failed?.failure?.message);
  await copy.flow.copy(copy.part(7));
  await copy.assertFaithful();
});
