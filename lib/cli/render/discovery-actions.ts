/** Every single thing that discovery does or would do, as a row and for machines. */
import type { ChangeableParameters, MappingParameters } from '../../aws/mappings.ts';
import type { RemoteTopicAction } from '../../discovery/apply-topics.ts';
import type { ConfigAction } from '../../discovery/plan-configs.ts';
import type { MappingAction } from '../../discovery/plan-mappings.ts';
import { counted, formatCount } from './numbers.ts';
import type { Style } from './table.ts';

export interface ActionRow {
  action: string;
  kind: 'topic' | 'partitions' | 'setting' | 'acl' | 'mapping';
  /** The upstream name. */
  topic: string;
  what: string;
  /** A sentence without its full stop. */
  reason: string;
  style: Style;
  /** The same for machines. */
  details: Readonly<Record<string, unknown>>;
}

/** In the order in which they are done. A setting is a row of its own. */
export function topicRows(actions: readonly RemoteTopicAction[]): ActionRow[] {
  return actions.flatMap(rowsOf);
}

function rowsOf(action: RemoteTopicAction): ActionRow[] {
  switch (action.kind) {
    case 'create-topic':
      return [creationRow(action)];
    case 'add-partitions':
      return [growthRow(action)];
    case 'alter-configs':
      return action.changes.map((change) => settingRow(action, change));
    case 'create-acl':
      return [aclRow(action)];
  }
}

type Of<Kind> = Extract<RemoteTopicAction, { kind: Kind }>;

function creationRow({ topic, created, reason }: Of<'create-topic'>): ActionRow {
  const { partitionCount, replicationFactor, configs } = created;
  const settingCount = Object.keys(configs).length;
  const what = [
    `${created.topic}: ${counted(partitionCount, 'partition')}`,
    replicationFactor === -1
      ? 'the target’s replication factor'
      : `replication factor ${replicationFactor}`,
    ...(settingCount === 0 ? [] : [counted(settingCount, 'setting')]),
  ].join(', ');
  const details = {
    remoteTopic: created.topic,
    partitions: partitionCount,
    replicationFactor,
    settings: configs,
  };
  return { action: 'create', kind: 'topic', topic, what, reason, style: 'green', details };
}

function growthRow(action: Of<'add-partitions'>): ActionRow {
  const { topic, remoteTopic, partitionCount, existingCount, reason } = action;
  const what = `${remoteTopic}: ${formatCount(existingCount)} → ${formatCount(partitionCount)}`;
  const details = { remoteTopic, partitions: partitionCount, existingPartitions: existingCount };
  return { action: 'add', kind: 'partitions', topic, what, reason, style: 'green', details };
}

function settingRow(
  { topic, remoteTopic }: ConfigAction,
  { name, value, reason }: ConfigAction['changes'][number],
): ActionRow {
  const details = { remoteTopic, name, value };
  const row = { kind: 'setting', topic, reason, style: 'yellow', details } as const;
  if (value === null) return { ...row, action: 'unset', what: `${remoteTopic}: ${name}` };
  return { ...row, action: 'set', what: `${remoteTopic}: ${name}=${value}` };
}

function aclRow({ topic, acl, reason }: Of<'create-acl'>): ActionRow {
  const { principal, operation, permission, host } = acl;
  const from = host === '*' ? '' : ` from ${host}`;
  const what = `${acl.topic}: ${permission} ${principal} ${operation}${from}`;
  const details = { remoteTopic: acl.topic, principal, host, operation, permission };
  return { action: 'create', kind: 'acl', topic, what, reason, style: 'green', details };
}

/** Those that are as they should be are left out. */
export function mappingRows(actions: readonly MappingAction[]): ActionRow[] {
  return actions.flatMap((action) => {
    if (action.kind === 'leave' && action.isExpected) return [];
    const { topic, reason } = action;
    return [{ kind: 'mapping', topic, reason, ...mappingParts(action) }];
  });
}

type Parts = Pick<ActionRow, 'action' | 'what' | 'style' | 'details'>;

function mappingParts(action: MappingAction): Parts {
  switch (action.kind) {
    case 'create':
      return {
        action: 'create',
        what: creationText(action.parameters),
        style: 'green',
        details: { parameters: action.parameters },
      };
    case 'update':
    case 'enable':
    case 'disable': {
      const { uuid, update } = action;
      const details = { uuid, update };
      return { action: action.kind, what: changesText(update), style: 'yellow', details };
    }
    case 'tag': {
      const { mappingArn, tags } = action;
      const what = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
      return {
        action: 'tag',
        what: what.join(', '),
        style: 'yellow',
        details: { mappingArn, tags },
      };
    }
    case 'delete': {
      const { uuid, isReplaced } = action;
      const what = `mapping ${uuid}${isReplaced ? ', and create another' : ''}`;
      return { action: 'delete', what, style: 'red', details: { uuid, isReplaced } };
    }
    case 'wait': {
      const { uuid, state } = action;
      const details = { uuid, state };
      return { action: 'wait', what: `mapping ${uuid}: ${state}`, style: 'yellow', details };
    }
    case 'leave': {
      const { uuid } = action;
      return { action: 'leave', what: `mapping ${uuid}`, style: 'yellow', details: { uuid } };
    }
    case 'blocked':
      return { action: 'blocked', what: '-', style: 'red', details: {} };
  }
}

function creationText(parameters: MappingParameters): string {
  const { BatchSize, StartingPosition, StartingPositionTimestamp, Enabled = true } = parameters;
  const at =
    StartingPositionTimestamp === undefined ? '' : ` ${timeText(StartingPositionTimestamp)}`;
  const start = `from ${StartingPosition}${at}`;
  return [
    start,
    `batches of ${counted(BatchSize, 'record')}`,
    ...(Enabled ? [] : ['disabled']),
  ].join(', ');
}

function timeText(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}

function changesText(update: Partial<ChangeableParameters>): string {
  const changes = Object.entries(update).map(([name, value]) => {
    return `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`;
  });
  return changes.join(', ');
}
