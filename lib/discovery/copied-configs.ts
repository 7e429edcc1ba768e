import type { RemoteTopicSettings } from '../config/model.ts';
import type { TopicConfig } from '../kafka/topic-admin.ts';
import { patternFilter } from '../policy/pattern-filter.ts';

/**
 * MM2's rule for settings that remote topics follow at all: never what is read only or a secret,
 * what a broker's own file sets for all topics, or what `config.properties.exclude` takes.
 */
export function copiedConfig(
  settings: Pick<RemoteTopicSettings, 'configPropertiesExclude'>,
): (config: TopicConfig) => boolean {
  const isExcluded = patternFilter({ include: settings.configPropertiesExclude, exclude: [] });
  return ({ name, value, origin, isReadOnly, isSensitive }) =>
    value !== null &&
    !isReadOnly &&
    !isSensitive &&
    origin !== 'static-broker' &&
    !isExcluded(name);
}
