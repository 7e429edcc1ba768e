/** What `mirrorless offsets translate` says is what the map holds, wherever its table is. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { emulatedAws } from '../../lib/local/aws.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { commandLine } from '../support/command-line.ts';
import { openCopyBench } from '../support/copy-bench.ts';
import { openCutover } from '../support/cutover.ts';
import { remoteTopic } from '../support/flow.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();
const bench = await openCopyBench();
after(() => bench.close());
const source = bench.oracle.cluster(parts.sourceBootstrapServers);
const target = bench.oracle.cluster(parts.targetBootstrapServers);

test('every offset of a transactional topic is translated, both ways, as brute force does', async (t) => {
  const { topic, flow } = await transactionalCopy();
  const { run } = await commandLine(t, parts, { topics: [topic], table: flow.table });
  const [original, copied] = [await source.dump(topic), await target.dump(remoteTopic(topic))];
  const pairs = original[0]!.records.map(({ offset }, index) => ({
    upstream: offset,
    downstream: copied[0]!.records[index]!.offset,
  }));
  assert.equal(pairs.length, copied[0]!.records.length);
  assert.ok(
    pairs.some(({ upstream, downstream }) => upstream !== downstream),
    'a gap is needed',
  );
  const last = pairs.at(-1)!;
  const directions = [
    { from: 'upstream', to: 'downstream', args: [] },
    { from: 'downstream', to: 'upstream', args: ['--reverse'] },
  ] as const;
  for (const { from, to, args } of directions) {
    const offsets = Array.from({ length: Number(last[from]) + 1 }, (_, offset) => BigInt(offset));
    const place = ['--topic', from === 'upstream' ? topic : remoteTopic(topic), '--partition', '0'];
    const answer = await run(
      ...['offsets', 'translate', ...place, '--offset', offsets.join(), ...args, '-o', 'json'],
    );
    assert.equal(answer.code, 0, answer.stderr);
    assert.equal(answer.stderr, '');
    const { translations } = JSON.parse(answer.stdout);
    const expected = offsets.map((offset) => ({
      offset: String(offset),
      status: 'exact',
      translated: String(pairs.find((pair) => pair[from] >= offset)![to]),
    }));
    assert.deepEqual(translations, expected);
  }
});

test('what is not exact is named and ends with 3, in words and in the bounds of the map', async (t) => {
  const cutover = await openCutover(t, { parts, oracle: bench.oracle, partitions: 1 });
  await cutover.write(20);
  await source.deleteRecords(cutover.topic, 0, 5n);
  await cutover.copy();
  const { topic, flow } = cutover;
  const { run } = await commandLine(t, parts, { topics: [topic], table: flow.table });
  const translate = (...args: string[]) => run('offsets', 'translate', '--partition', '0', ...args);
  const bounds = `the map of ${topic}-0 begins at offset 5 and ends before 20;`;
  const beyond = await translate('--topic', topic, '--offset', '20,21');
  assert.equal(beyond.code, 3);
  assert.ok(beyond.stderr.includes(`ahead: ${bounds}`), beyond.stderr);
  const before = await translate('--topic', remoteTopic(topic), '--offset', '4');
  assert.equal(before.code, 3);
  assert.ok(before.stderr.includes(`before-map: ${bounds}`), before.stderr);
  assert.ok(before.stderr.includes(`${remoteTopic(topic)} is the remote topic of ${topic}\n`));
  const misspelt = await translate('--topic', `${topic}s`, '--offset', '0');
  assert.equal(misspelt.code, 3);
  assert.match(misspelt.stderr, /no-map: source->target does not mirror the topic/);
});

test('the state folder is read through the host that runs there, and without one by itself', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const flow = { topics: ['orders'], table: 'of-the-host' };
  const { run } = await commandLine(t, { ...parts, awsEnvironment: {} }, flow);
  const place = ['--topic', 'orders', '--partition', '0', '--offset', '9', '--state', directory];
  const assertTranslated = async (): Promise<void> => {
    const { code, stdout, stderr } = await run('offsets', 'translate', ...place, '-o', 'json');
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).translations[0].translated, '2');
  };
  {
    await using host = await emulatedAws(directory, () => {});
    await createStateTable(host.dynamoDb, flow.table);
    const state = dynamoStateStore({
      client: host.dynamoDb,
      table: flow.table,
      flow: 'source->target',
    });
    const segment = emptySegment(9n, 2n);
    const identity = { producerId: 1n, producerEpoch: 0 };
    const initial = { ...identity, generation: 0, nextSequence: 0, segment };
    await state.create({ topic: 'orders', partition: 0 }, initial);
    await assertTranslated();
  }
  await assertTranslated();
});

async function transactionalCopy() {
  const copy = await bench.transactionalTopic();
  await copy.flow.copy(copy.all());
  return copy;
}
