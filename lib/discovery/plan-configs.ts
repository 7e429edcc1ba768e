/** Which settings of remote topics are to follow their source, by difference. */
import type { RemoteTopicSettings } from '../config/model.ts';
import type { TopicConfig } from '../kafka/topic-admin.ts';
import { copiedConfig } from './copied-configs.ts';

/** A mirrored topic whose remote topic exists, with every setting of both. */
export interface ConfigsView {
  topic: string;
  remoteTopic: string;
  source: readonly TopicConfig[];
  remote: readonly TopicConfig[];
}

export interface ConfigChange {
  name: string;
  /** Null takes away what the remote topic itself sets, so that the target's default applies. */
  value: string | null;
  reason: string;
}

export interface ConfigAction {
  kind: 'alter-configs';
  topic: string;
  remoteTopic: string;
  changes: readonly ConfigChange[];
}

/** A setting that the target does not know: it cannot follow, and nothing is tried. */
export interface UnknownConfig {
  topic: string;
  remoteTopic: string;
  name: string;
  value: string;
}

export interface ConfigsPlan {
  actions: ConfigAction[];
  unknown: UnknownConfig[];
}

/**
 * What MM2 would write, less what is so already. With `use.defaults.from=target`, what the source
 * leaves at its default is taken away from the remote topic; everything else becomes the remote
 * topic's own setting, also what the source's brokers set at run time for all of their topics.
 */
export function planConfigs(
  topics: readonly ConfigsView[],
  settings: RemoteTopicSettings,
): ConfigsPlan {
  const isCopied = copiedConfig(settings);
  const actions: ConfigAction[] = [];
  const unknown: UnknownConfig[] = [];
  for (const { topic, remoteTopic, source, remote } of topics) {
    const known = new Map(remote.map((config) => [config.name, config]));
    const changes: ConfigChange[] = [];
    for (const config of source.filter(isCopied)) {
      const wanted = wantedValue(config, settings);
      const present = known.get(config.name);
      if (present === undefined) {
        const { name } = config;
        if (wanted !== null) unknown.push({ topic, remoteTopic, name, value: wanted });
      } else if (ownValue(present) !== wanted) {
        changes.push(changeOf(config, wanted, present));
      }
    }
    if (changes.length > 0) actions.push({ kind: 'alter-configs', topic, remoteTopic, changes });
  }
  return { actions, unknown };
}

/** Null where the remote topic should set nothing of its own. */
function wantedValue(
  { origin, value }: TopicConfig,
  { useDefaultsFrom }: RemoteTopicSettings,
): string | null {
  return origin === 'default' && useDefaultsFrom === 'target' ? null : value;
}

function ownValue({ origin, value }: TopicConfig): string | null {
  return origin === 'topic' ? value : null;
}

function changeOf(source: TopicConfig, value: string | null, present: TopicConfig): ConfigChange {
  const has = ownValue(present);
  const target = has === null ? 'the target’s default applies' : `the target has ${shown(has)}`;
  const reason =
    value === null
      ? `the source leaves it at its default, ${target}`
      : `the source has ${shown(value)}, ${target}`;
  return { name: source.name, value, reason };
}

function shown(value: string): string {
  return value === '' ? 'an empty value' : value;
}
