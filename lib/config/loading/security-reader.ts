import { securityKey } from '../keys.ts';
import { Secret } from '../secret.ts';
import { securityKeyNames } from '../security-keys.ts';
import type { Entry } from '../text/entry.ts';
import { securityOfClient } from './positions.ts';
import type { Properties } from './precedence.ts';
import type { Values } from './read-values.ts';
import { type Place, type Report, shown } from './report.ts';

/** The security settings of one cluster; remembers which of them were looked at. */
export class SecurityReader {
  readonly alias: string;
  readonly #own: Properties;
  readonly #values: Values;
  readonly #report: Report;
  readonly #used = new Set<string>();

  constructor(alias: string, sources: { own: Properties; values: Values; report: Report }) {
    this.alias = alias;
    this.#own = sources.own;
    this.#values = sources.values;
    this.#report = sources.report;
  }

  has(key: string): boolean {
    return this.#own.has(key);
  }

  /** Without looking at it: it may still have no effect. */
  says(key: string, value: string): boolean {
    return this.#own.get(key)?.value.trim() === value;
  }

  /** With references replaced; undefined where it is absent. */
  text(key: string): string | undefined {
    const entry = this.#use(key);
    return entry && this.resolve(key, this.#written(entry));
  }

  secret(key: string): Secret | undefined {
    const entry = this.#use(key);
    return entry && this.resolvedSecret(key, this.#written(entry));
  }

  /** No secret, though it may be as long as one. */
  publicText(key: string): Secret {
    return new Secret(this.text(key) ?? '');
  }

  /** As written: for what is taken apart before its references are replaced. */
  written(key: string): string | undefined {
    const entry = this.#use(key);
    return entry && this.#written(entry);
  }

  /** A part of the value of `key`, with references replaced. */
  resolve(key: string, written: string): string {
    return this.#values.resolved(this.#own.get(key)!, written) ?? '';
  }

  resolvedSecret(key: string, written: string): Secret {
    if (written !== '' && !written.includes('${')) {
      const instead = 'write a reference such as $'.concat('{env:NAME} in its place');
      this.warn(key, `a secret in plain text; ${instead}`);
    }
    return new Secret(this.resolve(key, written));
  }

  /** `found` is what the file says where it is not given; never that of a secret. */
  problem(key: string, expected: string, found?: string): void {
    const { value = '' } = this.#own.get(key) ?? {};
    this.#report.problem(this.#place(key), found ?? shown(key, value), expected);
  }

  warn(key: string, reason: string): void {
    this.#report.warning(this.#place(key), reason);
  }

  /** Names what another setting makes useless. */
  overrule(keys: RegExp, reason: string): void {
    for (const key of this.#own.keys()) {
      if (!securityKeyNames.has(key) || !keys.test(key)) continue;
      this.#used.add(key);
      this.warn(key, reason);
    }
  }

  variable(name: string): string | undefined {
    return this.#values.variable(name);
  }

  /** Names what the file sets and nobody looked at. */
  warnUnused(reasonFor: (key: string) => string): void {
    for (const key of this.#own.keys()) {
      if (securityKeyNames.has(key) && !this.#used.has(key)) this.warn(key, reasonFor(key));
    }
  }

  /** Names what is said of one kind of client: they connect alike. */
  warnOfClients(): void {
    for (const [key, entry] of this.#own) {
      const name = securityOfClient(key);
      const counted = name === undefined ? undefined : this.#own.get(name);
      if (counted === undefined || name === undefined) continue;
      if (counted === entry) {
        this.#report.warning(
          entry,
          `all clients of a cluster connect alike: taken as \`A.${name}\``,
        );
      } else if (counted.value !== entry.value) {
        const reason = `all clients of a cluster connect alike: no effect beside \`${counted.key}\``;
        this.#report.warning(entry, reason);
      }
    }
  }

  #use(key: string): Entry | undefined {
    this.#used.add(key);
    return this.#own.get(key);
  }

  #written(entry: Entry): string {
    const value = this.#values.of(entry, securityKey) as unknown as string | Secret | undefined;
    return value instanceof Secret ? value.reveal() : (value ?? '');
  }

  #place(key: string): Place {
    return this.#own.get(key) ?? { key: `${this.alias}.${key}` };
  }
}
