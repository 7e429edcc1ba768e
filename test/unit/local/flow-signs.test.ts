import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FlowSigns } from '../../../lib/local/flow-signs.ts';

function line(values: object): string {
  return JSON.stringify({ _aws: {}, Flow: 'us->eu', ...values });
}

it('knows nothing before it was told', () => {
  const signs = new FlowSigns();
  signs.hear('heartbeat', 'started', 1000);
  signs.hear('heartbeat', line({ HeartbeatCount: 3 }), 1000);
  assert.deepEqual(signs.seen(2000), {});
});

it('knows how old the newest heartbeat is by now, and the newest latency', () => {
  const signs = new FlowSigns();
  signs.hear('heartbeat', line({ Topic: 'heartbeats', HeartbeatAge: 400 }), 10_000);
  assert.deepEqual(signs.seen(10_500), { heartbeat: { ageMs: 900 } });
  const later = { Topic: 'heartbeats', HeartbeatLatency: [7, 8], HeartbeatAge: 100 };
  signs.hear('heartbeat', line(later), 20_000);
  assert.deepEqual(signs.seen(20_000), { heartbeat: { ageMs: 100, latencyMs: 8 } });
});

it('takes the heartbeats of the source itself, not those that it has copied', () => {
  const signs = new FlowSigns();
  signs.hear('heartbeat', line({ Topic: 'asia.heartbeats', HeartbeatAge: 400 }), 10_000);
  assert.deepEqual(signs.seen(10_000), {});
});

it('knows when positions were last published', () => {
  const signs = new FlowSigns();
  signs.hear('checkpoint', line({ CheckpointCount: 0 }), 10_000);
  signs.hear('checkpoint', line({ CheckpointFailureCount: 0 }), 30_000);
  assert.deepEqual(signs.seen(70_000), { checkpointAgeMs: 60_000 });
});
