import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { awkwardWriter, foreignRecords } from '../../support/oracle/awkward.ts';
import { type CheckOptions, checkReplication } from '../../support/oracle/checker.ts';
import { assertFaithful, type Fidelity, type Kind } from '../../support/oracle/findings.ts';
import { handMadeDump } from '../../support/oracle/hand-made.ts';
import type { Header, OracleRecord } from '../../support/oracle/records.ts';

const writer = awkwardWriter('p1', { now: 1_700_000_000_000 });
const everyShape = writer.records(0);
const sentinels = writer.end();
const written = [...everyShape, ...sentinels];
const last = written.length - 1;

test('a faithful copy has no findings, and says how much it compared', async () => {
  const result = await check(written, written, { sentinels });
  assertFaithful(result);
  assert.equal(result.records, written.length);
  assert.deepEqual(result.findings, []);
});

describe('a lost record is found wherever it was', () => {
  for (const [name, index] of [
    ['first', 0],
    ['middle', 12],
    ['without a tag', indexOfShape((record) => record.headers.length === 0)],
    ['last', last],
  ] as const) {
    test(name, async () => {
      const result = await check(written, without(written, index));
      assertCounts(result, { lost: 1 });
      assert.equal(result.findings[0]!.upstream, BigInt(index));
    });
  }

  test('among others that differ by their timestamps alone', async () => {
    const alike = [1, 2, 3].map((timestamp): OracleRecord => {
      return { partition: 0, timestamp, key: null, value: null, headers: [] };
    });
    const result = await check(alike, alike.slice(1));
    assertCounts(result, { lost: 1 });
    assert.equal(result.findings[0]!.upstream, 0n);
  });

  test('all', async () => {
    assertCounts(await check(written, []), { lost: written.length });
  });
});

test('a lost sentinel is found even where the dump of the source lacks it too', async () => {
  const result = await check(everyShape, everyShape, { sentinels });
  assertCounts(result, { sentinelsMissing: 2 });
  assertCounts(await check(written, everyShape, { sentinels }), { lost: 1, sentinelsMissing: 1 });
});

describe('a duplicate is found', () => {
  for (const index of [0, 10, last]) {
    test(`of record ${index}, at once and at the end`, async () => {
      const again = written[index]!;
      assertCounts(await check(written, written.toSpliced(index, 0, again)), { duplicated: 1 });
      const result = await check(written, [...written, again]);
      assertCounts(result, { duplicated: 1 });
      const { upstream, downstream } = result.findings[0]!;
      assert.deepEqual([upstream, downstream], [BigInt(index), BigInt(last + 1)]);
    });
  }

  test('of a stretch written twice', async () => {
    const twice = [...written.slice(0, 9), ...written.slice(4, 9), ...written.slice(9)];
    assertCounts(await check(written, twice), { duplicated: 5 });
  });
});

describe('a change of order is found', () => {
  test('two neighbours swapped', async () => {
    const swapped = [...written.slice(0, 5), written[6]!, written[5]!, ...written.slice(7)];
    assertCounts(await check(written, swapped), { reordered: 1 });
  });

  test('one record come late', async () => {
    const late = [...without(written, 3), written[3]!];
    const result = await check(written, late);
    assertCounts(result, { reordered: 1 });
    assert.equal(result.findings[0]!.upstream, 3n);
  });

  test('all the other way round', async () => {
    assertCounts(await check(written, written.toReversed()), { reordered: last });
  });
});

