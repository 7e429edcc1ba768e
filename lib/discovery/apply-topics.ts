/** Does what was planned for topics on the target: each by itself, with what was refused. */
import type { MirrorlessError } from '../errors.ts';
import type { Settled } from '../kafka/ports.ts';
import type { ConfigChanges, NewTopic, TopicAdmin } from '../kafka/topic-admin.ts';
import type { AclAction } from './plan-acls.ts';
import type { ConfigAction } from './plan-configs.ts';
import type { TopicAction } from './plan-topics.ts';

export type RemoteTopicAction = TopicAction | ConfigAction | AclAction;

export interface Refused {
  topic: string;
  /** The setting, where the refusal concerns no more than one. */
  setting?: string;
  error: MirrorlessError;
}

export interface Applied {
  /** What this run changed. What another run had done meanwhile is in neither list. */
  done: RemoteTopicAction[];
  refused: Refused[];
}

export type TargetTopics = Pick<
  TopicAdmin,
  'createTopics' | 'checkTopics' | 'createPartitions' | 'alterConfigs' | 'createAcls'
>;

/**
 * Creates, then grows, then configures, then permits. Never rejects. Everything here may be done
 * twice, or by two runs at the same time: the second finds it done.
 */
export async function applyTopics(
  target: TargetTopics,
  actions: readonly RemoteTopicAction[],
): Promise<Applied> {
  const applied: Applied = { done: [], refused: [] };
  const of = <Kind extends RemoteTopicAction['kind']>(kind: Kind) =>
    actions.filter((action): action is Extract<RemoteTopicAction, { kind: Kind }> => {
      return action.kind === kind;
    });
  await create(target, of('create-topic'), applied);
  await grow(target, of('add-partitions'), applied);
  await configure(target, of('alter-configs'), applied);
  await permit(target, of('create-acl'), applied);
  return applied;
}

type Of<Kind> = Extract<RemoteTopicAction, { kind: Kind }>;

async function create(
  target: TargetTopics,
  actions: readonly Of<'create-topic'>[],
  applied: Applied,
): Promise<void> {
  const outcomes = await target.createTopics(actions.map(({ created }) => created));
  for (const [index, action] of actions.entries()) {
    const outcome = outcomes[index]!;
    if (isSettingRefused(outcome)) await createWithout(target, action, applied, outcome.error);
    else collect(applied, action, outcome);
  }
}

/**
 * Without these a remote topic may delete records, or keep other ones, before anybody has read them.
 */
const protecting = new Set(['cleanup.policy', 'retention.ms', 'retention.bytes']);

/** A topic is created without what the target refuses, unless its records depend on that. */
async function createWithout(
  target: TargetTopics,
  action: Of<'create-topic'>,
  applied: Applied,
  error: MirrorlessError,
): Promise<void> {
  const { topic, created } = action;
  const refused = await refusedSettings(target, created);
  for (const one of refused) applied.refused.push({ topic, ...one });
  const names = new Set(refused.map(({ setting }) => setting));
  if (names.size === 0 || [...names].some((name) => protecting.has(name))) {
    applied.refused.push({ topic, error });
    return;
  }
  const kept = Object.entries(created.configs).filter(([name]) => !names.has(name));
  const configs = Object.fromEntries(kept);
  const [outcome] = await target.createTopics([{ ...created, configs }]);
  collect(applied, { ...action, created: { ...created, configs } }, outcome!);
}

/** Brokers name no more than one setting: each is tried alone, creating nothing. */
async function refusedSettings(
  target: TargetTopics,
  created: NewTopic,
): Promise<{ setting: string; error: MirrorlessError }[]> {
  const refused: { setting: string; error: MirrorlessError }[] = [];
  for (const [setting, value] of Object.entries(created.configs)) {
    const alone = { ...created, configs: { [setting]: value } };
    const [outcome] = await target.checkTopics([alone]);
    if (isSettingRefused(outcome!)) refused.push({ setting, error: outcome.error });
  }
  return refused;
}

async function grow(
  target: TargetTopics,
  actions: readonly Of<'add-partitions'>[],
  applied: Applied,
): Promise<void> {
  const topics = actions.map(({ remoteTopic, partitionCount }) => {
    return { topic: remoteTopic, partitionCount };
  });
  const outcomes = await target.createPartitions(topics);
  for (const [index, action] of actions.entries()) collect(applied, action, outcomes[index]!);
}

async function configure(
  target: TargetTopics,
  actions: readonly ConfigAction[],
  applied: Applied,
): Promise<void> {
  const outcomes = await target.alterConfigs(actions.map(alteration));
  for (const [index, action] of actions.entries()) {
    const outcome = outcomes[index]!;
    if (isSettingRefused(outcome)) await configureEach(target, action, applied);
    else collect(applied, action, truth(outcome));
  }
}

/** One refused setting would keep all others of its topic from being changed. */
async function configureEach(
  target: TargetTopics,
  action: ConfigAction,
  applied: Applied,
): Promise<void> {
  const { topic } = action;
  const done: ConfigAction['changes'][number][] = [];
  for (const change of action.changes) {
    const [outcome] = await target.alterConfigs([alteration({ ...action, changes: [change] })]);
    if (outcome?.ok) done.push(change);
    else if (outcome) applied.refused.push({ topic, setting: change.name, error: outcome.error });
  }
  if (done.length > 0) applied.done.push({ ...action, changes: done });
}

function alteration({ remoteTopic, changes }: ConfigAction): {
  topic: string;
  changes: ConfigChanges;
} {
  const values = changes.map(({ name, value }) => [name, value]);
  return { topic: remoteTopic, changes: Object.fromEntries(values) };
}

async function permit(
  target: TargetTopics,
  actions: readonly AclAction[],
  applied: Applied,
): Promise<void> {
  const outcomes = await target.createAcls(actions.map(({ acl }) => acl));
  for (const [index, action] of actions.entries())
    collect(applied, action, truth(outcomes[index]!));
}

function truth(outcome: Settled<undefined>): Settled<boolean> {
  return outcome.ok ? { ok: true, value: true } : outcome;
}

function collect(applied: Applied, action: RemoteTopicAction, outcome: Settled<boolean>): void {
  if (!outcome.ok) applied.refused.push({ topic: action.topic, error: outcome.error });
  else if (outcome.value) applied.done.push(action);
}

function isSettingRefused(
  outcome: Settled<unknown>,
): outcome is Extract<typeof outcome, { ok: false }> {
  return !outcome.ok && outcome.error.code === 'SETTING_REFUSED';
}
