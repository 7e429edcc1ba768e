/** Which of several spellings of a setting counts: MirrorMaker 2's rules of its dedicated mode. */
import { flowKeys } from '../keys.ts';
import { securityKeyNames } from '../security-keys.ts';
import type { Entry } from '../text/entry.ts';

export type Properties = ReadonlyMap<string, Entry>;

/**
 * `A.*`; what says how to connect may also be given for one kind of client, and is taken for all of
 * them where `A.*` itself does not say it, or once for all clusters at the top level. There MM2 lets
 * the topics of its Connect worker win over those of a cluster.
 */
export function clusterProperties(all: Properties, alias: string): Map<string, Entry> {
  const properties = withPrefix(all, `${alias}.`);
  for (const key of ['bootstrap.servers', ...securityKeyNames]) {
    const clients = ['consumer', 'producer', 'admin'].map((client) => `${client}.${key}`);
    const [ofClient] = clients.flatMap((name) => properties.get(name) ?? []);
    const other = (key === 'bootstrap.servers' ? undefined : ofClient) ?? all.get(key);
    if (other !== undefined && !properties.has(key)) properties.set(key, other);
  }
  for (const [key, entry] of all) if (key.startsWith('offset.storage.')) properties.set(key, entry);
  return properties;
}

/**
 * The top level below `A.consumer.*` (as `source.consumer.*`) below `A->B.*`; and for the producer
 * that writes the records, which in MM2 is the Connect worker's, `B.producer.*` below
 * `A->B.producer.override.*`. Nothing else of the clusters reaches a flow.
 */
export function flowProperties(
  all: Properties,
  flow: { source: string; target: string },
): Map<string, Entry> {
  return new Map([
    ...[...all].filter(([key]) => isTopLevel(key)),
    ...renamed(withPrefix(all, `${flow.source}.consumer.`), 'source.consumer.'),
    ...renamed(withPrefix(all, `${flow.target}.producer.`), 'producer.'),
    ...[...withPrefix(all, `${flow.source}->${flow.target}.`)].filter(
      ([key]) => !/^producer\.(?!override\.)/.test(key),
    ),
  ]);
}

/** In a flow's properties: MM2 lets a cluster's `consumer.*` win over the flow's. */
export function consumerEntry(flow: Properties, key: string): Entry | undefined {
  return flow.get(`source.consumer.${key}`) ?? flow.get(`consumer.${key}`);
}

export function producerEntry(flow: Properties, key: string): Entry | undefined {
  return flow.get(`producer.override.${key}`) ?? flow.get(`producer.${key}`);
}

function isTopLevel(key: string): boolean {
  return Object.entries(flowKeys).some(([name, { topLevel }]) => name === key && topLevel);
}

function withPrefix(all: Properties, prefix: string): Map<string, Entry> {
  const found = [...all].filter(([key]) => key.startsWith(prefix) && key !== prefix);
  return new Map(found.map(([key, entry]) => [key.slice(prefix.length), entry]));
}

function renamed(properties: Properties, prefix: string): [string, Entry][] {
  return [...properties].map(([key, entry]) => [`${prefix}${key}`, entry]);
}
