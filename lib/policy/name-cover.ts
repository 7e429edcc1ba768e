/** Which names an ACL must cover for a list of patterns: Kafka's ACLs know no regular expressions. */
import { translateJavaRegex } from './java-regex.ts';

export interface NameCover {
  /** One name, or all that begin so; the literal `*` is every name. */
  pattern: 'LITERAL' | 'PREFIXED';
  name: string;
  /** Why more names are covered than the patterns take, where it is so. */
  note?: string;
}

export const everyName = { pattern: 'LITERAL', name: '*' } as const;

/**
 * As few names as can be proved to be all that the patterns take: what has no operators is a name,
 * what begins with fixed letters a prefix, and of anything else nothing is known.
 */
export function coverNames(patterns: readonly string[]): NameCover[] {
  const entangled = patterns.find(isEntangled);
  if (entangled !== undefined) {
    return [{ ...everyName, note: `\`${entangled}\` changes what the patterns after it mean` }];
  }
  const covers = patterns.flatMap(alternatives).flatMap(coverOf);
  return covers.filter(
    (cover, index) => !covers.some((other, at) => isBetter(other, cover, at < index)),
  );
}

/** True where whatever is allowed on names of `wide` is allowed on all names of `narrow`. */
export function covers(wide: NameCover, narrow: NameCover): boolean {
  if (wide.name === everyName.name && wide.pattern === 'LITERAL') return true;
  if (wide.pattern === 'PREFIXED') {
    return narrow.name !== everyName.name && narrow.name.startsWith(wide.name);
  }
  return narrow.pattern === 'LITERAL' && narrow.name === wide.name;
}

function isBetter(other: NameCover, cover: NameCover, isEarlier: boolean): boolean {
  return covers(other, cover) && (!covers(cover, other) || (other !== cover && isEarlier));
}

/** The list is joined with `|` before it is read: flags, quotes and groups may reach the next. */
function isEntangled(pattern: string): boolean {
  const hasFlags = /\(\?[a-zA-Z-]|\\Q/.test(pattern);
  return hasFlags || translateJavaRegex(pattern).problem !== undefined;
}

/** The pattern, split at each `|` that is in no group and no class. */
function alternatives(pattern: string): string[] {
  const found: string[] = [''];
  let depth = 0;
  for (const [token] of pattern.matchAll(/\\.|\[\^?\]?(?:\\.|[^\]])*\]|./gsu)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === '|' && depth === 0) found.push('');
    else found.push(found.pop()! + token);
  }
  return found;
}

/** Nothing where the pattern takes no name. */
function coverOf(pattern: string): NameCover[] {
  const letter = /\\([^a-zA-Z0-9])|([^\\.[\](){}*+?|^$])/uy;
  letter.lastIndex = pattern.startsWith('^') ? 1 : 0;
  let at = letter.lastIndex;
  const letters: string[] = [];
  for (let found = letter.exec(pattern); found !== null; found = letter.exec(pattern)) {
    letters.push(found[1] ?? found[2]!);
    at = letter.lastIndex;
  }
  const rest = pattern.slice(at);
  if (rest === '' || rest === '$') {
    return letters.length === 0 ? [] : [{ pattern: 'LITERAL', name: letters.join('') }];
  }
  // Of what is repeated, not one need be there.
  if (/^[*?{]/.test(rest)) letters.pop();
  if (letters.length === 0) return [{ ...everyName, ...widened(pattern, pattern) }];
  return [{ pattern: 'PREFIXED', name: letters.join(''), ...widened(pattern, rest) }];
}

function widened(pattern: string, rest: string): { note?: string } {
  if (rest === '.*') return {};
  if (!/^[\w.-]+$/.test(pattern)) {
    return { note: `ACLs know no regular expressions such as \`${pattern}\`` };
  }
  const name = pattern.replaceAll('.', '\\.');
  return { note: `the dot in \`${pattern}\` is any character; a name would be \`${name}\`` };
}
