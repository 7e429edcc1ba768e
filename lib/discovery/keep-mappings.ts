/** Keeps the event source mappings of a flow as they should be: looks, plans and applies. */
import type { ExistingMapping, MappingsApi } from '../aws/mappings.ts';
import { mapBounded } from '../bounded.ts';
import { settle } from '../state/settle.ts';
import { type AppliedMappings, applyMappings } from './apply-mappings.ts';
import {
  type MappingAction,
  type MappingsView,
  planMappings,
  planTurns,
  type TurnsView,
} from './plan-mappings.ts';

export type WantedMappings = Omit<MappingsView, 'existing' | 'tags'>;

export interface KeepMappingsOptions {
  api: MappingsApi;
  wanted: WantedMappings;
  /** True where tags are to be compared too, which takes one request for each mapping. */
  comparesTags: boolean;
  /** Until Lambda is ready for what it was not ready for; resolves false where no time is left. */
  waitForLambda(): Promise<boolean>;
}

const callsAtOnce = 8;

/** Rejects where the mappings cannot be listed. */
export async function lookAtMappings(
  api: MappingsApi,
  { wanted, comparesTags }: Pick<KeepMappingsOptions, 'wanted' | 'comparesTags'>,
): Promise<MappingsView> {
  const existing = await api.list(wanted.functionName);
  return { ...wanted, existing, tags: comparesTags ? await readTags(api, existing) : new Map() };
}

async function readTags(
  api: MappingsApi,
  existing: readonly ExistingMapping[],
): Promise<MappingsView['tags']> {
  const present = existing.flatMap(({ EventSourceMappingArn: arn, State }) => {
    return arn === undefined || State === 'Deleting' ? [] : [arn];
  });
  const outcomes = await mapBounded(present, callsAtOnce, (arn) => settle(() => api.tags(arn)));
  const tags = new Map<string, Record<string, string>>();
  for (const [index, arn] of present.entries()) {
    const outcome = outcomes[index]!;
    if (outcome.ok) tags.set(arn, outcome.value);
    else if (outcome.error.code !== 'MAPPING_MISSING') throw outcome.error;
  }
  return tags;
}

export interface KeptMappings extends AppliedMappings {
  /** What there was when the last round looked. */
  existing: readonly ExistingMapping[];
}

/** Rejects where the mappings, or their tags, cannot be looked at. */
export async function keepMappings(options: KeepMappingsOptions): Promise<KeptMappings> {
  let existing: readonly ExistingMapping[] = [];
  const plan = async () => {
    const view = await lookAtMappings(options.api, options);
    existing = view.existing;
    return planMappings(view);
  };
  const applied = await inRounds(options, plan);
  return { ...applied, existing };
}

export interface TurnMappingsOptions extends Pick<KeepMappingsOptions, 'api' | 'waitForLambda'> {
  wanted: Omit<TurnsView, 'existing'> & Pick<MappingsView, 'functionName'>;
}

/** Pauses and resumes: changes what is read, and nothing else. Rejects as `keepMappings` does. */
export async function turnMappings(options: TurnMappingsOptions): Promise<AppliedMappings> {
  const { api, wanted } = options;
  const plan = async () => {
    return planTurns({ ...wanted, existing: await api.list(wanted.functionName) });
  };
  return inRounds(options, plan);
}

/**
 * Rounds until nothing waits for Lambda: what is replaced is deleted in one and created in another.
 * Every round looks at what there is, so a run that was killed is continued by the next one.
 */
async function inRounds(
  { api, waitForLambda }: Pick<KeepMappingsOptions, 'api' | 'waitForLambda'>,
  plan: () => Promise<MappingAction[]>,
): Promise<AppliedMappings> {
  const done: MappingAction[] = [];
  while (true) {
    const applied = await applyMappings(api, await plan());
    done.push(...applied.done);
    const isUnfinished = applied.postponed.length > 0 || applied.done.some(isReplacement);
    if (!isUnfinished || !(await waitForLambda())) return { ...applied, done };
  }
}

function isReplacement(action: MappingAction): boolean {
  return action.kind === 'delete' && action.isReplaced;
}
