/** Is the target what the source is? Judged from two dumps by Kafka's own consumer, purely. */
import { createHash } from 'node:crypto';
import { type Alignment, align, type Pair, tagOf } from './alignment.ts';
import { foreignPrefix } from './awkward.ts';
import { type Fidelity, Findings } from './findings.ts';
import { checkOffsetMap, type Translate } from './offset-map-check.ts';
import type { DumpedRecord, Header, OracleRecord, PartitionDump } from './records.ts';

export interface CheckOptions {
  /** What the writers' `end()` gave: each must have arrived on both sides. */
  sentinels?: readonly OracleRecord[];
  /** `countLost` where an event mapping stands between: it cannot carry the name of a null header. */
  nullHeaders?: 'kept' | 'countLost';
  /** `replaced` where the target topic is of LogAppendTime. */
  timestamps?: 'kept' | 'replaced';
  /** The map under test; asked at every offset from the start of either dump to beyond its end. */
  translate?: Translate;
  /** Records on the target that are not of this flow; by default those of `foreignRecords`. */
  isForeign?: (record: DumpedRecord) => boolean;
}

/** Compares partition by partition. Give what came out of `dump`, or parts of it. */
export async function checkReplication(
  sources: readonly PartitionDump[],
  targets: readonly PartitionDump[],
  options: CheckOptions = {},
): Promise<Fidelity> {
  const findings = new Findings();
  const numbers = new Set([...sources, ...targets].map(({ partition }) => partition));
  for (const partition of [...numbers].sort((a, b) => a - b)) {
    const source = dumpOf(sources, partition);
    const target = dumpOf(targets, partition);
    const ours = target.records.filter((record) => !(options.isForeign ?? isForeign)(record));
    const alignment = align(source.records, ours, options.timestamps ?? 'kept');
    findings.result.records += source.records.length;
    findings.result.foreign += target.records.length - ours.length;
    tellAlignment(findings, partition, alignment);
    for (const pair of [...alignment.kept, ...alignment.reordered]) {
      comparePair(findings, { partition, pair, options });
    }
    if (options.translate) {
      const { kept: pairs } = alignment;
      const { translate } = options;
      await checkOffsetMap(findings, { partition, source, target, pairs, translate });
    }
  }
  checkSentinels(findings, options.sentinels ?? [], { source: sources, target: targets });
  return findings.result;
}

function dumpOf(dumps: readonly PartitionDump[], partition: number): PartitionDump {
  const dump = dumps.find((candidate) => candidate.partition === partition);
  return dump ?? { partition, start: 0n, end: 0n, records: [] };
}

function isForeign(record: DumpedRecord): boolean {
  return tagOf(record)?.startsWith(foreignPrefix) ?? false;
}

function tellAlignment(findings: Findings, partition: number, alignment: Alignment): void {
  for (const { offset } of alignment.lost) {
    findings.add({ kind: 'lost', partition, upstream: offset });
  }
  for (const { offset } of alignment.unexpected) {
    findings.add({ kind: 'unexpected', partition, downstream: offset });
  }
  for (const kind of ['duplicated', 'reordered'] as const) {
    for (const { source, copy } of alignment[kind]) {
      findings.add({ kind, partition, upstream: source.offset, downstream: copy.offset });
    }
  }
}

function comparePair(
  findings: Findings,
  what: { partition: number; pair: Pair; options: CheckOptions },
): void {
  const { source, copy } = what.pair;
  const place = { partition: what.partition, upstream: source.offset, downstream: copy.offset };
  const headers = compareHeaders(source.headers, copy.headers, what.options);
  const differences = [
    compareBytes('key', source.key, copy.key),
    compareBytes('value', source.value, copy.value),
    headers.difference,
    compareTimestamps(source, copy, what.options),
  ].filter((difference) => difference !== undefined);
  if (differences.length > 0) {
    findings.add({ kind: 'altered', ...place, detail: differences.join('; ') });
  }
  if (headers.lost > 0) findings.add({ kind: 'lostHeaders', ...place }, headers.lost);
}

function compareBytes(
  field: string,
  source: Uint8Array | null,
  copy: Uint8Array | null,
): string | undefined {
  return isSame(source, copy) ? undefined : `${field} was ${shown(source)}, is ${shown(copy)}`;
}

/** One pass over both lists; only null headers of the source may have no counterpart. */
function compareHeaders(
  source: readonly Header[],
  copy: readonly Header[],
  options: CheckOptions,
): { lost: number; difference?: string } {
  let at = 0;
  let lost = 0;
  for (const [index, [name, value]] of source.entries()) {
    const [copyName, copyValue = null] = copy[at] ?? [];
    if (copyName === name && isSame(value, copyValue)) {
      at += 1;
    } else if (value === null && options.nullHeaders === 'countLost') {
      lost += 1;
    } else if (copyName === name) {
      return { lost: 0, difference: compareBytes(`header ${index}`, value, copyValue)! };
    } else {
      const counts = `${source.length} headers, ${copy.length} copied`;
      return { lost: 0, difference: `header ${index} is not in its place (${counts})` };
    }
  }
  const added = copy.length - at;
  return added === 0 ? { lost } : { lost: 0, difference: `${added} headers were added` };
}

function compareTimestamps(
  source: DumpedRecord,
  copy: DumpedRecord,
  options: CheckOptions,
): string | undefined {
  if (options.timestamps === 'replaced') {
    return copy.timestampType === 'LogAppendTime' ? undefined : 'timestamp is not LogAppendTime';
  }
  if (source.timestamp === copy.timestamp) return undefined;
  return `timestamp was ${source.timestamp}, is ${copy.timestamp}`;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

function shown(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null';
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return `${bytes.length} bytes (sha256 ${hash})`;
}

function checkSentinels(
  findings: Findings,
  sentinels: readonly OracleRecord[],
  sides: Record<'source' | 'target', readonly PartitionDump[]>,
): void {
  for (const [side, dumps] of Object.entries(sides)) {
    const arrived = new Set(
      dumps.flatMap(({ partition, records }) => records.map((r) => `${partition} ${tagOf(r)}`)),
    );
    for (const sentinel of sentinels) {
      const { partition } = sentinel;
      const tag = tagOf(sentinel);
      if (arrived.has(`${partition} ${tag}`)) continue;
      const detail = `${tag} is not on the ${side}`;
      findings.add({ kind: 'sentinelsMissing', partition, detail });
    }
  }
}
