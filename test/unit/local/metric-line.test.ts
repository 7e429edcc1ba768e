import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readMetricLine } from '../../../lib/local/metric-line.ts';

it('reads the latency of a topic from a metric line, one value or several', () => {
  const line = (values: object): string => JSON.stringify({ _aws: {}, Flow: 'a->b', ...values });
  assert.deepEqual(readMetricLine(line({ Topic: 't', ReplicationLatency: [3, 4] })), {
    topic: 't',
    replicationLatencyMs: [3, 4],
  });
  assert.deepEqual(readMetricLine(line({ Topic: 't', ReplicationLatency: 3 })), {
    topic: 't',
    replicationLatencyMs: [3],
  });
  assert.deepEqual(readMetricLine(line({ Topic: 't' })), { topic: 't', replicationLatencyMs: [] });
});

it('leaves other lines alone', () => {
  for (const line of ['', 'text', '{"level":"INFO","message":"_aws"}', '{"_aws":{}}']) {
    assert.equal(readMetricLine(line), undefined);
  }
});
