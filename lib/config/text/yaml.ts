import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import type { Entry, ParsedText } from './entry.ts';

/**
 * mirrorless.yaml: MM2's names nested under `clusters:` and `flows:`, everything else as at the top
 * of mm2.properties. `replication: { factor: 3 }` and `replication.factor: 3` are the same key.
 * A flow that is listed is enabled unless it says otherwise: listing it is the intent.
 */
export function parseYaml(text: string): ParsedText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const problems = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    key: 'YAML',
    found: explain(error.code),
    expected: 'valid YAML',
  }));
  // What the library says may quote the text, and with it a secret: only its code is used.
  if (problems.length > 0) return { entries: [], problems };
  return new Flattening(lines, (node) => (isAlias(node) ? node.resolve(document) : node)).of(
    document.contents,
  );
}

function explain(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** Far beyond any hand-written file; stops anchors that contain each other. */
const depthLimit = 12;
const entryLimit = 10_000;

class Flattening {
  readonly #parsed: ParsedText = { entries: [], problems: [] };
  /** The flows under `flows:`, each with its line. */
  readonly #listed = new Map<string, number>();
  readonly #lines: LineCounter;
  readonly #resolve: (node: Node) => Node | undefined;

  constructor(lines: LineCounter, resolve: (node: Node) => Node | undefined) {
    this.#lines = lines;
    this.#resolve = resolve;
  }

  of(contents: Node | null): ParsedText {
    if (contents === null) return this.#parsed;
    if (!isMap(contents)) {
      this.#problem(contents, 'YAML', 'something else', 'keys with values');
      return this.#parsed;
    }
    for (const { key, value, at } of this.#pairs(contents, '')) {
      if (key === 'clusters') this.#clusters(value, at);
      else if (key === 'flows') this.#flows(value, at);
      else this.#value(key, value, at);
    }
    this.#enableListed();
    return this.#parsed;
  }

  /** The aliases are the keys; a plain list of aliases, with dotted keys beside it, is fine too. */
  #clusters(value: Node | undefined, at: Node): void {
    if (!isMap(value)) {
      this.#value('clusters', value, at);
      return;
    }
    const pairs = this.#pairs(value, 'clusters.');
    const items = pairs.map((pair) => pair.key);
    this.#add({ key: 'clusters', value: items.join(','), items, line: this.#line(at) });
    for (const { key, value: settings, at: line } of pairs) this.#section(key, settings, line);
  }

  #flows(value: Node | undefined, at: Node): void {
    if (!isMap(value)) {
      this.#problem(at, 'flows', 'something else', 'flows such as `source->target:`');
      return;
    }
    for (const { key, value: settings, at: line } of this.#pairs(value, 'flows.')) {
      const flow = key.replace(/\s*->\s*/, '->');
      if (isMap(settings) || isEmpty(settings)) this.#listed.set(flow, this.#line(line));
      this.#section(flow, settings, line);
    }
  }

  #enableListed(): void {
    const given = new Set(this.#parsed.entries.map((entry) => entry.key));
    for (const [flow, line] of this.#listed) {
      const key = `${flow}.enabled`;
      if (!given.has(key) && !given.has('enabled')) this.#add({ key, value: 'true', line });
    }
  }

  /** A cluster or a flow; one without settings of its own may be left empty. */
  #section(key: string, value: Node | undefined, at: Node): void {
    if (!isEmpty(value)) this.#value(key, value, at);
  }

  #value(key: string, value: Node | undefined, at: Node, depth = 0): void {
    if (depth > depthLimit || this.#parsed.entries.length > entryLimit) {
      this.#problem(at, key, 'more nesting than a configuration has', 'fewer levels');
    } else if (isMap(value)) {
      for (const pair of this.#pairs(value, `${key}.`)) {
        this.#value(`${key}.${pair.key}`, pair.value, pair.at, depth + 1);
      }
    } else if (isSeq(value)) {
      this.#sequence(key, value.items as Node[], at);
    } else if (isScalar(value) && value.value !== null) {
      this.#add({ key, value: scalarText(value), line: this.#line(at) });
    } else {
      this.#problem(at, key, 'nothing', 'a value, or [] for an empty list');
    }
  }

  #sequence(key: string, nodes: readonly Node[], at: Node): void {
    const items: string[] = [];
    for (const node of nodes) {
      const item = this.#resolve(node);
      if (isScalar(item) && item.value !== null) items.push(scalarText(item));
      else this.#problem(at, key, 'a list with something else in it', 'a list of plain values');
    }
    this.#add({ key, value: items.join(','), items, line: this.#line(at) });
  }

  #pairs(map: YAMLMap, prefix: string): { key: string; value: Node | undefined; at: Node }[] {
    return (map.items as { key: Node; value: Node | null }[]).flatMap(({ key, value }) => {
      if (!isScalar(key)) {
        this.#problem(key, `${prefix}?`, 'a key that is not plain text', 'plain text');
        return [];
      }
      const resolved = value === null ? new Scalar(null) : this.#resolve(value);
      return [{ key: scalarText(key), value: resolved, at: key }];
    });
  }

  #add(entry: Entry): void {
    this.#parsed.entries.push(entry);
  }

  #problem(at: Node, key: string, found: string, expected: string): void {
    this.#parsed.problems.push({ line: this.#line(at), key, found, expected });
  }

  #line(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }
}

function isEmpty(node: Node | undefined): boolean {
  return isScalar(node) && node.value === null;
}

/** Numbers and booleans as they are written: `1.10` stays `1.10`. */
function scalarText(scalar: Scalar): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
}