describe('an altered record is found, and which field', () => {
  const bytes = (length: number) => Buffer.alloc(length, 'x');
  const pairs: Header[] = [
    ['a', bytes(1)],
    ['oracle', Buffer.from('p9/0')],
    ['b', bytes(2)],
    ['a', null],
  ];
  const record: OracleRecord = {
    partition: 0,
    timestamp: 5,
    key: bytes(3),
    value: bytes(4),
    headers: pairs,
  };
  const alterations: Record<string, [Partial<OracleRecord>, RegExp]> = {
    key: [{ key: bytes(2) }, /^key was 3 bytes \(sha256 \w{8}\), is 2 bytes/],
    'key of another byte': [{ key: Buffer.from('xxy') }, /^key was/],
    'key become null': [{ key: null }, /^key was 3 bytes .*, is null$/],
    value: [{ value: bytes(5) }, /^value was/],
    'value become null': [{ value: null }, /is null$/],
    timestamp: [{ timestamp: 6 }, /^timestamp was 5, is 6$/],
    'headers gone': [{ headers: [] }, /^header 0 is not in its place \(4 headers, 0 copied\)$/],
    'header added': [{ headers: [...pairs, ['c', null]] }, /^1 headers were added$/],
    'header order': [{ headers: [2, 1, 0, 3].map((i) => pairs[i]!) }, /^header 0 is not in its pl/],
    'duplicate header gone': [{ headers: pairs.slice(0, 3) }, /^header 3 is not in its place/],
    'header renamed': [{ headers: renamed(pairs, 2, 'B') }, /^header 2 is not in its place/],
    'header value': [{ headers: revalued(pairs, 0, bytes(9)) }, /^header 0 was 1 bytes/],
    'null header become empty': [
      { headers: revalued(pairs, 3, bytes(0)) },
      /^header 3 was null, is 0 bytes/,
    ],
    'tag header': [{ headers: revalued(pairs, 1, bytes(4)) }, /^header 1 was 4 bytes/],
    'everything at once': [
      { key: null, value: null, headers: [], timestamp: 9 },
      /^key.*; value.*; header.*; timestamp/,
    ],
  };
  for (const [name, [difference, detail]] of Object.entries(alterations)) {
    test(name, async () => {
      const altered = { ...record, ...difference };
      const around = (middle: OracleRecord) => [everyShape[0]!, middle, everyShape[1]!];
      const result = await check(around(record), around(altered));
      assertCounts(result, { altered: 1 });
      assert.match(result.findings[0]!.detail!, detail);
      assert.throws(() => assertFaithful(result), /^AssertionError.*1 altered/s);
    });
  }

  test('empty and null are not the same', async () => {
    for (const field of ['key', 'value'] as const) {
      const empty = [{ ...record, [field]: bytes(0) }];
      const absent = [{ ...record, [field]: null }];
      assertCounts(await check(empty, absent), { altered: 1 });
      assertCounts(await check(absent, empty), { altered: 1 });
    }
  });

  test('in a record without a tag', async () => {
    const index = indexOfShape(({ headers, value }) => headers.length === 0 && value === null);
    const altered = { ...written[index]!, timestamp: 7 };
    assertCounts(await check(written, written.with(index, altered)), { altered: 1 });
  });

  test('out of its place', async () => {
    const altered = { ...written[4]!, value: bytes(1) };
    const late = [...without(written, 4), altered];
    assertCounts(await check(written, late), { altered: 1, reordered: 1 });
  });

  test('beside a stranger it is not taken for either', async () => {
    const unknown = [1, 2].map((length) => ({ ...record, headers: [], value: bytes(length) }));
    const result = await check([record], unknown);
    assertCounts(result, { lost: 1, unexpected: 2 });
  });

  test('in the company of a loss', async () => {
    const altered = { ...written[4]!, value: bytes(1) };
    const result = await check(written, without(written.with(4, altered), 9));
    assertCounts(result, { altered: 1, lost: 1 });
  });
});

