import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  explainExport,
  exportJson,
  renderExport,
  summarizeExport,
} from '../../../../lib/cli/render/mm2-export.ts';
import { type ExportReport, exportExitCode } from '../../../../lib/cli/takeover/export.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';

const report: ExportReport = {
  flow: 'us->eu',
  offsetsTopic: 'mm2-offsets.us.internal',
  connector: 'MirrorSourceConnector',
  workers: { isMirrorMakerAlive: false, others: [], failures: [] },
  dryRun: false,
  mayExport: true,
  rows: [
    { topic: 'orders', partition: 0, stored: 1233n, position: 9000n, verdict: 'write' },
    { topic: 'orders', partition: 1, verdict: 'untouched', stored: 7n },
  ],
  offsetSyncs: { emittedCount: 12, failures: [] },
};

it('shows what MirrorMaker 2 is told', () => {
  assert.deepEqual(renderExport(report), [
    'TOPIC   PARTITION  MM2-POSITION  NEW-POSITION  VERDICT',
    'orders          0          1233          9000  write',
    'orders          1             7             -  untouched',
  ]);
  assert.equal(
    summarizeExport(report),
    '1 of 2 partitions written to mm2-offsets.us.internal for MirrorSourceConnector, and read back, 12 offset syncs',
  );
  assert.deepEqual(explainExport(report), [
    'untouched: the flow has copied nothing of it: an older position stays as it is',
  ]);
  assert.equal(exportExitCode(report), 0);
});

it('says why nothing is, and what was not written', () => {
  const [first] = report.rows;
  const { offsetSyncs, ...unwritten } = report;
  const rows = [{ ...first!, verdict: 'unpaused' as const }];
  const refused: ExportReport = { ...unwritten, mayExport: false, rows };
  assert.equal(summarizeExport(refused), 'nothing was handed back');
  assert.equal(exportExitCode(refused), 3);
  assert.equal(summarizeExport({ ...refused, rows: [] }), 'us->eu has copied nothing');
  const failures = [new MirrorlessError('UNAUTHORIZED', 'Write is missing.')];
  const partly = { ...report, offsetSyncs: { emittedCount: 0, failures } };
  assert.equal(exportExitCode(partly), 4);
  assert.match(explainExport(partly).at(-1)!, /Write is missing/);
});

it('gives machines offsets as decimal strings, and null for what there is not', () => {
  const json = JSON.parse(JSON.stringify(exportJson(report)));
  assert.deepEqual(json.partitions, [
    {
      ...{ topic: 'orders', partition: 0, mm2Position: '1233', newPosition: '9000' },
      ...{ verdict: 'write', detail: null },
    },
    {
      ...{ topic: 'orders', partition: 1, mm2Position: '7', newPosition: null },
      ...{ verdict: 'untouched', detail: null },
    },
  ]);
  assert.deepEqual([json.connector, json.offsetSyncs], ['MirrorSourceConnector', 12]);
});
