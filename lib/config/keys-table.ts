import {
  clusterKeys,
  clustersKey,
  consumerKeys,
  flowKeys,
  type KeyDefinition,
  producerKeys,
  securityKey,
} from './keys.ts';

/** The README's tables of configuration keys; a test holds the README equal to them. */
export function renderKeysTable(): string {
  return [
    ...table('Clusters', {
      clusters: clustersKey,
      ...named(clusterKeys, 'A.'),
      'A.security.protocol, A.ssl.*, A.sasl.*': securityKey,
    }),
    '',
    ...table('Flows', {
      ...flowKeys,
      ...named(consumerKeys, 'A.consumer.'),
      ...named(producerKeys, 'B.producer.'),
    }),
    '',
  ].join('\n');
}

type Keys = Readonly<Record<string, KeyDefinition>>;

function named(keys: Keys, prefix: string): Keys {
  return Object.fromEntries(Object.entries(keys).map(([key, row]) => [`${prefix}${key}`, row]));
}

function table(title: string, keys: Keys): string[] {
  return [
    `| ${title} | Value | Default | Meaning |`,
    '| --- | --- | --- | --- |',
    ...Object.entries(keys).map(([key, definition]) =>
      [`\`${key}\``, definition.type.label, fallback(definition), meaning(definition)]
        .map((cell) => cell.replaceAll('|', '\\|'))
        .join(' | ')
        .replace(/^.*$/, '| $& |'),
    ),
  ];
}

function fallback(definition: KeyDefinition): string {
  const value: unknown = definition.default;
  if (value === undefined || value === '') return '';
  return (Array.isArray(value) ? value : [value]).map((item) => `\`${item}\``).join(', ');
}

function meaning({ meaning, yamlOnly, inEffect }: KeyDefinition): string {
  const notes = [yamlOnly ? 'YAML only' : '', inEffect ? '' : 'not yet in effect'];
  const said = notes.filter((note) => note !== '').join(', ');
  return said === '' ? meaning : `${meaning} (${said})`;
}
