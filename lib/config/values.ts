/** The kinds of values keys hold: how their text is read, what is checked, what they are called. */
import * as z from 'zod';
import { translateJavaRegex } from '../policy/java-regex.ts';

export interface ValueType<T> {
  /** What the value is, for people. */
  label: string;
  /** Checks the value as YAML holds it; the message of an issue says what was expected. */
  schema: z.ZodType<T>;
  /** The text of a file to what the schema checks; `notice` takes what was understood otherwise. */
  read(text: ValueText, notice: (reason: string) => void): unknown;
}

export interface ValueText {
  value: string;
  items?: readonly string[];
}

export const boolean: ValueType<boolean> = {
  label: 'true or false',
  schema: z.boolean('true or false'),
  read({ value }) {
    const lower = value.toLowerCase();
    return lower === 'true' || lower === 'false' ? lower === 'true' : value;
  },
};

export function integer(from: number, to: number = 2 ** 31 - 1): ValueType<number> {
  const label = to === 2 ** 31 - 1 ? `whole number from ${from}` : `whole number, ${from} to ${to}`;
  return { label, schema: z.int(label).min(from, label).max(to, label), read: readInteger };
}

export function integerOf(...allowed: readonly number[]): ValueType<number> {
  const label = `one of ${allowed.join(', ')}`;
  const schema = z.int(label).refine((value) => allowed.includes(value), label);
  return { label, schema, read: readInteger };
}

const replicas = 'whole number, 1 to 32767, or -1 for the cluster’s default';

export const replicationFactor: ValueType<number> = {
  label: replicas,
  schema: z
    .int(replicas)
    .min(-1, replicas)
    .max(32767, replicas)
    .refine((count) => count !== 0, replicas),
  read: readInteger,
};

export function choice<const T extends string>(...allowed: readonly [T, ...T[]]): ValueType<T> {
  const label = allowed.join(', ').replace(/, ([^,]*)$/, ' or $1');
  return { label, schema: z.enum(allowed, label), read: ({ value }) => value };
}

/** Classes of MM2, with or without their package. */
export function mirrorClass<const T extends string>(
  ...allowed: readonly [T, ...T[]]
): ValueType<T> {
  const names = choice(...allowed);
  return {
    ...names,
    read: ({ value }) => value.replace(/^org\.apache\.kafka\.connect\.mirror\./, ''),
  };
}

export function text(pattern: RegExp, label: string): ValueType<string> {
  return { label, schema: z.string(label).regex(pattern, label), read: ({ value }) => value };
}

/** The key may only be empty: what it asks for cannot be done here. */
export function absent(label: string): ValueType<string> {
  return { label, schema: z.literal('', label), read: ({ value }) => value };
}

export const timestamp: ValueType<string> = {
  label: 'timestamp such as 2030-01-31T12:00:00Z',
  schema: z.iso.datetime({ offset: true, error: 'a timestamp such as 2030-01-31T12:00:00Z' }),
  read: ({ value }) => value,
};

export function list(element: RegExp, label: string): ValueType<readonly string[]> {
  return {
    label: `list: ${label}`,
    schema: z.array(z.string().regex(element, label), label).min(1, label),
    read: (value, notice) => withoutDuplicates(elements(value, notice), notice),
  };
}

const server = /^(?:[\w.%-]*:\/\/)?(?:\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9._-]+):[1-9]\d{0,4}$/;
const hasUsablePort = (text: string) => !(Number(/\d+$/.exec(text)?.[0]) > 65_535);

/** `host:port`, with the listener name that Kafka's clients allow and ignore taken off. */
export const servers: ValueType<readonly string[]> = {
  label: 'list: host:port',
  schema: z
    .array(z.string().regex(server, 'host:port').refine(hasUsablePort, 'host:port, 1 to 65535'))
    .min(1, 'host:port'),
  read: (value, notice) => {
    const found = elements(value, notice).map((server) => server.replace(/^[\w.%-]*:\/\//, ''));
    return withoutDuplicates(found, notice);
  },
};

/** Java regular expressions, joined with `|` as MM2 joins them. An empty list matches nothing. */
export const patterns: ValueType<readonly string[]> = {
  label: 'list of Java regular expressions',
  schema: z
    .array(
      z
        .string()
        .min(1, 'no empty element')
        .regex(/^[^"]*$/, 'a pattern without quotes'),
    )
    .superRefine((list, context) => {
      if (list.length === 0) return;
      const { problem } = translateJavaRegex(list.join('|'));
      if (problem === undefined) return;
      // The list as a whole counts; the element that is wrong by itself is the better place.
      const at = list.findIndex((pattern) => translateJavaRegex(pattern).problem !== undefined);
      const message = `a Java regular expression: ${problem}`;
      context.addIssue({ code: 'custom', message, path: at < 0 ? [] : [at] });
    }),
  read: (value, notice) =>
    withoutDuplicates(
      elements(value, notice).map((pattern) => fromGlob(pattern, notice)),
      notice,
    ),
};

function readInteger({ value }: ValueText): unknown {
  return /^[+-]?\d{1,15}$/.test(value) ? Number(value) : value;
}

/** Split at commas as Kafka does, unless the file wrote a list; blank is a list of nothing. */
function elements({ value, items }: ValueText, notice: (reason: string) => void): string[] {
  if (items === undefined && value.trim() === '') return [];
  return (items ?? value.split(',')).map((item) => unquoted(item.trim(), notice));
}

/** Quotes mean nothing in mm2.properties; where they surround a value, they were not meant. */
export function unquoted(value: string, notice: (reason: string) => void): string {
  const inner = /^(["'])((?:(?!\1).)*)\1$/s.exec(value)?.[2];
  if (inner === undefined) return value;
  notice('the quotes around the value are removed; MM2 would take them as part of the value');
  return inner;
}

function withoutDuplicates(items: readonly string[], notice: (reason: string) => void): string[] {
  const unique = [...new Set(items)];
  if (unique.length < items.length) {
    const again = items.filter((item, index) => items.indexOf(item) !== index);
    notice(`${[...new Set(again)].join(', ')} is given more than once; counted once`);
  }
  return unique;
}

/** A leading `*` or `?` is no regular expression, so a file name pattern was meant. */
function fromGlob(pattern: string, notice: (reason: string) => void): string {
  if (!/^[*?]/.test(pattern)) return pattern;
  const regex = pattern.replace(/[*?]|[^\w*?-]/g, (c) =>
    c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`,
  );
  notice(`\`${pattern}\` is no regular expression; it is read as \`${regex}\``);
  return regex;
}

export const kmsKeyArn = text(
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  'ARN of a KMS key (not of an alias)',
);
