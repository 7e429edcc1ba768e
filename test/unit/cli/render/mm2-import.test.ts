import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  explainImport,
  importJson,
  renderImport,
  summarizeImport,
} from '../../../../lib/cli/render/mm2-import.ts';
import { type ImportReport, importExitCode } from '../../../../lib/cli/takeover/import.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';

const orders = { topic: 'orders', remoteTopic: 'us.orders', syncs: [] };
const sync = { upstreamOffset: 0n, downstreamOffset: 0n };
const report: ImportReport = {
  flow: 'us->eu',
  offsetsTopic: 'mm2-offsets.us.internal',
  connectors: ['MirrorSourceConnector'],
  workers: { isMirrorMakerAlive: false, others: [], failures: [] },
  dryRun: true,
  mayImport: true,
  rows: [
    {
      ...{ ...orders, partition: 0, position: 1233n, verdict: 'clean', syncs: [sync] },
      next: { upstream: 1234n, downstream: 1100n },
    },
    {
      ...{ ...orders, partition: 1, position: 99n, verdict: 'beyond', detail: 'by 20 offsets' },
      next: { upstream: 120n, downstream: 120n },
    },
    { ...orders, topic: 'old', partition: 0, position: 7n, verdict: 'not-mirrored' },
  ],
};

it('shows where each partition begins', () => {
  assert.deepEqual(renderImport(report), [
    'TOPIC   PARTITION  MM2-POSITION  NEXT-UPSTREAM  NEXT-DOWNSTREAM  SAMPLES  VERDICT',
    'orders          0          1233           1234             1100        1  clean',
    'orders          1            99            120              120        0  beyond: by 20 offsets',
    'old             0             7              -                -        -  not mirrored',
  ]);
  assert.equal(summarizeImport(report), '2 of 3 partitions can be taken over by us->eu');
  assert.equal(importExitCode(report), 0);
  assert.deepEqual(explainImport(report), [
    'beyond: MirrorMaker 2 copied more than it stored: the flow begins after the last copy',
    'not mirrored: the flow does not mirror the topic, or the source does not have it: left alone',
  ]);
});

it('says what stands in the way', () => {
  const workers = { isMirrorMakerAlive: true, others: ['connect-1'], failures: [] };
  const refused: ImportReport = { ...report, workers, mayImport: false };
  assert.equal(importExitCode(refused), 3);
  assert.equal(summarizeImport(refused), 'nothing was taken over: 2 of 3 partitions could be');
  assert.deepEqual(explainImport(refused).slice(2), [
    'MirrorMaker 2 is running: stop it, and after a kill wait until its session is over (10 s)',
    'Connect workers are running (connect-1): see that none of them runs MirrorMaker 2',
  ]);
  const nothing = { ...refused, rows: [] };
  assert.deepEqual(renderImport(nothing), []);
  assert.equal(
    summarizeImport(nothing),
    'mm2-offsets.us.internal has no position of a topic that us->eu mirrors',
  );
});

it('tells what failed from what was done', () => {
  const failure = new MirrorlessError('STATE_UNAVAILABLE', 'DynamoDB did not answer.');
  const [first, second, third] = report.rows;
  const done: ImportReport = { ...report, dryRun: false, rows: [first!, { ...second!, failure }] };
  assert.equal(importExitCode(done), 4);
  assert.equal(summarizeImport(done), '1 of 2 partitions taken over by us->eu');
  assert.match(renderImport(done)[2]!, /failed: STATE_UNAVAILABLE$/);
  const rows = [{ ...first!, failure }, third!];
  assert.equal(importExitCode({ ...done, rows }), 1);
});

it('gives machines offsets as decimal strings, and null for what there is not', () => {
  const json = JSON.parse(JSON.stringify(importJson(report)));
  assert.deepEqual(json.partitions[1], {
    topic: 'orders',
    partition: 1,
    remoteTopic: 'us.orders',
    mm2Position: '99',
    nextUpstream: '120',
    nextDownstream: '120',
    samples: 0,
    verdict: 'beyond',
    detail: 'by 20 offsets',
    error: null,
  });
  assert.equal(json.partitions[2].nextUpstream, null);
  assert.deepEqual([json.mayImport, json.mirrorMakerAlive, json.otherWorkers], [true, false, []]);
});
