/** What a flow tells MirrorMaker 2 is the last record that is on the target, and nobody writes then. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { carryOutExports, planExports } from '../../lib/cli/takeover/export.ts';
import { deadlineAt } from '../../lib/deadline.ts';
import { type ExportOptions, lookAtCopies } from '../../lib/takeover/export.ts';
import { planExport } from '../../lib/takeover/export-plan.ts';
import { Death, deathAt } from '../support/faults.ts';
import { type Leftovers, openLeftovers } from '../support/leftovers.ts';
import { awkwardWriter, foreignRecords } from '../support/oracle/awkward.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const deadline = () => deadlineAt(Date.now() + 30_000);

/** A flow that has copied the first 40 of 60 records of every shape. */
async function open(t: TestContext): Promise<Leftovers> {
  const left = await openLeftovers(t, { parts, oracle });
  await left.source.produce(left.topic, awkwardWriter('left').records(0, 60));
  await copy(left, 0, 40);
  return left;
}

async function copy(left: Leftovers, from: number, to: number): Promise<void> {
  const records = (await left.originals()).slice(from, to);
  await left.flow.copy([{ topic: left.topic, partition: 0, records }]);
}

function look({ access, offsetsTopic }: Leftovers, own: Partial<ExportOptions> = {}) {
  return planExports(access, { offsetsTopic, isStopped: true, deadline: deadline(), ...own });
}

function carryOut(left: Leftovers, planned: Awaited<ReturnType<typeof look>>) {
  const offsets = { topic: left.offsetsTopic, partitionCount: 25, replicationFactor: 1 };
  return carryOutExports(planned, left.access, { offsets, deadline: deadline() });
}

test('positions are written as Connect would, into a topic as Connect would create it', async (t) => {
  const left = await open(t);
  const { target, offsetsTopic, topic } = left;
  const planned = await look(left);
  assert.deepEqual(planned.rows, [{ topic, partition: 0, verdict: 'write', position: 39n }]);
  const report = await carryOut(left, planned);
  assert.ok(report.offsetSyncs!.emittedCount > 0);
  const dumps = await target.dump(offsetsTopic);
  assert.equal(dumps.length, 25);
  const records = dumps.flatMap((dump) => dump.records);
  assert.deepEqual(
    records.map(({ key, value }) => [String(key), String(value)]),
    [
      [
        `["MirrorSourceConnector",{"cluster":"source","partition":0,"topic":"${topic}"}]`,
        '{"offset":39}',
      ],
    ],
  );
  assert.equal((await look(left)).rows[0]?.verdict, 'unchanged');
});

test('what landed on the target and was not recorded is told too', async (t) => {
  const left = await open(t);
  const records = (await left.originals()).slice(40, 50);
  const dying = left.flow.deliver(
    [{ topic: left.topic, partition: 0, records }],
    deathAt('after producing, before recording'),
  );
  await assert.rejects(dying, Death);
  await left.target.produce(left.remote, foreignRecords(0, 2));
  const { rows } = await look(left);
  assert.equal(rows[0]?.position, 49n);
  assert.equal(rows[0].detail, '10 more than recorded are on the target');
});

test('a flow that is not paused hands nothing back; one whose topic is paused does', async (t) => {
  const left = await open(t);
  const running = await look(left, { isStopped: false });
  assert.deepEqual([running.rows[0]?.verdict, running.mayExport], ['unpaused', false]);
  await left.access.pauses.write(true, [left.topic]);
  const paused = await look(left, { isStopped: false });
  assert.deepEqual([paused.rows[0]?.verdict, paused.mayExport], ['write', true]);
});

test('a flow that writes between two looks hands nothing back', async (t) => {
  const left = await open(t);
  const looks: number[] = [];
  const access = {
    ...left.access,
    state: {
      async read(partitions: Parameters<typeof left.access.state.read>[0]) {
        const states = await left.access.state.read(partitions);
        if (looks.push(states.length) === 1) await copy(left, 40, 60);
        return states;
      },
    },
  };
  const { offsetsTopic } = left;
  const seen = await lookAtCopies(access, { offsetsTopic, isStopped: true, deadline: deadline() });
  assert.equal(looks.length, 2);
  assert.equal(planExport(seen.partitions[0]!)?.verdict, 'still-writing');
});

test('the name under which MirrorMaker 2 kept positions is kept', async (t) => {
  const left = await open(t);
  await left.store(9n, 'old->new.MirrorSourceConnector');
  const { connector, rows } = await look(left);
  assert.equal(connector, 'old->new.MirrorSourceConnector');
  assert.deepEqual([rows[0]?.stored, rows[0]?.position], [9n, 39n]);
  await left.store(9n, 'MirrorSourceConnector');
  await assert.rejects(look(left), /TAKEOVER_REFUSED/);
});
