/** `sasl.jaas.config`: one login module and its options, as Kafka's JaasConfig reads it. */

export interface Jaas {
  /** The class without its package: `ScramLoginModule`. */
  module: string;
  options: Readonly<Record<string, string>>;
}

const flags = 'required|requisite|sufficient|optional';
const head = new RegExp(`^\\s*(?:[\\w$]+\\.)*([\\w$]+)\\s+(?:${flags})(?=[\\s;])`, 'i');
/** A name and a value in quotes, with escapes in them, or one without. */
const option = /\s*([\w.$-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))/sy;
const end = /^\s*;\s*$/;

/** Undefined where it is none: no part of the text may be repeated then. */
export function parseJaas(text: string): Jaas | undefined {
  const found = head.exec(text);
  if (found === null) return undefined;
  const options: Record<string, string> = {};
  let position = found[0].length;
  for (;;) {
    option.lastIndex = position;
    const next = option.exec(text);
    if (next === null) break;
    const [, name = '', double, single, bare] = next;
    options[name] = bare ?? unescaped(double ?? single ?? '');
    position = option.lastIndex;
  }
  return end.test(text.slice(position)) ? { module: found[1]!, options } : undefined;
}

/** As Java's StreamTokenizer does. */
function unescaped(text: string): string {
  const letters: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return text.replace(/\\(.)/gs, (_, letter: string) => letters[letter] ?? letter);
}
