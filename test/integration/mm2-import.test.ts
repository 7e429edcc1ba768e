/** What MirrorMaker 2 left is taken over where it really ends, however it ended; or refused by name. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { carryOutImports, planImports } from '../../lib/cli/takeover/import.ts';
import { deadlineAt } from '../../lib/deadline.ts';
import { consumerGroupId } from '../../lib/discovery/consumer-group.ts';
import type { ImportRules } from '../../lib/takeover/import-plan.ts';
import type { LookOptions } from '../../lib/takeover/look.ts';
import { type Leftovers, openLeftovers } from '../support/leftovers.ts';
import { awkwardWriter, foreignRecords } from '../support/oracle/awkward.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });

/** A topic of 60 records of every shape, of which the first are mirrored. */
async function open(t: TestContext, mirroredCount: number): Promise<Leftovers> {
  const left = await openLeftovers(t, { parts, oracle });
  await left.source.produce(left.topic, awkwardWriter('left').records(0, 60));
  await left.mirror((await left.originals()).slice(0, mirroredCount));
  return left;
}

function look(left: Leftovers, own: Partial<LookOptions & ImportRules> = {}) {
  const { access, offsetsTopic } = left;
  return planImports(access, { offsetsTopic, deadline: deadline(), ...own });
}

/** The one row: its verdict, and where the flow begins. */
async function said(left: Leftovers, own: Partial<LookOptions & ImportRules> = {}) {
  const { rows } = await look(left, own);
  assert.equal(rows.length, 1);
  const { verdict, next } = rows[0]!;
  return next === undefined ? verdict : [verdict, next.upstream, next.downstream];
}

const deadline = () => deadlineAt(Date.now() + 30_000);

test('copies beyond the stored position are found from the newest offset sync', async (t) => {
  const left = await open(t, 50);
  await left.store(29n);
  await left.sync(0n, 0n);
  await left.sync(44n, 44n);
  assert.deepEqual(await said(left), ['beyond', 50n, 50n]);
  await left.store(49n);
  assert.deepEqual(await said(left), ['clean', 50n, 50n]);
});

test('without offset syncs an orderly end is proved, and no other', async (t) => {
  const left = await open(t, 50);
  await left.store(49n);
  assert.deepEqual(await said(left), ['clean', 50n, 50n]);
  await left.store(39n);
  assert.equal(await said(left), 'unproven');
  assert.deepEqual(await said(left, { acceptUnproven: true }), ['accepted', 40n, 50n]);
});

test('what a transaction of MirrorMaker 2 did not commit is no copy', async (t) => {
  const left = await open(t, 0);
  const records = await left.originals();
  const id = left.topic;
  await left.mirror(records.slice(0, 20), { transaction: { id, outcome: 'commit' } });
  await left.store(19n);
  await left.sync(0n, 0n);
  await left.mirror(records.slice(20, 30), { transaction: { id, outcome: 'abort' } });
  assert.deepEqual(await said(left), ['clean', 20n, 32n]);
  await left.mirror(records.slice(20, 30), { transaction: { id, outcome: 'open' } });
  assert.equal(await said(left), 'open-transaction');
  await left.target.endTransaction(id, 'commit');
  assert.deepEqual(await said(left), ['beyond', 30n, 43n]);
});

for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
  test(`aborted records of the source were mirrored or not: ${isolation}`, async (t) => {
    const left = await openLeftovers(t, { parts, oracle });
    const writer = awkwardWriter('transactions');
    for (const outcome of ['commit', 'abort', 'commit'] as const) {
      const transaction = { id: left.topic, outcome };
      await left.source.produce(left.topic, writer.records(0, 5), { transaction });
    }
    const [dump] = await left.source.dump(left.topic, { isolation });
    const count = dump!.records.length;
    await left.mirror(dump!.records);
    await left.store(12n);
    await left.sync(0n, 0n);
    assert.deepEqual(await said(left), ['beyond', 17n, BigInt(count)]);
  });
}

