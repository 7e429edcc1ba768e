import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type OffsetsQuestion,
  translateOffsets,
} from '../../../../lib/cli/offsets/translate-offsets.ts';
import { replicationPolicy } from '../../../../lib/policy/replication-policy.ts';
import { append, emptySegment } from '../../../../lib/state/offset-map.ts';
import type { StateStore } from '../../../../lib/state/ports.ts';
import { defaultFlowSettings } from '../../../support/flow-settings.ts';
import { mapOver, unreadable } from '../../checkpoint/maps.ts';

const settings = defaultFlowSettings({
  source: { alias: 'us', bootstrapServers: ['us:9092'] },
  target: { alias: 'eu', bootstrapServers: ['eu:9092'] },
  stateTable: 'table',
});

/** Upstream 10–19 at 50–59; and of another topic 0–4 at 0–4. */
const orders = append(emptySegment(10n, 50n), {
  runs: [{ upstream: 10n, downstream: 50n, length: 10 }],
  upstreamEnd: 20n,
  downstreamEnd: 60n,
}).open;
const other = append(emptySegment(0n, 0n), {
  runs: [{ upstream: 0n, downstream: 0n, length: 5 }],
  upstreamEnd: 5n,
  downstreamEnd: 5n,
}).open;

function ask(question: Partial<OffsetsQuestion>, maps: Parameters<typeof mapOver>[0]) {
  return translateOffsets(
    { topic: 'orders', partition: 0, offsets: [], direction: 'downstream', ...question },
    {
      name: 'us->eu',
      settings,
      policy: replicationPolicy(settings.replicationPolicy, 'us'),
      state: mapOver(maps) as StateStore,
    },
  );
}

describe('offsets of one partition', () => {
  const maps = { 'orders-0': [orders] };

  it('are translated in the order they were asked for, with the bounds of the map', async () => {
    const result = await ask({ offsets: [20n, 12n, 3n, 21n] }, maps);
    assert.deepEqual(result.translations, [
      { status: 'exact', offset: 60n },
      { status: 'exact', offset: 52n },
      { status: 'before-map', mapStart: 10n },
      { status: 'ahead', mapEnd: 20n },
    ]);
    assert.deepEqual(result.map, {
      upstream: { start: 10n, end: 20n },
      downstream: { start: 50n, end: 60n },
    });
    assert.equal(result.remoteTopic, 'us.orders');
  });

  it('are translated back', async () => {
    const question = { topic: 'us.orders', direction: 'upstream', offsets: [52n, 49n] } as const;
    const { topic, translations } = await ask(question, maps);
    assert.equal(topic, 'orders');
    assert.deepEqual(translations, [
      { status: 'exact', offset: 12n },
      { status: 'before-map', mapStart: 50n },
    ]);
  });

  it('may be asked for by the name of the other side', async () => {
    const forward = await ask({ topic: 'us.orders', offsets: [12n] }, maps);
    assert.equal(forward.topic, 'orders');
    assert.deepEqual(forward.translations, [{ status: 'exact', offset: 52n }]);
    const back = await ask({ topic: 'orders', direction: 'upstream', offsets: [52n] }, maps);
    assert.equal(back.remoteTopic, 'us.orders');
    assert.deepEqual(back.translations, [{ status: 'exact', offset: 12n }]);
  });

  it('belong to the side that the direction begins at where both names were copied', async () => {
    const both = { 'orders-0': [orders], 'us.orders-0': [other] };
    const forward = await ask({ topic: 'us.orders', offsets: [4n] }, both);
    assert.equal(forward.topic, 'us.orders');
    const back = await ask({ topic: 'us.orders', direction: 'upstream', offsets: [52n] }, both);
    assert.equal(back.topic, 'orders');
  });

  it('have no map where nothing was copied', async () => {
    const { map, translations, topic } = await ask({ topic: 'us.none', offsets: [0n] }, maps);
    assert.equal(map, undefined);
    assert.deepEqual(translations, [{ status: 'no-map' }]);
    assert.equal(topic, 'us.none');
  });

  it('are not translated by a map that does not decode', async () => {
    await assert.rejects(ask({ offsets: [1n] }, { 'orders-0': 'corrupt' }), unreadable);
  });
});
