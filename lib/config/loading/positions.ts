/** Where a key stands in MM2's naming scheme, and which definition of the registry it has there. */
import {
  clusterKeys,
  clustersKey,
  consumerKeys,
  flowKeys,
  type KeyDefinition,
  producerKeys,
  securityKey,
} from '../keys.ts';
import { securityKeyNames } from '../security-keys.ts';

export type Position =
  | { scope: 'top'; key: string }
  | { scope: 'cluster'; alias: string; key: string }
  | { scope: 'flow'; source: string; target: string; key: string };

/**
 * Every reading of a key: an alias may look like the beginning of another key (`source.…`). Only
 * flows between given aliases count; see `unknownFlow` for the others.
 */
export function positionsOf(key: string, aliases: readonly string[]): Position[] {
  const after = (prefix: string) => (key.startsWith(prefix) ? key.slice(prefix.length) : '');
  const flows = aliases.flatMap((source) =>
    aliases
      .filter((target) => target !== source)
      .map((target) => ({ source, target, key: after(`${source}->${target}.`) })),
  );
  const clusters = aliases.map((alias) => ({ alias, key: after(`${alias}.`) }));
  return [
    ...flows.filter((at) => at.key !== '').map((at) => ({ scope: 'flow' as const, ...at })),
    ...clusters.filter((at) => at.key !== '').map((at) => ({ scope: 'cluster' as const, ...at })),
    { scope: 'top', key },
  ];
}

/** The flow that a key names and the rest of the key, where it is none between given aliases. */
export function unknownFlow(
  key: string,
  aliases: readonly string[],
): { name: string; key: string } | undefined {
  if (positionsOf(key, aliases).some((at) => at.scope === 'flow')) return undefined;
  const [, name, rest = ''] = /^(.+->[^.]*)(?:\.(.*))?$/s.exec(key) ?? [];
  return name === undefined ? undefined : { name, key: rest };
}

/** Undefined where the key has no effect at this position. */
export function definitionAt(position: Position): KeyDefinition | undefined {
  const { key } = position;
  if (position.scope === 'flow') {
    return (
      find(flowKeys, key) ??
      prefixed(consumerKeys, key, 'consumer.') ??
      prefixed(consumerKeys, key, 'source.consumer.') ??
      prefixed(producerKeys, key, 'producer.override.')
    );
  }
  if (position.scope === 'cluster') {
    return (
      clusterDefinition(key) ??
      (securityOfClient(key) === undefined ? undefined : securityKey) ??
      prefixed(consumerKeys, key, 'consumer.') ??
      prefixed(producerKeys, key, 'producer.')
    );
  }
  const common = find(flowKeys, key) ?? clusterDefinition(key);
  if (common?.topLevel) return common;
  return key === 'clusters' ? clustersKey : undefined;
}

/** The setting in `consumer.…`, `producer.…` or `admin.…` of a cluster, where it says how to connect. */
export function securityOfClient(key: string): string | undefined {
  const name = /^(?:consumer|producer|admin)\.(.+)$/.exec(key)?.[1];
  return name !== undefined && securityKeyNames.has(name) ? name : undefined;
}

function clusterDefinition(key: string): KeyDefinition | undefined {
  return securityKeyNames.has(key) ? securityKey : find(clusterKeys, key);
}

function prefixed(
  keys: Readonly<Record<string, KeyDefinition>>,
  key: string,
  prefix: string,
): KeyDefinition | undefined {
  return key.startsWith(prefix) ? find(keys, key.slice(prefix.length)) : undefined;
}

/** Own keys only: a file may well say `constructor`. */
function find(
  keys: Readonly<Record<string, KeyDefinition>>,
  key: string,
): KeyDefinition | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}
