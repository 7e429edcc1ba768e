/** Which event source mappings are to be created, changed and deleted, and why. */
import type { ExistingMapping, MappingParameters, MappingUpdate } from '../aws/mappings.ts';
import { consumerGroupId } from './consumer-group.ts';
import { groupOf, mappingDifferences } from './mapping-differences.ts';
import { type MappedFlow, mappingParameters } from './mapping-parameters.ts';

export interface MappingsView {
  flow: MappedFlow;
  /** Of the replicate function: name or ARN. */
  functionName: string;
  /** The topics of the source that the flow mirrors. */
  mirrored: readonly string[];
  /** Whether the source has a topic, mirrored or not; it may hide some. */
  hasTopic(topic: string): boolean;
  /** All mappings of the function. */
  existing: readonly ExistingMapping[];
  /** By ARN, where they were looked up: they cost a request each. */
  tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Topics that may not be read on, whoever resumes them, and why: half a sentence. */
  halted: ReadonlyMap<string, string>;
  /** Whether the target has the remote topic: before that, none is read. */
  hasRemoteTopic(topic: string): boolean;
  isPaused(topic: string): boolean;
  /**
   * Topics whose mappings the stack makes, replaces and takes away: they are kept in step, but none
   * is created or replaced, which would be in the way of CloudFormation.
   */
  stackTopics?: ReadonlySet<string>;
  /** True while the stack is deployed: its mappings may not be there yet. */
  isDeploying?: boolean;
}

/** `reason` is a sentence without its full stop. */
export type MappingAction = { topic: string; reason: string } & (
  | { kind: 'create'; parameters: MappingParameters }
  | { kind: 'update' | 'enable' | 'disable'; uuid: string; update: MappingUpdate }
  | { kind: 'tag'; mappingArn: string; tags: Record<string, string> }
  /** The next run creates another one, where `isReplaced`. */
  | { kind: 'delete'; uuid: string; isReplaced: boolean }
  /** Lambda is at work on it, and takes no change until it has done. */
  | { kind: 'wait'; uuid: string; state: string }
  /** There is nothing to be done; of interest where it was found otherwise than one would expect. */
  | { kind: 'leave'; uuid: string; isExpected: boolean }
  /** A person must do something first. */
  | { kind: 'blocked' }
);

type Turn = Extract<MappingAction, { update: unknown }>;

/** Lambda takes no other names of topics. */
const acceptedTopic = /^[^.][a-zA-Z0-9\-_.]{1,248}$/;

/** In the order of the topics' names. Writes nothing: run again, it goes on where a run stopped. */
export function planMappings(view: MappingsView): MappingAction[] {
  const { own, foreign } = sortOut(view);
  const topics = new Set([...view.mirrored, ...own.keys()]);
  const mirrored = new Set(view.mirrored);
  return [...topics].sort().flatMap((topic) => {
    const existing = own.get(topic);
    if (existing === undefined) return creations(view, topic, foreign.get(topic));
    const isWanted = mirrored.has(topic);
    if (existing.State === 'Deleting') return [deleting(topic, existing, isWanted)];
    const actions = isWanted ? upkeep(view, topic, existing) : [removal(view, topic, existing)];
    return isSettled(existing) ? actions : actions.map((action) => later(action, existing));
  });
}

export interface TurnsView extends Pick<MappingsView, 'flow' | 'existing' | 'isPaused'> {
  /** Whether a topic that is not paused is to be read again; others stay as they are. */
  isResumed(topic: string): boolean;
}

/** Which mappings are to read no more, or again; nothing else about them is looked at. */
export function planTurns(view: TurnsView): MappingAction[] {
  return [...sortOut(view).own].flatMap(([topic, existing]) => {
    if (existing.State === 'Deleting') return [];
    const resumed = view.isResumed(topic) ? resuming(topic, existing) : undefined;
    const turn = view.isPaused(topic) ? pausing(topic, existing, paused) : resumed;
    if (turn === undefined) return [];
    return [isSettled(existing) ? turn : later(turn, existing)];
  });
}