test('records of others at the end, and a topic that is another one, prove nothing', async (t) => {
  const left = await open(t, 50);
  await left.store(49n);
  await left.sync(49n, 49n);
  await left.target.produce(left.remote, foreignRecords(0, 1));
  const { rows, mayImport } = await look(left);
  assert.equal(mayImport, false);
  assert.equal(rows[0]?.verdict, 'unproven');
  assert.match(rows[0].detail!, /offset 50 of the target is not the copy/);
  await left.store(75n);
  assert.equal(await said(left), 'source-recreated');
});

test('what retention took unread is named, and passed over only where that is accepted', async (t) => {
  const left = await open(t, 20);
  await left.store(19n);
  await left.sync(19n, 19n);
  await left.source.deleteRecords(left.topic, 0, 25n);
  const { rows } = await look(left);
  assert.equal(rows[0]?.verdict, 'records-lost');
  assert.equal(rows[0].detail, 'offsets 20 to 24 are gone');
  assert.deepEqual(await said(left, { acceptLoss: true }), ['clean', 25n, 20n]);
});

test('where retention took all copies, the offset sync at their end tells', async (t) => {
  const left = await open(t, 20);
  await left.store(19n);
  await left.sync(19n, 19n);
  await left.target.deleteRecords(left.remote, 0, 20n);
  assert.deepEqual(await said(left), ['clean', 20n, 20n]);
});

test('positions of several connectors are told apart', async (t) => {
  const left = await open(t, 20);
  await left.store(19n);
  await left.sync(19n, 19n);
  await left.store(9n, 'old->new.MirrorSourceConnector');
  await assert.rejects(look(left), /TAKEOVER_REFUSED/);
  const found = await look(left, { connector: 'MirrorSourceConnector' });
  assert.deepEqual(found.connectors, ['MirrorSourceConnector']);
  assert.equal(found.mayImport, true);
  await assert.rejects(look(left, { offsetsTopic: 'none' }), /--offsets-topic.*TAKEOVER_REFUSED/s);
});

test('an import that was killed in the middle is completed by the next; the flow goes on from it', async (t) => {
  const left = await open(t, 40);
  const { access, flow, topic, remote, source, target } = left;
  await left.store(29n);
  await left.sync(0n, 0n);
  await left.sync(35n, 35n);
  const planned = await look(left);
  const killed = {
    ...access,
    source: { ...access.source, groups: { ...access.source.groups, commitOffsets: dead } },
  };
  await assert.rejects(carryOutImports(planned, killed, { deadline: deadline() }), /killed/);
  const place = { topic, partition: 0 };
  const [state] = await access.state.read([place]);
  assert.equal(state?.segment.upstreamEnd, 40n);
  // A mapping that begins at the earliest record now is halted, and has copied nothing.
  const records = await left.originals();
  const [halted] = await flow.deliver([{ ...place, records }]);
  assert.equal(halted?.failure?.code, 'REDELIVERY_UNVERIFIABLE');
  assert.equal((await target.describe(remote)).partitions[0]!.end, 40n);

  const again = await look(left);
  assert.deepEqual(
    again.rows.map(({ verdict }) => verdict),
    ['imported'],
  );
  await carryOutImports(again, access, { deadline: deadline() });
  const group = consumerGroupId({ source: 'source', target: 'target' }, topic);
  const committed = await source.committedOffsets(group);
  assert.deepEqual(
    committed.map(({ offset }) => offset),
    [40n],
  );
  await flow.copy([{ ...place, records: records.slice(40) }]);
  const checked = await checkReplication(await source.dump(topic), await target.dump(remote), {
    nullHeaders: 'countLost',
  });
  assertFaithful(checked, { lostHeaders: checked.lostHeaders });
  const [translated] = await access.state.translate(
    [{ partition: place, offsets: [0n, 20n, 35n, 36n, 40n, 55n] }],
    'downstream',
  );
  assert.ok(translated?.ok);
  assert.deepEqual(
    translated.value.translations.map((one) => [one.status, 'offset' in one && one.offset]),
    [
      ['sampled', 0n],
      ['sampled', 1n],
      ['sampled', 35n],
      ['sampled', 36n],
      ['exact', 40n],
      ['exact', 55n],
    ],
  );
  assert.equal(await said(left), 'has-progress');
});

async function dead(): Promise<never> {
  throw new Error('killed');
}
