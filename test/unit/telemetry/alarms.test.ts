import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AlarmDefinition, alarms, type Measure } from '../../../lib/telemetry/alarms.ts';
import { monitoredFlow } from './monitored-flow.ts';

function measuresOf(name: keyof typeof alarms, lines: string[] = [], others: string[] = []) {
  const definition: AlarmDefinition = alarms[name];
  return definition.measures(monitoredFlow(lines, others).monitored);
}

function all(lines: string[] = []): [string, Measure][] {
  const { monitored } = monitoredFlow(lines);
  return Object.entries(alarms).flatMap(([name, { measures }]) =>
    measures(monitored).map((measure): [string, Measure] => [name, measure]),
  );
}

describe('the alarms of a flow', () => {
  it('have the thresholds of the configuration', () => {
    assert.deepEqual(measuresOf('lag-time')[0]!.threshold, { above: 300_000 });
    const [time] = measuresOf('lag-time', ['alarms.lag.seconds: 60']);
    assert.deepEqual(time!.threshold, { above: 60_000 });
    assert.deepEqual(measuresOf('lag-records'), []);
    const [records] = measuresOf('lag-records', ['alarms.lag.records: 5000']);
    assert.deepEqual(records!.threshold, { above: 5000 });
  });

  it('miss heartbeats only where some are to come', () => {
    const [missing] = measuresOf('heartbeat-missing', ['alarms.heartbeat.age.seconds: 90']);
    assert.deepEqual(missing?.threshold, { above: 90_000 });
    assert.deepEqual(missing?.metric.dimensions, { Flow: 'us->eu', Topic: 'heartbeats' });
    const rare = ['emit.heartbeats.interval.seconds: 600'];
    assert.deepEqual(measuresOf('heartbeat-missing', rare)[0]!.threshold, { above: 1_800_000 });
    const silent = ['eu->us: { enabled: false, emit.heartbeats.enabled: false }'];
    assert.deepEqual(measuresOf('heartbeat-missing', [], silent), []);
    const blind = ['heartbeats.replication.enabled: false', 'topics: [orders]'];
    assert.deepEqual(measuresOf('heartbeat-missing', blind), []);
  });

  it('look as often as discovery does, and not where it does not', () => {
    const every = (line: string) => measuresOf('mapping-stopped', [line])[0]?.periodSeconds;
    assert.equal(every('refresh.topics.interval.seconds: 61'), 120);
    assert.equal(every('refresh.topics.enabled: false'), undefined);
  });

  it('are of its functions alone where a flow mirrors nothing', () => {
    const names = all(['enabled: false']).map(([name, { of }]) => `${name} ${of}`);
    assert.deepEqual(names, ['function-errors heartbeat', 'function-throttles heartbeat']);
  });

  it('watch whatever failure destination there is', () => {
    const metrics = (['sqs', 'sns', 's3'] as const).map((type) => {
      const { monitored } = monitoredFlow();
      const failureDestination = { type, name: 'given-up' };
      const [measure] = alarms['events-given-up'].measures({ ...monitored, failureDestination });
      return `${measure!.metric.namespace} ${measure!.metric.name}`;
    });
    assert.deepEqual(metrics, [
      'AWS/SQS ApproximateNumberOfMessagesVisible',
      'AWS/SNS NumberOfMessagesPublished',
      'AWS/S3 PutRequests',
    ]);
    assert.deepEqual(measuresOf('events-given-up'), []);
  });

  it('fit what CloudWatch takes, whatever the intervals are', () => {
    for (const interval of [1, 61, 3599, 3601, 86_400, 86_401]) {
      const lines = ['refresh.topics', 'emit.heartbeats'].map(
        (key) => `${key}.interval.seconds: ${interval}`,
      );
      for (const [name, { periodSeconds, periods }] of all(lines)) {
        const longest = periodSeconds < 3600 ? 86_400 : 7 * 86_400;
        const what = `${name} ${periods} × ${periodSeconds}`;
        assert.equal(periodSeconds % 60, 0, what);
        assert.ok(periodSeconds <= 86_400 && periods * periodSeconds <= longest, what);
      }
    }
  });
});
