import type { ValueType } from './values.ts';

export interface KeyDefinition<T = unknown, D extends T | undefined = T | undefined> {
  type: ValueType<T>;
  default: D;
  meaning: string;
  /** False for what a coming part of the product will use: accepted, and warned about. */
  inEffect: boolean;
  /** True where one setting at the top level may serve all flows or clusters. */
  topLevel: boolean;
  /** True for what MM2 does not know; such a key has no meaning in mm2.properties. */
  yamlOnly: boolean;
}

/** What the model gets: the checked value, or the default. */
export type ValueOf<K> = K extends KeyDefinition<infer T, infer D> ? T | D : never;

type Define = <T, const D extends T | undefined>(
  type: ValueType<T>,
  fallback: D,
  meaning: string,
) => KeyDefinition<T, D>;

export const now: Define = (type, fallback, meaning) => ({
  type,
  default: fallback,
  meaning,
  inEffect: true,
  topLevel: true,
  yamlOnly: false,
});
export const yaml: Define = (...row) => ({ ...now(...row), yamlOnly: true });

/** Each flow or cluster has its own. */
export function notTopLevel<K extends KeyDefinition>(definition: K): K {
  return { ...definition, topLevel: false };
}
