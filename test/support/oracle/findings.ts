/** What a check found: everything counted, the first few of each kind told. Never a payload byte. */
import assert from 'node:assert/strict';

/** Every kind but the last is a fault; `lostHeaders` is one unless exactly so many are expected. */
const kinds = {
  lost: 'lost',
  duplicated: 'duplicated',
  reordered: 'reordered',
  altered: 'altered',
  unexpected: 'unexpected',
  sentinelsMissing: 'sentinels missing',
  mapWrong: 'wrong in the offset map',
  lostHeaders: 'null headers lost',
} as const;

export type Kind = keyof typeof kinds;

export interface Finding {
  kind: Kind;
  partition: number;
  upstream?: bigint;
  downstream?: bigint;
  detail?: string;
}

export interface Fidelity extends Record<Kind, number> {
  /** Records of the source that were looked for on the target. */
  records: number;
  /** Records of others on the target, left out of everything else. */
  foreign: number;
  /** Offsets asked of the map, both directions together. */
  mapChecked: number;
  findings: Finding[];
}

const toldPerKind = 5;

export class Findings {
  readonly result: Fidelity = {
    ...(Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0])) as Record<Kind, number>),
    records: 0,
    foreign: 0,
    mapChecked: 0,
    findings: [],
  };

  add(finding: Finding, count = 1): void {
    this.result[finding.kind] += count;
    const told = this.result.findings.filter(({ kind }) => kind === finding.kind);
    if (told.length < toldPerKind) this.result.findings.push(finding);
  }
}

/**
 * Lost, duplicated, reordered, altered, unexpected: 0; every sentinel there; the map exact. A check
 * that compared nothing fails too. `lostHeaders` says how many null headers the source held that an
 * event cannot carry: not one more or fewer may be gone.
 */
export function assertFaithful(result: Fidelity, expected: { lostHeaders?: number } = {}): void {
  const lostHeaders = expected.lostHeaders ?? 0;
  const faults = (Object.keys(kinds) as Kind[]).filter(
    (kind) => result[kind] !== (kind === 'lostHeaders' ? lostHeaders : 0),
  );
  if (faults.length === 0 && result.records > 0) return;
  assert.fail(messageOf(result, faults, lostHeaders));
}

function messageOf(result: Fidelity, faults: Kind[], lostHeaders: number): string {
  if (faults.length === 0) return 'nothing was compared: the source dump has no records';
  const counted = faults.map((kind) => {
    const instead = kind === 'lostHeaders' ? ` instead of ${lostHeaders}` : '';
    return `${result[kind]} ${kinds[kind]}${instead}`;
  });
  const told = result.findings.filter(({ kind }) => faults.includes(kind)).map(lineOf);
  return [`the copy of ${result.records} records is not faithful: ${counted.join(', ')}`]
    .concat(told)
    .join('\n  ');
}

function lineOf({ kind, partition, upstream, downstream, detail }: Finding): string {
  return [
    `${kinds[kind]}: partition ${partition}`,
    upstream === undefined ? '' : `, upstream ${upstream}`,
    downstream === undefined ? '' : `, downstream ${downstream}`,
    detail === undefined ? '' : `: ${detail}`,
  ].join('');
}
