import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MirrorlessError } from '../../../lib/errors.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { PartitionState } from '../../../lib/state/ports.ts';
import { standsInTheWay } from '../../../lib/takeover/import.ts';
import {
  type ImportRules,
  planImport,
  type SeenPartition,
} from '../../../lib/takeover/import-plan.ts';

const seen: SeenPartition = {
  topic: 'orders',
  partition: 0,
  remoteTopic: 'us.orders',
  isMirrored: true,
  position: 499n,
  source: { start: 100n, end: 900n },
  target: { start: 0n, end: 450n, endLater: 450n },
  syncs: [
    { upstreamOffset: 300n, downstreamOffset: 250n },
    { upstreamOffset: 499n, downstreamOffset: 449n },
  ],
  walked: { status: 'proven', upstream: 500n, comparedCount: 1 },
};

function plan(own: Partial<SeenPartition> = {}, rules?: ImportRules) {
  const row = planImport({ ...seen, ...own }, rules);
  assert.ok(row);
  return row;
}

/** Where it begins, or why not. */
function said(own: Partial<SeenPartition>, rules?: ImportRules) {
  const { verdict, next } = plan(own, rules);
  assert.equal(next === undefined, verdict === 'not-mirrored' || standsInTheWay(verdict), verdict);
  return next === undefined ? verdict : [verdict, next.upstream, next.downstream];
}

const proven = (upstream: bigint) =>
  ({ status: 'proven', upstream, comparedCount: 1 }) as const satisfies SeenPartition['walked'];

describe('the plan of a take-over', () => {
  it('begins after the last copy, wherever MirrorMaker 2 says that it stands', () => {
    assert.deepEqual(said({}), ['clean', 500n, 450n]);
    assert.deepEqual(said({ walked: proven(620n) }), ['beyond', 620n, 450n]);
    assert.equal(plan({ walked: proven(620n) }).detail, 'by 120 offsets');
    assert.deepEqual(said({ walked: proven(480n) }), ['behind', 480n, 450n]);
    const { position, ...nothingStored } = { ...seen, walked: proven(620n) };
    assert.equal(planImport(nothingStored)?.verdict, 'beyond');
  });

  it('keeps the syncs that lie before that', () => {
    assert.equal(plan().syncs.length, 2);
    assert.equal(plan({ walked: proven(480n) }).syncs.length, 1);
  });

  it('has nothing to say of what was never mirrored', () => {
    const { position, walked, ...never } = seen;
    assert.equal(planImport({ ...never, target: { start: 0n, end: 0n, endLater: 0n } }), undefined);
    const { target, ...missing } = never;
    assert.equal(planImport(missing), undefined);
  });

  it('begins where MirrorMaker 2 would, unproved, only where that is accepted', () => {
    for (const walked of [{ status: 'differs', downstream: 7n }, { status: 'expired' }] as const) {
      assert.equal(said({ walked }), 'unproven');
      assert.deepEqual(said({ walked }, { acceptUnproven: true }), ['accepted', 500n, 450n]);
      assert.deepEqual(plan({ walked }, { acceptUnproven: true }).syncs, []);
    }
    const { position, ...nothingStored } = seen;
    const unknown = { ...nothingStored, walked: { status: 'expired' } as const };
    assert.equal(planImport(unknown, { acceptUnproven: true })?.verdict, 'unproven');
  });

  it('names the records that are lost, and begins behind them only where that is accepted', () => {
    const lost = { source: { start: 510n, end: 900n } };
    assert.equal(said(lost), 'records-lost');
    assert.equal(plan(lost).detail, 'offsets 500 to 509 are gone');
    assert.deepEqual(said(lost, { acceptLoss: true }), ['clean', 510n, 450n]);
  });

  it('leaves what the flow does not mirror, and stops for everything else', () => {
    assert.equal(said({ isMirrored: false }), 'not-mirrored');
    assert.equal(said({ target: { start: 0n, end: 450n, endLater: 451n } }), 'still-writing');
    assert.equal(said({ walked: { status: 'open-transaction' } }), 'open-transaction');
    const failure = new MirrorlessError('TARGET_NOT_READY', 'no leader.');
    assert.equal(said({ failure }), 'unknown');
    const { walked, ...unread } = seen;
    assert.equal(planImport(unread)?.verdict, 'source-recreated');
    const { target, ...gone } = seen;
    assert.equal(planImport(gone)?.verdict, 'remote-missing');
  });

  it('never sets a flow back, and knows what it has taken over itself', () => {
    const begun = stateAt(500n, 450n);
    assert.deepEqual(said({ state: begun }), ['imported', 500n, 450n]);
    assert.equal(said({ state: stateAt(501n, 450n) }), 'has-progress');
    assert.equal(said({ state: { ...begun, generation: 1 } }), 'has-progress');
    const runs = [{ upstream: 500n, downstream: 450n, length: 2 }];
    const advance = { runs, upstreamEnd: 502n, downstreamEnd: 452n };
    const { open } = append(begun.segment, advance);
    // Its own records make the log go on.
    const target = { start: 0n, end: 452n, endLater: 460n };
    assert.equal(said({ state: { ...begun, segment: open }, target }), 'has-progress');
  });
});

function stateAt(upstream: bigint, downstream: bigint): PartitionState {
  const segment = emptySegment(upstream, downstream);
  return { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0, segment };
}
