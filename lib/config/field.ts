import { MirrorlessError } from '../errors.ts';
import type { Schedule } from './model.ts';

/**
 * The JSON document in an environment variable. Throws CONFIGURATION_INVALID where the variable is
 * not set, or is no JSON.
 */
export function variableField(
  environment: Readonly<Record<string, string | undefined>>,
  variable: string,
): Field {
  const text = environment[variable];
  if (text === undefined) throw invalid(variable, 'is not set');
  try {
    return new Field(JSON.parse(text), { variable, path: '' });
  } catch (cause) {
    throw invalid(variable, 'is not JSON', cause);
  }
}

export function scheduleOf(field: Field): Schedule {
  return {
    enabled: field.at('enabled').flag(),
    intervalSeconds: field.at('intervalSeconds').positiveInteger(),
  };
}

interface Place {
  variable: string;
  path: string;
}

/** A value of the JSON document that knows its path, so that every complaint names it. */
export class Field {
  readonly #value: unknown;
  readonly #place: Place;

  constructor(value: unknown, place: Place) {
    this.#value = value;
    this.#place = place;
  }

  at(name: string): Field {
    if (typeof this.#value !== 'object' || this.#value === null) throw this.not('an object');
    const value = Object.hasOwn(this.#value, name) ? Reflect.get(this.#value, name) : undefined;
    return this.#child(value, `.${name}`);
  }

  /** Undefined where there is nothing of that name. */
  maybe<T>(name: string, read: (field: Field) => T): T | undefined {
    const field = this.at(name);
    return field.#value === undefined ? undefined : read(field);
  }

  /** Of an object of any names. */
  entries<T>(read: (field: Field) => T): Record<string, T> {
    if (typeof this.#value !== 'object' || this.#value === null) throw this.not('an object');
    const names = Object.keys(this.#value);
    return Object.fromEntries(names.map((name) => [name, read(this.at(name))]));
  }

  /** Of a list. */
  items<T>(read: (field: Field) => T): T[] {
    if (!Array.isArray(this.#value)) throw this.not('a list');
    return this.#value.map((item, index) => read(this.#child(item, `[${index}]`)));
  }

  text(): string {
    if (typeof this.#value !== 'string' || this.#value === '') throw this.not('a text');
    return this.#value;
  }

  /** May be empty. */
  anyText(): string {
    if (typeof this.#value !== 'string') throw this.not('a text');
    return this.#value;
  }

  texts(): string[] {
    const texts = this.anyTexts();
    if (texts.length === 0) throw this.not('a list of texts');
    return texts;
  }

  /** May be empty. */
  anyTexts(): string[] {
    if (!Array.isArray(this.#value)) throw this.not('a list of texts');
    return this.items((item) => item.text());
  }

  flag(): boolean {
    if (typeof this.#value !== 'boolean') throw this.not('true or false');
    return this.#value;
  }

  positiveInteger(): number {
    if (!Number.isSafeInteger(this.#value) || Number(this.#value) <= 0) {
      throw this.not('a positive whole number');
    }
    return Number(this.#value);
  }

  integer(): number {
    if (!Number.isSafeInteger(this.#value)) throw this.not('a whole number');
    return Number(this.#value);
  }

  oneOf<const T extends string>(allowed: readonly T[]): T {
    const found = allowed.find((item) => item === this.#value);
    if (found === undefined) throw this.not(`one of ${allowed.join(', ')}`);
    return found;
  }

  #child(value: unknown, step: string): Field {
    return new Field(value, { ...this.#place, path: `${this.#place.path}${step}` });
  }

  not(expected: string): MirrorlessError {
    const { variable, path } = this.#place;
    return invalid(variable, `needs ${expected} at ${path === '' ? 'its top' : path}`);
  }
}

function invalid(variable: string, what: string, cause?: unknown): MirrorlessError {
  return new MirrorlessError('CONFIGURATION_INVALID', `${variable} ${what}`, { cause });
}
