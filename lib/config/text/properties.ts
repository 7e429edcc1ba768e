import type { Entry, ParsedText } from './entry.ts';

/** Java's `.properties` syntax, as `java.util.Properties.load` reads it, with line numbers. */
export function parseProperties(text: string): ParsedText {
  const parsed: ParsedText = { entries: [], problems: [] };
  for (const { content, line } of logicalLines(text.replace(/^\uFEFF/, ''))) {
    const { key, value } = split(content);
    parsed.entries.push({ key: unescaped(key), value: unescaped(value), line } satisfies Entry);
    if (hasMalformedUnicode(content)) {
      parsed.problems.push({
        line,
        key: unescaped(key),
        found: 'a malformed \\u escape',
        expected: 'four hexadecimal digits after \\u, or a doubled backslash',
      });
    }
  }
  return parsed;
}

/** Joins lines that end in an odd number of backslashes; drops blank lines and comments. */
function* logicalLines(text: string): Generator<{ content: string; line: number }> {
  let content = '';
  let first = 0;
  for (const [index, natural] of text.split(/\r\n|\r|\n/).entries()) {
    const begun = content.slice(0, -1);
    const trimmed = natural.replace(/^[ \t\f]+/, '');
    content = '';
    if (begun === '' && /^(?:$|[#!])/.test(trimmed)) continue;
    if (begun === '') first = index + 1;
    content = begun + trimmed;
    if (/(?<!\\)(?:\\\\)*\\$/.test(trimmed)) continue;
    if (content !== '') yield { content, line: first };
    content = '';
  }
  // A backslash at the very end continues into nothing.
  if (content.length > 1) yield { content: content.slice(0, -1), line: first };
}

/** The key ends at the first unescaped `=`, `:` or blank. */
function split(content: string): { key: string; value: string } {
  const key = /^(?:\\.|[^\\=: \t\f])*/s.exec(content)?.[0] ?? '';
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(key.length))?.[0] ?? '';
  return { key, value: content.slice(key.length + separator.length) };
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code?: string, char = '') =>
    code === undefined ? (controls[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function hasMalformedUnicode(content: string): boolean {
  return /(?<!\\)(?:\\\\)*\\u(?![0-9a-fA-F]{4})/.test(content);
}