/** Those of the flow, by topic. */
export function ownMappings(
  view: Pick<MappingsView, 'flow' | 'existing'>,
): ReadonlyMap<string, ExistingMapping> {
  return sortOut(view).own;
}

interface SortedOut {
  /** By topic. */
  own: ReadonlyMap<string, ExistingMapping>;
  foreign: ReadonlyMap<string, ExistingMapping>;
}

/** A mapping is known by its topic and group: there is no token, so nothing else survives a crash. */
function sortOut({ flow, existing }: Pick<MappingsView, 'flow' | 'existing'>): SortedOut {
  const own = new Map<string, ExistingMapping>();
  const foreign = new Map<string, ExistingMapping>();
  for (const mapping of existing) {
    const topic = mapping.Topics?.[0];
    if (topic === undefined) continue;
    const isOwn = groupOf(mapping) === consumerGroupId(flow, topic);
    (isOwn ? own : foreign).set(topic, mapping);
  }
  return { own, foreign };
}

/** A topic that has no remote topic yet, or has lost it, is named where that is planned. */
function creations(view: MappingsView, topic: string, foreign?: ExistingMapping): MappingAction[] {
  if (view.stackTopics?.has(topic)) {
    const reason = 'its mapping is the stack’s and is not there: take the topic out of `topics`';
    if (view.isDeploying) return [];
    return [{ kind: 'blocked', topic, reason: `${reason}, deploy, and put it in again` }];
  }
  return view.hasRemoteTopic(topic) ? [creation(view, topic, foreign)] : [];
}

function creation(view: MappingsView, topic: string, foreign?: ExistingMapping): MappingAction {
  if (!acceptedTopic.test(topic)) {
    const why = 'has one character, or begins with a dot';
    return { kind: 'blocked', topic, reason: `Lambda takes no topic whose name ${why}` };
  }
  if (foreign !== undefined) {
    const { UUID, State } = foreign;
    const group = groupOf(foreign) ?? UUID;
    const reason = `mapping ${UUID} of the same function reads the topic with group ${group}`;
    if (State === 'Deleting') return { kind: 'wait', topic, uuid: UUID, state: State, reason };
    return { kind: 'blocked', topic, reason: `${reason}; delete it first` };
  }
  const parameters = mappingParameters(view.flow, topic, view.functionName);
  const why = whyPaused(view, topic);
  if (why === undefined) {
    return { kind: 'create', topic, parameters, reason: 'the topic has no mapping' };
  }
  const reason = `the topic has no mapping; ${why}, so its mapping begins disabled`;
  return { kind: 'create', topic, parameters: { ...parameters, Enabled: false }, reason };
}

function isSettled({ State }: ExistingMapping): boolean {
  return State === 'Enabled' || State === 'Disabled';
}

function deleting(topic: string, existing: ExistingMapping, isWanted: boolean): MappingAction {
  const { UUID: uuid, State: state } = existing;
  const reason = 'Lambda is deleting the mapping';
  if (!isWanted) return { kind: 'leave', topic, uuid, isExpected: true, reason };
  return { kind: 'wait', topic, uuid, state, reason: `${reason}; then it is created again` };
}

/** What would change a mapping that Lambda is changing must wait. */
function later(
  action: MappingAction,
  { UUID: uuid, State: state }: ExistingMapping,
): MappingAction {
  if (action.kind === 'leave' || action.kind === 'tag') return action;
  const reason = `${action.reason}, but Lambda has the mapping in state ${state}`;
  return { kind: 'wait', topic: action.topic, uuid, state, reason };
}

