import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isMirrorlessError } from '../../../lib/errors.ts';
import type { EventRecord } from '../../../lib/source/event.ts';
import {
  addSequence,
  LandedMatcher,
  type LandedRecord,
  type Position,
} from '../../../lib/target/landed.ts';

const place = { topic: 'orders', partition: 0 };

/** A source record whose content is told by its offset and the incarnation of its topic. */
function sourceRecord(offset: number, incarnation = 'a'): EventRecord {
  return {
    ...place,
    offset,
    timestamp: 1700000000000 + offset,
    timestampType: 'CREATE_TIME',
    value: Buffer.from(`${incarnation}${offset}`).toString('base64'),
    headers: [{ h: [-1, 0, 127] }],
  };
}

/** Its copy on the target, as the tail brings it. */
function landedRecord(offset: number, downstream: number, sequence: number): LandedRecord {
  return {
    record: {
      offset: BigInt(downstream),
      timestamp: 1700000000000 + offset,
      key: null,
      value: Buffer.from(`a${offset}`),
      headers: [['h', Buffer.from([255, 0, 127])]],
    },
    sequence,
    logAppendTime: false,
  };
}

function positionAt(upstream: number, downstream: number, nextSequence = 0): Position {
  return {
    nextIndex: 0,
    upstreamEnd: BigInt(upstream),
    downstreamEnd: BigInt(downstream),
    nextSequence,
    runs: [],
  };
}

function match(
  position: Position,
  records: EventRecord[],
  landed: LandedRecord[],
  leftOut: number[] = [],
): LandedMatcher {
  const matcher = new LandedMatcher({ position, source: { ...place, records }, leftOut });
  for (const each of landed) if (!matcher.accept(each)) break;
  matcher.finish();
  return matcher;
}

function codeOf(action: () => void): string | undefined {
  try {
    action();
  } catch (error) {
    return isMirrorlessError(error) ? error.code : String(error);
  }
  return undefined;
}

/** Every (upstream, downstream) pair of the runs. */
function pairs({ runs }: Position): [number, number][] {
  return runs.flatMap(({ upstream, downstream, length }) =>
    Array.from({ length }, (_, index): [number, number] => [
      Number(upstream) + index,
      Number(downstream) + index,
    ]),
  );
}

describe('what landed is matched with the event', () => {
  test('a whole event that landed leaves nothing to send', () => {
    const position = positionAt(10, 50, 7);
    match(
      position,
      [10, 11].map((o) => sourceRecord(o)),
      [landedRecord(10, 50, 7), landedRecord(11, 53, 8)],
    );
    assert.equal(position.nextIndex, 2);
    assert.equal(position.nextSequence, 9);
    assert.deepEqual(pairs(position), [
      [10, 50],
      [11, 53],
    ]);
    assert.equal(position.downstreamEnd, 54n);
  });

  test('a shorter redelivery takes only what it brings and leaves the rest to the next', () => {
    const position = positionAt(10, 50);
    match(position, [sourceRecord(10)], [landedRecord(10, 50, 0), landedRecord(11, 51, 1)]);
    assert.deepEqual([position.nextIndex, position.nextSequence], [1, 1]);
    assert.equal(position.downstreamEnd, 51n);
  });

  test('records between progress and the event that fill the room are mapped one to one', () => {
    const position = positionAt(10, 50);
    const matcher = match(
      position,
      [sourceRecord(13)],
      [landedRecord(10, 50, 0), landedRecord(11, 51, 1), landedRecord(12, 55, 2)],
    );
    assert.deepEqual(pairs(position), [
      [10, 50],
      [11, 51],
      [12, 55],
    ]);
    assert.deepEqual([position.nextIndex, position.nextSequence], [0, 3]);
    assert.deepEqual([position.upstreamEnd, position.downstreamEnd], [13n, 56n]);
    assert.equal(matcher.landedCount, 3);
  });

  test('fewer records than the room, before any match, are PROGRESS_BEHIND', () => {
    const landed = [landedRecord(10, 50, 0), landedRecord(12, 51, 1)];
    assert.equal(
      codeOf(() => match(positionAt(10, 50), [sourceRecord(13)], landed)),
      'PROGRESS_BEHIND',
    );
  });

  test('other content at the same offset is SOURCE_RECREATED', () => {
    const landed = [landedRecord(10, 50, 0)];
    assert.equal(
      codeOf(() => match(positionAt(10, 50), [sourceRecord(10, 'b')], landed)),
      'SOURCE_RECREATED',
    );
  });

  test('a record compacted away on the source between two matches is left out of the map', () => {
    const position = positionAt(10, 50);
    match(
      position,
      [sourceRecord(10), sourceRecord(14), sourceRecord(15)],
      [landedRecord(10, 50, 0), landedRecord(12, 51, 1), landedRecord(14, 52, 2)],
    );
    assert.deepEqual(pairs(position), [
      [10, 50],
      [14, 52],
    ]);
    assert.deepEqual([position.nextIndex, position.nextSequence], [2, 3]);
  });

  test('offsets that are left out are no room: nothing on the target was copied from them', () => {
    const position = positionAt(10, 50);
    match(position, [sourceRecord(12)], [landedRecord(10, 50, 0), landedRecord(12, 51, 1)], [11]);
    assert.deepEqual(pairs(position), [
      [10, 50],
      [12, 51],
    ]);
    const landed = [landedRecord(10, 50, 0)];
    assert.equal(
      codeOf(() => match(positionAt(10, 50), [sourceRecord(12)], landed, [10, 11])),
      'SOURCE_RECREATED',
    );
  });

  test('what an older generation wrote late is the copy of what comes next, or foreign', () => {
    const older = ({ sequence: _, ...landed }: LandedRecord): LandedRecord => landed;
    const position = positionAt(10, 50, 0);
    const landed = [landedRecord(2, 50, 0), landedRecord(10, 51, 0), landedRecord(3, 52, 0)];
    match(position, [sourceRecord(10), sourceRecord(11)], landed.map(older));
    assert.deepEqual(pairs(position), [[10, 51]]);
    assert.deepEqual([position.nextIndex, position.nextSequence], [1, 0]);
  });

  test('what is passed over is not read again, unless something there is not matched yet', () => {
    const position = positionAt(10, 50);
    const matcher = match(position, [], [], [10]);
    matcher.passOver(60n);
    assert.equal(position.downstreamEnd, 60n);
    const source = { ...place, records: [sourceRecord(13)] };
    const pending = new LandedMatcher({ position: positionAt(10, 50), source, leftOut: [] });
    pending.accept(landedRecord(10, 50, 0));
    pending.passOver(60n);
    assert.equal(pending.position.downstreamEnd, 50n);
  });

  test('sequence numbers wrap from 2^31-1 to 0', () => {
    assert.equal(addSequence(2 ** 31 - 1, 1), 0);
    assert.equal(addSequence(2 ** 31 - 2, 5), 3);
  });
});

