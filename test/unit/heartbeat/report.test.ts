import assert from 'node:assert/strict';
import { it } from 'node:test';
import { metricsOf } from '../../../lib/heartbeat/report.ts';

const topic = 'us.heartbeats';

it('tells the age, and every latency, in lines that an embedded metric may have', () => {
  const latenciesMs = Array.from({ length: 120 }, (_, index) => index);
  const lines = metricsOf({ topic, latenciesMs, ageMs: 7 });
  assert.deepEqual(lines[0], { HeartbeatAge: 7 });
  const told = lines.slice(1).map(({ HeartbeatLatency }) => [HeartbeatLatency ?? []].flat());
  assert.deepEqual(told.flat(), latenciesMs);
  assert.ok(told.every(({ length }) => length > 0 && length < 100));
});

it('tells nothing of what it does not know', () => {
  assert.deepEqual(metricsOf({ topic, latenciesMs: [], ageMs: undefined }), []);
});
