import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TranslatedOffsets } from '../../../../lib/cli/offsets/translate-offsets.ts';
import {
  explainTranslation,
  renderTranslation,
  translationJson,
} from '../../../../lib/cli/render/translation.ts';

const large = 2n ** 62n;
const result: TranslatedOffsets = {
  flow: 'us->eu',
  topic: 'orders',
  remoteTopic: 'us.orders',
  partition: 2,
  direction: 'downstream',
  offsets: [7n, large, 3n, 4n],
  map: { upstream: { start: 5n, end: 1300n }, downstream: { start: 0n, end: 1200n } },
  translations: [
    { status: 'exact', offset: 2n },
    { status: 'ahead', mapEnd: 1300n },
    { status: 'before-map', mapStart: 5n },
    { status: 'sampled', offset: 1n, mapStart: 5n },
  ],
};

it('shows a translation from left to right, either way', () => {
  assert.deepEqual(renderTranslation(result), [
    'TOPIC   PARTITION               OFFSET  REMOTE-TOPIC  REMOTE-OFFSET  STATUS',
    'orders          2                    7  us.orders                 2  exact',
    'orders          2  4611686018427387904  us.orders                 -  ahead',
    'orders          2                    3  us.orders                 -  before-map',
    'orders          2                    4  us.orders                 1  sampled',
  ]);
  const [titles, first] = renderTranslation({ ...result, direction: 'upstream' });
  assert.equal(titles, 'REMOTE-TOPIC  PARTITION        REMOTE-OFFSET  TOPIC   OFFSET  STATUS');
  assert.equal(first, 'us.orders             2                    7  orders       2  exact');
});

it('says what each answer without an offset means, with the bounds of the map', () => {
  assert.deepEqual(explainTranslation(result), [
    'ahead: the map of orders-2 begins at offset 5 and ends before 1300; what lies beyond is not copied yet',
    'sampled: the map of orders-2 begins at offset 5 and ends before 1300; MirrorMaker 2 copied what lies before, and by its offset syncs the exact place is the one shown or later',
    'before-map: the map of orders-2 begins at offset 5 and ends before 1300; what lies before was never copied by us->eu, or is gone',
  ]);
  const [back] = explainTranslation({ ...result, direction: 'upstream' });
  assert.match(back!, /the map of us\.orders-2 begins at offset 0 and ends before 1200;/);
  const exact = { offsets: [7n], translations: result.translations.slice(0, 1) };
  assert.deepEqual(explainTranslation({ ...result, ...exact }), []);
});

it('gives machines offsets as decimal strings, and null for what there is not', () => {
  assert.deepEqual(translationJson(result), {
    flow: 'us->eu',
    direction: 'downstream',
    topic: 'orders',
    remoteTopic: 'us.orders',
    partition: 2,
    map: { upstream: { start: '5', end: '1300' }, downstream: { start: '0', end: '1200' } },
    translations: [
      { offset: '7', status: 'exact', translated: '2' },
      { offset: '4611686018427387904', status: 'ahead', translated: null },
      { offset: '3', status: 'before-map', translated: null },
      { offset: '4', status: 'sampled', translated: '1' },
    ],
  });
  const { map: _, ...unmapped } = result;
  assert.equal(Reflect.get(translationJson(unmapped), 'map'), null);
});