function upkeep(view: MappingsView, topic: string, existing: ExistingMapping): MappingAction[] {
  const uuid = existing.UUID;
  const parameters = mappingParameters(view.flow, topic, view.functionName);
  const { fixed, update } = mappingDifferences(parameters, existing);
  if (fixed.length > 0 && view.stackTopics?.has(topic)) {
    const reason = `${fixed.join(', ')} is another one, and the mapping the stack’s: deploy it`;
    return [{ kind: 'blocked', topic, reason }];
  }
  if (fixed.length > 0) {
    const reason = `${fixed.join(', ')} cannot be changed in place; its group keeps the position`;
    return [{ kind: 'delete', topic, uuid, isReplaced: true, reason }];
  }
  const tagging = retag(view, topic, existing);
  // Disabled by hand stays disabled until somebody resumes.
  const why = whyPaused(view, topic);
  const turn = why === undefined ? undefined : pausing(topic, existing, why);
  const changed = Object.keys(update);
  if (turn !== undefined) return [...tagging, { ...turn, update: { ...update, ...turn.update } }];
  if (changed.length > 0) {
    const reason = `the configuration has another ${changed.join(', ')}`;
    return [...tagging, { kind: 'update', topic, uuid, update, reason }];
  }
  if (tagging.length > 0) return tagging;
  const isExpected = !isDisabled(existing) || view.isPaused(topic);
  const reason = why ?? standing(existing);
  return [{ kind: 'leave', topic, uuid, isExpected, reason }];
}

const paused = 'it is paused';

/** Undefined for a topic that is to be read. */
function whyPaused({ halted, isPaused }: MappingsView, topic: string): string | undefined {
  return halted.get(topic) ?? (isPaused(topic) ? paused : undefined);
}

function pausing(topic: string, existing: ExistingMapping, why: string): Turn | undefined {
  if (isDisabled(existing)) return undefined;
  const reason = `${why}; its position stays`;
  return { kind: 'disable', topic, uuid: existing.UUID, update: { Enabled: false }, reason };
}

function resuming(topic: string, existing: ExistingMapping): Turn | undefined {
  if (!isDisabled(existing)) return undefined;
  const reason = 'the topic is resumed, from where it stood';
  return { kind: 'enable', topic, uuid: existing.UUID, update: { Enabled: true }, reason };
}

function isDisabled({ State }: ExistingMapping): boolean {
  return State === 'Disabled' || State === 'Disabling';
}

/** Others may have tags of their own there: none is taken away. */
function retag(view: MappingsView, topic: string, existing: ExistingMapping): MappingAction[] {
  const mappingArn = existing.EventSourceMappingArn ?? '';
  const present = view.tags.get(mappingArn);
  if (present === undefined) return [];
  const missing = Object.entries(view.flow.mapping.tags).filter(
    ([name, value]) => present[name] !== value,
  );
  if (missing.length === 0) return [];
  const reason = `the configuration has other tags: ${missing.map(([name]) => name).join(', ')}`;
  return [{ kind: 'tag', topic, mappingArn, tags: Object.fromEntries(missing), reason }];
}

function standing(existing: ExistingMapping): string {
  if (!isDisabled(existing)) return 'it is as it should be';
  const why = existing.StateTransitionReason;
  return `it is disabled, by hand or by Lambda${why === undefined ? '' : ` (${why})`}; resume it`;
}

function removal(
  view: MappingsView,
  topic: string,
  { UUID: uuid }: ExistingMapping,
): MappingAction {
  if (view.hasTopic(topic)) {
    const reason = 'the flow does not mirror the topic any more; its position stays';
    return { kind: 'delete', topic, uuid, isReplaced: false, reason };
  }
  const reason = 'the source does not have the topic any more';
  if (view.flow.mapping.deletedTopics === 'delete') {
    return { kind: 'delete', topic, uuid, isReplaced: false, reason };
  }
  const isExpected = view.flow.mapping.deletedTopics === 'keep';
  return { kind: 'leave', topic, uuid, isExpected, reason: `${reason}; its mapping is kept` };
}
