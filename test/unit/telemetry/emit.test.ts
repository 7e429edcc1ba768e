import assert from 'node:assert/strict';
import { it } from 'node:test';
import { flowMetrics } from '../../../lib/telemetry/emit.ts';

it('has no dimensions but those of the registry, from the first metrics to the next', () => {
  const metrics = flowMetrics('us->eu');
  const line = (topic?: string): unknown => {
    if (topic !== undefined) metrics.addDimension('Topic', topic);
    const { _aws, ...fields } = metrics.addMetric('BatchCount', 'Count', 1).serializeMetrics();
    metrics.clearMetrics();
    metrics.clearDimensions();
    return [_aws.CloudWatchMetrics.map(({ Dimensions }) => Dimensions), fields];
  };
  assert.deepEqual(line('orders'), [
    [[['Flow', 'Topic']]],
    { Flow: 'us->eu', Topic: 'orders', BatchCount: 1 },
  ]);
  assert.deepEqual(line(), [[[['Flow']]], { Flow: 'us->eu', BatchCount: 1 }]);
});
