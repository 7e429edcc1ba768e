/** 1,000 topics of 10 partitions: all created in one run; unchanged, a sweep writes nothing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ownCluster } from '../support/parts.ts';
import { openTopicSweep } from '../support/topic-sweep.ts';
import { until } from '../support/until.ts';

const topicCount = 1000;
const partitionCount = 10;
const sweepMaxMs = 30_000;
const maxResidentBytes = 256 * 1024 * 1024;

const child = fileURLToPath(new URL('../support/sweep-child.ts', import.meta.url));

test(`${topicCount} topics × ${partitionCount} partitions`, async (context) => {
  const [source, target] = await Promise.all(
    (['3.9.2', '4.3.1'] as const).map((version) => ownCluster(context, { version })),
  );
  const [sourceServers, targetServers] = [source!.bootstrapServers, target!.bootstrapServers];
  const sweep = openTopicSweep({ sourceServers, targetServers, topics: ['scale-.*'] });
  after(() => sweep.close());
  const configs = { 'cleanup.policy': 'compact', 'retention.ms': '-1' };
  const topics = Array.from({ length: topicCount }, (_, index) => {
    return { topic: `scale-${index}`, partitionCount, replicationFactor: 1, configs };
  });
  const made = await sweep.source.createTopics(topics);
  assert.ok(made.every(({ ok }) => ok));
  await until(async () => (await sweep.look()).mirrored.length === topicCount);

  const startedAt = performance.now();
  const { done, refused } = await sweep.run();
  context.diagnostic(`created in ${Math.round(performance.now() - startedAt)} ms`);
  assert.deepEqual([done.length, refused], [topicCount, []]);
  await until(async () => (await sweep.look()).existing.size >= topicCount);

  const args = [child, sourceServers, targetServers, 'scale-.*'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  context.diagnostic(`unchanged: ${stdout.trim()}`);
  const found = JSON.parse(stdout);
  assert.deepEqual([found.actionCount, found.failures], [0, []]);
  assert.ok(found.tookMs < sweepMaxMs, stdout);
  assert.ok(found.maxResidentBytes < maxResidentBytes, stdout);
});
