/** Brings the event source mappings of a flow to what was planned for them. */
import type { ExistingMapping, MappingsApi } from '../aws/mappings.ts';
import { mapBounded } from '../bounded.ts';
import type { ErrorCode } from '../error-codes.ts';
import { MirrorlessError } from '../errors.ts';
import { settle } from '../state/settle.ts';
import { groupOf } from './mapping-differences.ts';
import type { MappingAction } from './plan-mappings.ts';

export interface AppliedMappings {
  /** What this run changed. What another run had done meanwhile is in no list. */
  done: MappingAction[];
  /** What Lambda is not ready for: a later run plans it anew. */
  postponed: MappingAction[];
  refused: { topic: string; error: MirrorlessError }[];
}

/** More would only wait for their turn at the API's pace. */
const callsAtOnce = 8;

/**
 * Each by itself, and never rejects. Two runs at the same time do no harm: of two creations Lambda
 * refuses one, changes are to the same values, and what is gone cannot be deleted twice.
 */
export async function applyMappings(
  api: MappingsApi,
  actions: readonly MappingAction[],
): Promise<AppliedMappings> {
  const outcomes = await mapBounded(actions, callsAtOnce, (action) => apply(api, action));
  const applied: AppliedMappings = { done: [], postponed: [], refused: [] };
  for (const [index, action] of actions.entries()) {
    const outcome = outcomes[index]!;
    if (outcome instanceof MirrorlessError) {
      applied.refused.push({ topic: action.topic, error: outcome });
    } else if (outcome !== 'already') {
      applied[outcome].push(action);
    }
  }
  return applied;
}

/** `already`: there was nothing to do, or another run did it. */
type Outcome = 'done' | 'postponed' | 'already' | MirrorlessError;

async function apply(api: MappingsApi, action: MappingAction): Promise<Outcome> {
  switch (action.kind) {
    case 'create':
      return create(api, action);
    case 'update':
    case 'enable':
    case 'disable':
      return outcomeOf(() => api.update(action.uuid, action.update), {
        MAPPING_BUSY: 'postponed',
        MAPPING_MISSING: 'postponed',
      });
    case 'delete':
      return outcomeOf(() => api.delete(action.uuid), {
        MAPPING_BUSY: 'postponed',
        MAPPING_MISSING: 'already',
      });
    case 'tag':
      return outcomeOf(() => api.tag(action.mappingArn, action.tags), {
        MAPPING_MISSING: 'postponed',
      });
    case 'wait':
      return 'postponed';
    case 'leave':
      return 'already';
    case 'blocked':
      return new MirrorlessError('MAPPING_REFUSED', `${action.reason}.`, {
        place: { topic: action.topic },
      });
  }
}

async function outcomeOf(
  call: () => Promise<unknown>,
  outcomes: Partial<Record<ErrorCode, Outcome>>,
): Promise<Outcome> {
  const result = await settle(call);
  return result.ok ? 'done' : (outcomes[result.error.code] ?? result.error);
}

type Creation = Extract<MappingAction, { kind: 'create' }>;

async function create(api: MappingsApi, action: Creation): Promise<Outcome> {
  const outcome = await outcomeOf(() => api.create(action.parameters), {});
  if (outcome === 'done' || typeof outcome === 'string') return outcome;
  return outcome.code === 'MAPPING_CONFLICT' ? explain(api, action, outcome) : outcome;
}

/** The mapping in the way is ours, if another run or a request that seemed lost has created it. */
async function explain(
  api: MappingsApi,
  { topic, parameters }: Creation,
  conflict: MirrorlessError,
): Promise<Outcome> {
  const listed = await settle(() => api.list(parameters.FunctionName));
  if (!listed.ok) return listed.error;
  const present = listed.value.find(({ Topics }) => Topics?.[0] === topic);
  if (present === undefined) return conflict;
  if (groupOf(present) !== groupOf(parameters)) return inTheWay(topic, present, conflict);
  return present.State === 'Deleting' ? 'postponed' : 'already';
}

function inTheWay(topic: string, present: ExistingMapping, cause: MirrorlessError) {
  const group = groupOf(present) ?? 'its own';
  const what = `Mapping ${present.UUID} reads ${topic} with group ${group}.`;
  return new MirrorlessError('MAPPING_CONFLICT', what, { cause, place: { topic } });
}