describe('headers of null value, whose names an event cannot carry', () => {
  const losing = everyShape.map((record) => ({
    ...record,
    headers: record.headers.filter(([, value]) => value !== null),
  }));
  const nulls = everyShape.flatMap(({ headers }) => headers).filter(([, value]) => value === null);

  test('are a fault where nothing excuses them', async () => {
    assertCounts(await check(everyShape, losing), { altered: 2 });
  });

  test('are counted where they are excused, and must be as many as expected', async () => {
    const result = await check(everyShape, losing, { nullHeaders: 'countLost' });
    assertCounts(result, { lostHeaders: nulls.length });
    assertFaithful(result, { lostHeaders: nulls.length });
    assert.throws(() => assertFaithful(result), /3 null headers lost instead of 0/);
    assert.throws(() => assertFaithful(result, { lostHeaders: 4 }), /3 null .* instead of 4/);
  });

  test('do not hide a record without a tag', async () => {
    const bare = { ...everyShape[0]!, headers: [['a', null]] as Header[] };
    const copy = { ...bare, headers: [] };
    const result = await check([bare, ...everyShape], [copy, ...everyShape], {
      nullHeaders: 'countLost',
    });
    assertCounts(result, { lostHeaders: 1 });
  });

  test('excuse no other header', async () => {
    const bare = everyShape.map((record) => ({ ...record, headers: record.headers.slice(0, 1) }));
    const result = await check(everyShape, bare, { nullHeaders: 'countLost' });
    assert.ok(result.altered > 10);
  });
});

test('a target of LogAppendTime may replace timestamps, and must', async () => {
  const appended = handMadeDump(written);
  for (const record of appended.records) {
    record.timestamp = 1_800_000_000_000;
    record.timestampType = 'LogAppendTime';
  }
  const source = [handMadeDump(written)];
  assertFaithful(await checkReplication(source, [appended], { timestamps: 'replaced' }));
  const kept = await checkReplication(source, source, { timestamps: 'replaced' });
  assertCounts(kept, { altered: written.length });
  assert.ok((await checkReplication(source, [appended])).altered > 0);
});

test('foreign records on the target are counted and left out; strangers are not', async () => {
  const mixed = [...written.slice(0, 3), ...foreignRecords(0, 4), ...written.slice(3)];
  const result = await check(written, mixed);
  assertFaithful(result);
  assert.equal(result.foreign, 4);
  const stranger = awkwardWriter('somebody').records(0, 1);
  assertCounts(await check(written, [...written, ...stranger]), { unexpected: 1 });
});

test('partitions are compared each for itself, missing ones too', async () => {
  const second = [handMadeDump(written), { ...handMadeDump(everyShape), partition: 1 }];
  assertFaithful(await checkReplication(second, second));
  const crossed = [handMadeDump(everyShape), { ...handMadeDump(written), partition: 1 }];
  assertCounts(await checkReplication(second, crossed), { lost: 1, unexpected: 1 });
  assertCounts(await checkReplication(second, second.slice(0, 1)), { lost: everyShape.length });
});

function check(
  source: readonly OracleRecord[],
  target: readonly OracleRecord[],
  options?: CheckOptions,
): Promise<Fidelity> {
  return checkReplication([handMadeDump(source)], [handMadeDump(target)], options);
}

/** These faults, and no others. */
function assertCounts(result: Fidelity, expected: Partial<Record<Kind, number>>): void {
  const { records: _, foreign: __, mapChecked: ___, findings: ____, ...counts } = result;
  const none = Object.fromEntries(Object.keys(counts).map((kind) => [kind, 0]));
  assert.deepEqual(counts, { ...none, ...expected });
}

function without<T>(items: readonly T[], index: number): T[] {
  return items.toSpliced(index, 1);
}

function indexOfShape(predicate: (record: OracleRecord) => boolean): number {
  const index = everyShape.findIndex(predicate);
  assert.notEqual(index, -1);
  return index;
}

function renamed(headers: readonly Header[], index: number, name: string): Header[] {
  return headers.with(index, [name, headers[index]![1]]);
}

function revalued(headers: readonly Header[], index: number, value: Buffer): Header[] {
  return headers.with(index, [headers[index]![0], value]);
}
