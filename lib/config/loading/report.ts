import type { Configuration, LoadResult, Problem, Warning } from '../model.ts';
import { holdsSecret } from '../security-keys.ts';
import type { Entry } from '../text/entry.ts';

/** Where something is: an entry of the file, or only the key that is missing from it. */
export type Place = Pick<Entry, 'key' | 'line'> | { key: string; line?: undefined };

/** Collects everything there is to say about one file; never what a secret key holds. */
export class Report {
  readonly #file: string;
  readonly #problems: Problem[] = [];
  readonly #warnings: Warning[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  get hasProblems(): boolean {
    return this.#problems.length > 0;
  }

  problem(place: Place, found: string, expected: string): void {
    const problem = { ...this.#at(place), found, expected };
    const same = (said: Problem) => said.key === problem.key && said.found === found;
    // A flow that does not exist is one mistake, however many keys it has.
    if (this.#problems.some((said) => same(said) && said.expected === expected)) return;
    this.#problems.push(problem);
  }

  warning(place: Place, reason: string): void {
    const warning = { ...this.#at(place), reason };
    const same = ({ key, line }: Warning) => key === warning.key && line === place.line;
    if (this.#warnings.some((said) => said.reason === reason && same(said))) return;
    this.#warnings.push(warning);
  }

  result(configuration: Configuration): LoadResult {
    const warnings = byLine(this.#warnings);
    return this.#problems.length > 0
      ? { problems: byLine(this.#problems), warnings }
      : { configuration, warnings };
  }

  #at({ key, line }: Place): { file: string; line?: number; key: string } {
    const place = { file: this.#file, key: shownKey(key) };
    return line === undefined ? place : { ...place, line };
  }
}

/** What is not spelled like a key may be a piece of a value, and that of a secret. */
function shownKey(key: string): string {
  return /^[\w.>-]{1,150}$/.test(key) ? key : '(not a key)';
}

/** A value as problems show it: quoted, short, and not at all where the key holds a secret. */
export function shown(key: string, value: string): string {
  if (holdsSecret(key)) return '(not shown)';
  if (value === '') return 'nothing';
  const printable = value.replace(/[\p{Cc}\p{Cf}]/gu, '�');
  return JSON.stringify(printable.length > 60 ? `${printable.slice(0, 60)}…` : printable);
}

/** What concerns the whole file comes first. */
function byLine<T extends { line?: number }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