test('any gaps, any part landed, any boundaries: the map equals what was written', () => {
  const source = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 40 });
  const foreign = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(
      source,
      foreign,
      fc.nat(),
      fc.nat(),
      (steps, foreignCounts, landedSeed, eventSeed) => {
        let offset = 9;
        const offsets = steps.map((step) => {
          offset += step;
          return offset;
        });
        const landedCount = landedSeed % (offsets.length + 1);
        const eventCount = 1 + (eventSeed % offsets.length);
        let downstream = 100;
        const copies = offsets.map((upstream, index): [number, number] => {
          downstream += 1 + (foreignCounts[index] ?? 0);
          return [upstream, downstream];
        });
        const landed = copies
          .slice(0, landedCount)
          .map(([upstream, at], index) => landedRecord(upstream, at, index));
        const position = positionAt(10, 100);
        match(
          position,
          offsets.slice(0, eventCount).map((each) => sourceRecord(each)),
          landed,
        );
        const expected = copies.slice(0, Math.min(landedCount, eventCount));
        assert.deepEqual(pairs(position), expected);
        assert.equal(position.nextIndex, expected.length);
        assert.equal(position.nextSequence, expected.length);
      },
    ),
  );
});

test('any records left out, an event that begins anywhere: exact, or PROGRESS_BEHIND', () => {
  const source = fc.array(
    fc.record({ step: fc.integer({ min: 1, max: 2 }), isLeftOut: fc.boolean() }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(source, fc.nat(), fc.nat(), (steps, landedSeed, startSeed) => {
      let offset = 9;
      const offsets = steps.map(({ step, isLeftOut }) => {
        offset += step;
        return { offset, isLeftOut };
      });
      const copied = offsets.filter(({ isLeftOut }) => !isLeftOut).map((each) => each.offset);
      const landed = copied
        .slice(0, landedSeed % (copied.length + 1))
        .map((upstream, index) => landedRecord(upstream, 100 + index, index));
      const event = offsets.slice(startSeed % offsets.length);
      const records = event.filter(({ isLeftOut }) => !isLeftOut).map((each) => each.offset);
      const leftOut = event.filter(({ isLeftOut }) => isLeftOut).map((each) => each.offset);
      const position = positionAt(10, 100);
      const all = records.map((each) => sourceRecord(each));
      const code = codeOf(() => match(position, all, landed, leftOut));
      assert.ok(code === undefined || code === 'PROGRESS_BEHIND', code);
      const truth = new Map(copied.map((upstream, index) => [upstream, 100 + index]));
      for (const [upstream, downstream] of pairs(position)) {
        assert.equal(truth.get(upstream), downstream);
      }
      if (event.length === offsets.length) assert.equal(code, undefined);
    }),
  );
});
