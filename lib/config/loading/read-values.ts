import { type KeyDefinition, securityKey, type ValueOf } from '../keys.ts';
import { Secret } from '../secret.ts';
import { holdsSecret } from '../security-keys.ts';
import type { Entry } from '../text/entry.ts';
import { unquoted, type ValueText } from '../values.ts';
import { type Report, shown } from './report.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of the entries, each checked once by the definition of its key. */
export class Values {
  readonly #report: Report;
  readonly #environment: Environment;
  readonly #values = new Map<Entry, unknown>();

  constructor(report: Report, environment: Environment) {
    this.#report = report;
    this.#environment = environment;
  }

  /** Checks the entry and reports every problem it has. */
  read(entry: Entry, definition: KeyDefinition): void {
    const notice = (reason: string) => this.#report.warning(entry, reason);
    if (definition === securityKey) {
      this.#values.set(entry, security(entry, notice));
      return;
    }
    const resolved = this.#resolved(entry);
    if (resolved === undefined) return;
    const value = definition.type.read(cleaned(resolved, notice), notice);
    const checked = definition.type.schema.safeParse(value);
    if (checked.success) {
      this.#values.set(entry, checked.data);
      return;
    }
    for (const { message, path } of checked.error.issues) {
      const element = Array.isArray(value) ? value[Number(path[0])] : undefined;
      // What came from the environment is named, not shown.
      const found = typeof element === 'string' && resolved === entry ? element : entry.value;
      this.#report.problem(entry, shown(entry.key, found), message);
    }
  }

  /** The checked value; the default where the entry is absent, or wrong and reported. */
  of<K extends KeyDefinition>(entry: Entry | undefined, definition: K): ValueOf<K> {
    const value = entry === undefined ? undefined : this.#values.get(entry);
    // What `read` stored for the entry was checked by this definition's own schema.
    return (value === undefined ? definition.default : value) as ValueOf<K>;
  }

  variable(name: string): string | undefined {
    return this.#environment[name];
  }

  /** A text of the entry with `${env:NAME}` replaced; undefined, and reported, where it cannot be. */
  resolved(entry: Entry, text: string): string | undefined {
    return this.#resolved({ ...entry, value: text })?.value;
  }

  /** With `${env:NAME}` replaced; undefined, and reported, where that cannot be done. */
  #resolved(entry: Entry): ValueText | undefined {
    const { value, items } = entry;
    const references = [...`${value}`.matchAll(/\$\{([^}:]*):([^}]*)\}/g)];
    if (references.length === 0) return entry;
    const missing = references.filter(([, provider, name = '']) => {
      return provider !== 'env' || this.#environment[name] === undefined;
    });
    for (const [reference, provider, name] of missing) {
      const expected = provider === 'env' ? `the environment variable ${name} set` : onlyEnv;
      this.#report.problem(entry, shown(entry.key, reference), expected);
    }
    if (missing.length > 0) return undefined;
    const resolve = (text: string) =>
      text.replace(/\$\{env:([^}]*)\}/g, (_, name: string) => this.#environment[name] ?? '');
    return { value: resolve(value), ...(items && { items: items.map(resolve) }) };
  }
}

const onlyEnv = 'a reference to an environment variable: $'.concat('{env:NAME}');

/** As written, references included: they are replaced where the value has been taken apart. */
function security(entry: Entry, notice: (reason: string) => void): string | Secret {
  if (!holdsSecret(entry.key)) return cleaned(entry, notice).value;
  return new Secret(entry.value.trim());
}

/** Takes off what surrounds a value and was not meant to be part of it, with a notice. */
function cleaned({ value, items }: ValueText, notice: (reason: string) => void): ValueText {
  if (items !== undefined) return { value, items };
  const withoutComment = value.replace(/(?:^|\s+)#.*$/s, '');
  if (withoutComment !== value) {
    notice('the comment behind the value is removed; MM2 would take it as part of the value');
  }
  const trimmed = withoutComment.trimEnd();
  if (trimmed !== withoutComment) {
    notice('blanks behind the value are removed; MM2 would keep them');
  }
  return { value: unquoted(trimmed, notice) };
}
