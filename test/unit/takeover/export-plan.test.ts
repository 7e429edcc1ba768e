import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import { blocksExport, planExport, type SeenCopy } from '../../../lib/takeover/export-plan.ts';

const state = {
  producerId: 1n,
  producerEpoch: 0,
  generation: 0,
  nextSequence: 0,
  segment: emptySegment(500n, 450n),
};
const seen: SeenCopy = {
  topic: 'orders',
  partition: 0,
  stored: 41n,
  isPaused: true,
  state,
  stateLater: state,
  sourceEnd: 900n,
  target: { end: 450n, endLater: 450n },
  walked: { status: 'proven', upstream: 500n, comparedCount: 0 },
};

/** What is told of the partition, or why nothing is. */
function said(own: Partial<SeenCopy>) {
  const row = planExport({ ...seen, ...own });
  return row?.position === undefined ? row?.verdict : [row.verdict, row.position];
}

const proven = (upstream: bigint) => ({ status: 'proven', upstream, comparedCount: 1 }) as const;

describe('the plan of a hand-back', () => {
  it('tells the last record that is on the target, also where it is not recorded', () => {
    assert.deepEqual(said({}), ['write', 499n]);
    assert.deepEqual(said({ stored: 499n }), ['unchanged', 499n]);
    assert.deepEqual(said({ walked: proven(503n) }), ['write', 502n]);
  });

  it('leaves what the flow has not copied, and takes away what cannot be true', () => {
    const { state: _, stateLater, ...uncopied } = seen;
    assert.equal(planExport(uncopied)?.verdict, 'untouched');
    const { stored, ...nothing } = uncopied;
    assert.equal(planExport(nothing), undefined);
    const empty = { ...state, segment: emptySegment(0n, 0n) };
    const atZero = { state: empty, stateLater: empty, walked: proven(0n) };
    assert.equal(said(atZero), 'remove');
  });

  it('stops where somebody still writes, or the logs contradict the state', () => {
    const advanced = { ...state, segment: emptySegment(501n, 451n) };
    const cases: [string, Partial<SeenCopy>][] = [
      ['unpaused', { isPaused: false }],
      ['still-writing', { stateLater: advanced }],
      ['still-writing', { target: { end: 450n, endLater: 452n } }],
      ['target-truncated', { target: { end: 449n, endLater: 449n } }],
      ['unproven', { walked: { status: 'differs', downstream: 450n } }],
      ['source-recreated', { sourceEnd: 499n }],
    ];
    for (const [verdict, own] of cases) {
      const row = planExport({ ...seen, ...own });
      assert.equal(row?.verdict, verdict);
      assert.equal(row.position, undefined);
      assert.ok(blocksExport(row.verdict));
    }
    const { state: _, ...begun } = seen;
    assert.equal(planExport(begun)?.verdict, 'still-writing');
  });
});
