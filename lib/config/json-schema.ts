import * as z from 'zod';
import {
  clusterKeys,
  consumerKeys,
  flowKeys,
  type KeyDefinition,
  producerKeys,
  securityKey,
} from './keys.ts';
import { securityKeyNames } from './security-keys.ts';

/**
 * The JSON Schema of mirrorless.yaml, for editors: completion, meanings and value checks of the
 * dotted keys. It allows other keys, because keys may also be nested and `loadConfiguration` is
 * what says which of them have no effect.
 */
export function configurationJsonSchema(): Record<string, unknown> {
  const security = Object.fromEntries([...securityKeyNames].map((key) => [key, securityKey]));
  const cluster = shape({
    ...clusterKeys,
    ...security,
    ...prefixed(consumerKeys, 'consumer.'),
    ...prefixed(producerKeys, 'producer.'),
  });
  const flow = shape({
    ...flowKeys,
    ...prefixed(consumerKeys, 'consumer.'),
    ...prefixed(producerKeys, 'producer.override.'),
  });
  const common = {
    ...flowKeys,
    ...security,
    ...clusterKeys,
  };
  const topLevel = Object.entries(common).filter(([, { topLevel }]) => topLevel);
  const document = z.looseObject({
    clusters: z
      .union([z.record(z.string(), cluster.nullable()), z.array(z.string()), z.string()])
      .describe('the clusters, by alias'),
    flows: z
      .record(z.string().regex(/^.+->.+$/), flow.nullable())
      .describe('the flows, `source->target`; a flow that is listed is enabled')
      .optional(),
    ...shape(Object.fromEntries(topLevel)).shape,
  });
  return z.toJSONSchema(document, { target: 'draft-7', io: 'input' });
}

type Keys = Readonly<Record<string, KeyDefinition>>;

function prefixed(keys: Keys, prefix: string): Keys {
  return Object.fromEntries(Object.entries(keys).map(([key, row]) => [`${prefix}${key}`, row]));
}

function shape(keys: Keys) {
  return z.looseObject(
    Object.fromEntries(Object.entries(keys).map(([key, row]) => [key, value(row).optional()])),
  );
}

/** What the key's own schema takes, or a text that becomes it: a reference, a list with commas. */
function value({ type, meaning, default: fallback }: KeyDefinition): z.ZodType {
  const isList = type.schema instanceof z.ZodArray;
  const other = isList ? z.string() : z.string().regex(/^\$\{env:[^}]+\}$/);
  const either = z.union([
    type === securityKey.type ? z.union([z.string(), z.number(), z.boolean()]) : type.schema,
    other,
  ]);
  return (fallback === undefined ? either : either.meta({ default: fallback })).describe(meaning);
}
