import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readMetricLine } from '../../../lib/local/metric-line.ts';

it('reads the values of a metric from a line, one, several or none, and the topic', () => {
  const read = (values: object) =>
    readMetricLine(JSON.stringify({ _aws: {}, Flow: 'a->b', ...values }));
  const latencies = [[3, 4], 3].map((ReplicationLatency) => {
    return read({ ReplicationLatency })?.values('ReplicationLatency');
  });
  assert.deepEqual(latencies, [[3, 4], [3]]);
  assert.deepEqual(read({ Topic: 't' })?.values('ReplicationLatency'), []);
  assert.deepEqual([read({ Topic: 't' })?.topic, read({})?.topic], ['t', undefined]);
});

it('leaves other lines alone', () => {
  for (const line of ['', 'text', '{"level":"INFO","message":"_aws"}']) {
    assert.equal(readMetricLine(line), undefined);
  }
});
