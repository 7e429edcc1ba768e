import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestKey, producerItem, producerKey } from '../../../lib/state/items.ts';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import {
  closedBetween,
  closedFrom,
  closedUpTo,
  lastClosedBefore,
  putNew,
  putOver,
  readItems,
  replaceAndClose,
  replaceNewest,
  updateStatement,
} from '../../../lib/state/requests.ts';
import type { Step } from '../../../lib/state/steps.ts';

const key = newestKey('a->b', { topic: 't', partition: 0 });
const from = {
  producerId: 9n,
  producerEpoch: 1,
  generation: 2,
  nextSequence: 30,
  segment: emptySegment(5n, 6n),
};
const step: Step = { from, to: { ...from, nextSequence: 31 }, closed: [emptySegment(1n, 2n)] };

test('reads are strongly consistent', () => {
  assert.deepEqual(readItems('table', [key]), {
    RequestItems: { table: { ConsistentRead: true, Keys: [key] } },
  });
  const queries = [
    closedFrom('table', key, { side: 'upstream', generation: 2, offset: 7n, countMax: 5 }),
    closedUpTo('table', key, { generation: 2, downstream: 7n }),
    lastClosedBefore('table', key, { side: 'upstream', generation: 2, offset: 7n }),
    lastClosedBefore('table', key, { side: 'downstream', generation: 2, offset: 7n }),
  ];
  assert.ok(queries.every((query) => query.ConsistentRead));
});

test('the newest item is replaced only where all of progress is as it was read', () => {
  const put = putOver(replaceNewest('table', key, step));
  assert.equal(
    put.ConditionExpression,
    'generation = :generation AND upstreamEnd = :upstreamEnd AND downstreamEnd = :downstreamEnd' +
      ' AND nextSequence = :nextSequence AND producerId = :producerId' +
      ' AND producerEpoch = :producerEpoch',
  );
  assert.deepEqual(put.ExpressionAttributeValues, {
    ':generation': { N: '2' },
    ':upstreamEnd': { N: '5' },
    ':downstreamEnd': { N: '6' },
    ':nextSequence': { N: '30' },
    ':producerId': { N: '9' },
    ':producerEpoch': { N: '1' },
  });
  assert.equal(put.ReturnValuesOnConditionCheckFailure, 'ALL_OLD');
  assert.deepEqual(put.Item['nextSequence'], { N: '31' });
});

test('as a statement, what changes is written, under the same condition', () => {
  const write = replaceNewest('table', key, step);
  const { Statement, Parameters } = updateStatement(write);
  const [set = '', where = ''] = Statement.split(' WHERE ');
  const names = (clause: string) => [...clause.matchAll(/"(\w+)" = \?/g)].map((match) => match[1]!);
  const written = names(set).map((name, index) => [name, Parameters[index]]);
  const expected = names(where).map((name, index) => [name, Parameters[written.length + index]]);
  assert.equal(written.length + expected.length, Parameters.length);
  assert.deepEqual({ ...write.replaced, ...Object.fromEntries(written) }, write.item);
  for (const [name, value] of written) assert.notDeepEqual(write.replaced[`${name}`], value);
  const { ConditionExpression, ExpressionAttributeValues } = putOver(write);
  const condition = expected.filter(([name]) => !Object.hasOwn(key, `${name}`));
  const asCondition = condition.map(([name, value]) => [`:${name}`, value]);
  assert.deepEqual(Object.fromEntries(asCondition), ExpressionAttributeValues);
  assert.equal(condition.map(([name]) => `${name} = :${name}`).join(' AND '), ConditionExpression);
  assert.deepEqual(Object.fromEntries(expected), { ...Object.fromEntries(condition), ...key });
  assert.ok(set.startsWith('UPDATE "table" SET '));
});

test('closing puts the condition first, then what is closed, then what is deleted', () => {
  const pruned = { ...key, position: { S: 'closed/old' } };
  const { TransactItems: items } = replaceAndClose('table', key, step, [pruned]);
  const [newest, closed, deleted] = items ?? [];
  assert.deepEqual(newest?.Put, putOver(replaceNewest('table', key, step)));
  assert.deepEqual(closed?.Put?.Item?.['position'], {
    S: 'closed/0000000002/0000000000000000001',
  });
  assert.equal(closed?.Put?.ConditionExpression, undefined);
  assert.deepEqual(deleted?.Delete, { TableName: 'table', Key: pruned });
});

test('what is put once is put only where nothing is', () => {
  const item = producerItem(producerKey('a->b'), { producerId: 1n, producerEpoch: 0 });
  const { ConditionExpression: condition, Item } = putNew('table', item);
  assert.deepEqual([condition, Item], ['attribute_not_exists(producerId)', item]);
});

test('a segment is sought backwards from an offset, within its generation', () => {
  const upstream = { side: 'upstream', generation: 2, offset: 7n } as const;
  const { ExpressionAttributeValues: values, ...query } = lastClosedBefore('table', key, upstream);
  assert.deepEqual([query.ScanIndexForward, query.Limit, query.IndexName], [false, 1, undefined]);
  assert.deepEqual(values, {
    ':partition': { S: 'a->b/t/0' },
    ':first': { S: 'closed/0000000002/0000000000000000000' },
    ':last': { S: 'closed/0000000002/0000000000000000007' },
  });
  const indexed = lastClosedBefore('table', key, { ...upstream, side: 'downstream' });
  assert.equal(indexed.IndexName, 'by-downstream');
  assert.equal(indexed.ExpressionAttributeNames?.['#position'], 'downstreamPosition');
  assert.deepEqual(indexed.ExpressionAttributeValues?.[':last'], {
    S: '0000000002/0000000000000000007',
  });
  const all = closedBetween('table', key, { generation: 2, first: 1n, last: 7n });
  assert.deepEqual([all.ScanIndexForward, all.Limit], [undefined, undefined]);
});
