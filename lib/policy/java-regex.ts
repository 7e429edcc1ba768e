/**
 * Java's regular expressions, as MM2's files hold them, to JavaScript's. Everything that names of
 * topics, groups and settings need is translated; what JavaScript cannot express, or would silently
 * read differently, is a problem that says so. Syntax: java.util.regex.Pattern of Java 17. Results
 * differ only for names that hold line ends, and for `\b` beside letters that are not ASCII (where
 * Java's own versions differ); no topic name has either.
 */
export type TranslatedRegex =
  | { regex: RegExp; problem?: undefined }
  | { regex?: undefined; problem: string };

/** The result matches whole names only, as Java's `matches()`. */
export function translateJavaRegex(pattern: string): TranslatedRegex {
  const translation = new Translation(expandQuotes(pattern));
  const source = translation.run();
  if (translation.problem !== undefined) return { problem: translation.problem };
  try {
    return { regex: new RegExp(`^(?:${source})$`, 'u') };
  } catch {
    return { problem: 'it is not a valid regular expression' };
  }
}

/** `\Q...\E` to escaped characters, before anything else, where Java does it too. */
function expandQuotes(pattern: string): string {
  return pattern.replace(
    /\\(?:Q(.*?)(?:\\E|$)|.)/gsu,
    (whole, quoted: string | undefined) => quoted?.replace(/[^\p{L}\p{N}]/gu, '\\$&') ?? whole,
  );
}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
}

const shorthands: Readonly<Record<string, string>> = {
  d: '0-9',
  s: ' \\t\\n\\v\\f\\r',
  w: 'a-zA-Z0-9_',
};

const posixClasses: ReadonlyMap<string, string> = new Map([
  ['Lower', 'a-z'],
  ['Upper', 'A-Z'],
  ['Alpha', 'a-zA-Z'],
  ['Digit', '0-9'],
  ['Alnum', 'a-zA-Z0-9'],
  ['XDigit', '0-9a-fA-F'],
  ['ASCII', '\\x00-\\x7f'],
  ['Punct', '!-\\/:-@\\[-`\\{-~'],
]);

const controls: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  a: '\x07',
  e: '\x1b',
};

/** What an escape stands for: one character, the inside of a character class, or its complement. */
type Escaped = { char: string } | { class: string; negated: boolean };

/** One pass from left to right; the first problem ends it. */
class Translation {
  problem: string | undefined;
  readonly #pattern: string;
  #at = 0;
  #flags: Flags = { ignoreCase: false, dotAll: false };
  /** The flags to return to at each open group's end. */
  readonly #groups: Flags[] = [];
  /** Whether a quantifier may follow. */
  #repeatable = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  run(): string {
    let source = '';
    while (this.#at < this.#pattern.length) source += this.#next();
    if (this.#groups.length > 0) this.#cannot('a group is not closed');
    return source;
  }

  #next(): string {
    const quantifier = this.#take(/[?*+]|\{/y);
    if (quantifier !== undefined) return this.#quantifier(quantifier[0]);
    if (this.#take(/\(/y) !== undefined) return this.#openGroup();
    if (this.#take(/\)/y) !== undefined) return this.#closeGroup();
    const anchor = this.#take(/[|^$]|\\[AzZbB]/y);
    if (anchor !== undefined) return this.#anchor(anchor[0]);
    this.#repeatable = true;
    if (this.#take(/\[/y) !== undefined) return this.#class();
    if (this.#take(/\./y) !== undefined) {
      return this.#flags.dotAll ? '[^]' : '[^\\n\\r\\u0085\\u2028\\u2029]';
    }
    return this.#atom();
  }

  #quantifier(first: string): string {
    if (!this.#repeatable) return this.#cannot(`\`${first}\` repeats nothing`);
    const range = first === '{' ? this.#take(/(\d+(?:,\d*)?)\}/y) : undefined;
    if (first === '{' && range === undefined) {
      return this.#cannot('`{` does not begin a repetition such as `{2}`');
    }
    if (this.#take(/\+/y) !== undefined) {
      return this.#cannot('possessive quantifiers (`*+`, `++`, `?+`) are not supported');
    }
    this.#repeatable = false;
    return `${first}${range?.[0] ?? ''}${this.#take(/\?/y)?.[0] ?? ''}`;
  }

  #openGroup(): string {
    this.#repeatable = false;
    if (this.#take(/\?>/y) !== undefined) return this.#cannot('atomic groups are not supported');
    const flags = this.#take(/\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y);
    if (flags === undefined) {
      this.#groups.push({ ...this.#flags });
      const look = this.#take(/\?<?[=!]/y);
      // Nothing refers back to a group, so none needs to be captured.
      return look === undefined && this.#take(/\?<[a-zA-Z][a-zA-Z0-9]*>/y) === undefined
        ? '(?:'
        : `(${look?.[0] ?? '?:'}`;
    }
    const [, on = '', off = '', end] = flags;
    if (end === ':') this.#groups.push({ ...this.#flags });
    this.#setFlags(on, true);
    this.#setFlags(off, false);
    return end === ':' ? '(?:' : '';
  }

  #setFlags(letters: string, value: boolean): void {
    for (const letter of letters) {
      if (letter === 'i') this.#flags.ignoreCase = value;
      else if (letter === 's') this.#flags.dotAll = value;
      else this.#cannot(`the flag \`${letter}\` is not supported`);
    }
  }

  #closeGroup(): string {
    const outer = this.#groups.pop();
    if (outer === undefined) return this.#cannot('`)` closes nothing');
    this.#flags = outer;
    this.#repeatable = true;
    return ')';
  }

  #anchor(text: string): string {
    this.#repeatable = false;
    if (text === '\\A') return '^';
    return text === '\\z' || text === '\\Z' ? '$' : text;
  }

