import { clustersKey } from './keys.ts';
import { assemble } from './loading/assemble.ts';
import { checkDeployment } from './loading/check-deployment.ts';
import { checkTogether } from './loading/checks.ts';
import { whyIneffective } from './loading/ineffective.ts';
import { definitionAt, positionsOf, unknownFlow } from './loading/positions.ts';
import type { Properties } from './loading/precedence.ts';
import { type Environment, Values } from './loading/read-values.ts';
import { Report, shown } from './loading/report.ts';
import type { LoadResult } from './model.ts';
import type { Entry } from './text/entry.ts';
import { parseProperties } from './text/properties.ts';
import { parseYaml } from './text/yaml.ts';

export interface ConfigurationText {
  text: string;
  /** As problems name it; its ending tells the format where none is given. */
  file: string;
  format?: 'properties' | 'yaml';
  /** True where it is to be deployed: what only stands in the way of that is a problem too. */
  forDeployment?: boolean;
  /** Where `${env:NAME}` is looked up. */
  environment: Environment;
}

/**
 * Reads mm2.properties or mirrorless.yaml. All problems come at once; a key without effect is a
 * warning that names it. Pure: reading the file is the caller's.
 */
export function loadConfiguration(input: ConfigurationText): LoadResult {
  const { text, file, environment } = input;
  const format = input.format ?? (/\.(ya?ml|json)$/i.test(file) ? 'yaml' : 'properties');
  const report = new Report(file);
  const parsed = format === 'yaml' ? parseYaml(text) : parseProperties(text);
  for (const problem of parsed.problems) report.problem(problem, problem.found, problem.expected);

  const unreadable = parsed.entries.length === 0 && parsed.problems.length > 0;
  const given = lastOfEach(parsed.entries, report);
  const values = new Values(report, environment);
  const aliases = unreadable ? [] : readAliases(given, values, report);
  const properties = withCurrentNames(given, report);
  const effective = new Map(
    [...properties].filter((property) => counts(property, { aliases, format, values, report })),
  );
  const configuration = assemble({ file, aliases, properties: effective, values, report });
  const context = { properties: effective, report };
  if (!unreadable) checkTogether(configuration, context);
  if (!unreadable && input.forDeployment) checkDeployment(configuration, context);
  return report.result(configuration);
}

function lastOfEach(entries: readonly Entry[], report: Report): Properties {
  const last = new Map(entries.map((entry) => [entry.key, entry]));
  for (const entry of entries) {
    const winner = last.get(entry.key);
    if (winner === undefined || winner === entry) continue;
    report.warning(entry, `given again on line ${winner.line}, and the last one counts`);
  }
  return last;
}

const deprecated: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)topics\.blacklist$/, '$1topics.exclude'],
  [/(^|\.)groups\.blacklist$/, '$1groups.exclude'],
  [/(^|\.)config\.properties\.blacklist$/, '$1config.properties.exclude'],
  [/(^|\.)topics\.whitelist$/, '$1topics'],
  [/(^|\.)groups\.whitelist$/, '$1groups'],
];

/** By their current names. Old articles still show others, which Kafka 4 ignores silently. */
function withCurrentNames(given: Properties, report: Report): Properties {
  const current = new Map<string, Entry>();
  for (const [key, entry] of given) {
    const rename = deprecated.find(([pattern]) => pattern.test(key));
    const name = rename === undefined ? key : key.replace(...rename);
    const other = given.get(name);
    if (name !== key && other !== undefined) {
      report.warning(entry, `a removed name of \`${name}\`, which line ${other.line} sets already`);
      continue;
    }
    if (name !== key) report.warning(entry, `a removed name; it is read as \`${name}\``);
    current.set(name, entry);
  }
  return current;
}

/** The aliases of `clusters`; where they are missing, what other keys tell, to find all problems. */
function readAliases(given: Properties, values: Values, report: Report): readonly string[] {
  const entry = given.get('clusters');
  const named = [...given.keys()].flatMap((key) => [
    ...(/^(.+)\.bootstrap\.servers$/.exec(key)?.slice(1) ?? []),
    ...(/^(.+)->(.+)\.enabled$/.exec(key)?.slice(1) ?? []),
  ]);
  if (entry === undefined) {
    report.problem({ key: 'clusters' }, 'nothing', 'the aliases of at least two clusters');
    return [...new Set(named)];
  }
  values.read(entry, clustersKey);
  const aliases = values.of(entry, clustersKey) ?? [...new Set(named)];
  if (aliases.length === 1) {
    report.problem(entry, shown(entry.key, entry.value), 'the aliases of at least two clusters');
  }
  return aliases;
}

interface Reading {
  aliases: readonly string[];
  format: 'properties' | 'yaml';
  values: Values;
  report: Report;
}

/** True for an entry that counts; what does not count is reported. Reads the value in any case. */
function counts([key, entry]: [string, Entry], reading: Reading): boolean {
  const { aliases, format, values, report } = reading;
  if (key === 'clusters') return true;
  const flow = unknownFlow(key, aliases);
  if (flow !== undefined) {
    const known = aliases.length > 0 ? aliases.join(', ') : '`clusters`';
    const place = { ...entry, key: flow.name };
    report.problem(place, shown(flow.name, flow.name), `a flow between two of ${known}`);
  }
  const positions =
    flow === undefined
      ? positionsOf(key, aliases)
      : [{ scope: 'flow' as const, source: '', target: '', key: flow.key }];
  const [definition] = positions.flatMap((position) => definitionAt(position) ?? []);
  if (definition === undefined) {
    const [position = { scope: 'top' as const, key }] = positions;
    // A bare word may be the rest of a value that was broken off, so it is not repeated.
    const place = entry.value === '' && !key.includes('.') ? { ...entry, key: '' } : entry;
    if (flow?.key !== '') report.warning(place, whyIneffective(position));
    return false;
  }
  if (definition.yamlOnly && format === 'properties') {
    report.warning(entry, 'read from mirrorless.yaml only; MM2 has no such key');
    return false;
  }
  if (!definition.inEffect) report.warning(entry, 'not yet in effect in this version');
  values.read(entry, definition);
  return flow === undefined;
}
