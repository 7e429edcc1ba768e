/** The discover function killed in the middle of a run, on real brokers, and run again. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { functionName } from '../../lib/deployment.ts';
import { deployDiscover } from '../support/discover-function.ts';
import { randomTopic } from '../support/flow.ts';
import { mappingsAt } from '../support/local-host.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { openTopics } from '../support/topics.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const source = oracle.cluster(parts.sourceBootstrapServers);

/** From before anything is asked until after everything is done. */
const killsAfterMs = [0, 30, 60, 100, 150, 200, 300, 450, 700, 5000];
const topicsPerRun = 5;

test('wherever a run is killed, the next one comes to the same end, and leaves nothing to do', async (t) => {
  const prefix = randomTopic('killed');
  const discover = await deployDiscover(t, {
    source: parts.sourceBootstrapServers,
    target: parts.targetBootstrapServers,
    topics: `${prefix}.*`,
    parts,
  });
  const target = openTopics(parts.targetBootstrapServers);
  t.after(() => target.close());
  const created: string[] = [];
  let killedCount = 0;
  for (const afterMs of killsAfterMs) {
    for (let number = 0; number < topicsPerRun; number += 1) {
      const topic = `${prefix}-${afterMs}-${number}`;
      await source.createTopic(topic, { partitions: 2, configs: { 'retention.ms': '7654321' } });
      created.push(topic);
    }
    const outcome = await discover.killed(afterMs);
    if (!outcome.ok) killedCount += 1;
    await discover.run();
  }
  t.diagnostic(`${killedCount} of ${killsAfterMs.length} runs were killed`);
  assert.ok(killedCount > 1, `${killedCount} killed`);
  assert.deepEqual((await discover.run()).done, {});
  for (const topic of created) {
    const remote = `source.${topic}`;
    assert.equal((await target.listing(remote))?.partitionCount, 2, remote);
    assert.equal(await target.setting(remote, 'retention.ms'), '7654321', remote);
  }
  const api = mappingsAt(discover.lambda.endpoint);
  const mapped = await api.list(functionName(discover.flow, 'replicate'));
  assert.deepEqual(mapped.map(({ Topics }) => Topics?.[0]).sort(), created.sort());
});