  #atom(): string {
    const escaped = this.#escapeOrChar();
    if (escaped === undefined) return '';
    if ('class' in escaped) return `[${escaped.negated ? '^' : ''}${escaped.class}]`;
    const both = this.#otherCase(escaped.char, escaped.char);
    return both === '' ? literal(escaped.char) : `[${literal(escaped.char)}${both}]`;
  }

  #class(): string {
    const negated = this.#take(/\^/y) !== undefined;
    let items = '';
    while (this.problem === undefined) {
      if (items !== '' && this.#take(/\]/y) !== undefined) return `[${negated ? '^' : ''}${items}]`;
      if (this.#take(/\[|&&/y) !== undefined) {
        return this.#cannot('a class inside a class (`[a[b]]`, `&&`) is not supported');
      }
      items += this.#classItem();
    }
    return '';
  }

  #classItem(): string {
    const from = this.#escapeOrChar();
    if (from === undefined) return this.#cannot('`[` is not closed');
    if ('class' in from) {
      return from.negated ? this.#cannot('a negated class inside a class') : from.class;
    }
    if (this.#take(/-(?![[\]])/y) === undefined) {
      return literal(from.char) + this.#otherCase(from.char, from.char);
    }
    const to = this.#escapeOrChar();
    if (to === undefined || 'class' in to) return this.#cannot('a range in `[]` has no end');
    return `${literal(from.char)}-${literal(to.char)}${this.#otherCase(from.char, to.char)}`;
  }

  /** Java ignores the case of ASCII letters only, JavaScript of all: so both are written out. */
  #otherCase(from: string, to: string): string {
    if (!this.#flags.ignoreCase) return '';
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const within = (letter: string) => from <= letter && letter <= to;
    return (
      [...letters].filter((letter) => within(letter.toUpperCase())).join('') +
      [...letters.toUpperCase()].filter((letter) => within(letter.toLowerCase())).join('')
    );
  }

  #escapeOrChar(): Escaped | undefined {
    if (this.#take(/\\/y) === undefined) {
      const char = this.#take(/./suy);
      return char === undefined ? undefined : { char: char[0] };
    }
    const code = this.#take(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|x\{([0-9a-fA-F]{1,6})\}/y);
    if (code !== undefined) return this.#codePoint(code[1] ?? code[2] ?? code[3] ?? '');
    const posix = this.#take(/([pP])\{([a-zA-Z]+)\}/y);
    if (posix !== undefined) return this.#posix(posix[0], posix[2] ?? '', posix[1] === 'P');
    const letter = this.#take(/./suy)?.[0] ?? '';
    const shorthand = shorthands[letter.toLowerCase()];
    if (shorthand !== undefined) {
      return { class: shorthand, negated: letter !== letter.toLowerCase() };
    }
    if (/[a-zA-Z0-9]|^$/.test(letter) && controls[letter] === undefined) {
      this.#cannot(`\`\\${letter}\` is not supported`);
    }
    return { char: controls[letter] ?? letter };
  }

  #codePoint(digits: string): Escaped {
    const value = Number.parseInt(digits, 16);
    if (value > 0x10ffff) this.#cannot(`\`\\x{${digits}}\` is not a character`);
    return { char: this.problem === undefined ? String.fromCodePoint(value) : '' };
  }

  #posix(text: string, name: string, negated: boolean): Escaped {
    const caseless = this.#flags.ignoreCase && (name === 'Lower' || name === 'Upper');
    const inside = posixClasses.get(caseless ? 'Alpha' : name);
    if (inside === undefined) this.#cannot(`\`\\${text}\` is not supported`);
    return { class: inside ?? '', negated };
  }

  /** Takes what the sticky expression matches here. */
  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #cannot(what: string): string {
    this.problem ??= what;
    this.#at = this.#pattern.length;
    return '';
  }
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(char)
    ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
    : char;
}
