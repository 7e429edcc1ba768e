/** Pauses a flow or some of its topics, and resumes them from where they stood. */
import type { MappingsApi } from '../aws/mappings.ts';
import type { PauseStore, Pauses } from '../state/ports.ts';
import type { AppliedMappings } from './apply-mappings.ts';
import { turnMappings } from './keep-mappings.ts';
import type { MappedFlow } from './mapping-parameters.ts';
import { type MappingAction, planTurns, type TurnsView } from './plan-mappings.ts';

export interface Turn {
  to: 'pause' | 'resume';
  /** Absent for the flow as a whole, and then topics that are found later are meant too. */
  topics?: readonly string[];
  /** Noted with a pause, so that a restart that was killed is known for one. */
  by?: 'restart';
}

export interface TurnOptions {
  api: MappingsApi;
  pauses: PauseStore;
  flow: MappedFlow;
  /** Of the replicate function: name or ARN. */
  functionName: string;
  /** Topics that may not be read on, whoever resumes them; see detected-states.ts. */
  halted?: ReadonlyMap<string, string>;
}

/**
 * First what is to be is written, then the mappings are turned: a run that ends between the two is
 * completed by discovery where it paused, and by the same command again where it resumed.
 */
export async function turn(
  to: Turn,
  options: TurnOptions & { waitForLambda(): Promise<boolean> },
): Promise<AppliedMappings> {
  const { api, pauses, functionName, waitForLambda } = options;
  await pauses.write(to.to === 'pause', to.topics, to.by);
  const view = turnsView(to, options, await pauses.read());
  return turnMappings({ api, wanted: { ...view, functionName }, waitForLambda });
}

/** What `turn` would do; writes nothing. */
export async function planTurn(to: Turn, options: TurnOptions): Promise<MappingAction[]> {
  const { api, pauses, functionName } = options;
  const [existing, before] = await Promise.all([api.list(functionName), pauses.read()]);
  return planTurns({ ...turnsView(to, options, turnedPauses(before, to)), existing });
}

export function isPaused({ flow, topics }: Pauses, topic: string): boolean {
  return flow || topics.has(topic);
}

/** Of what was disabled by other means, only what the command names is resumed. */
function turnsView(
  { to, topics }: Turn,
  { flow, halted }: Pick<TurnOptions, 'flow' | 'halted'>,
  pauses: Pauses,
): Omit<TurnsView, 'existing'> {
  return {
    flow,
    isPaused: (topic) => isPaused(pauses, topic),
    isResumed: (topic) =>
      to === 'resume' && (topics?.includes(topic) ?? true) && halted?.has(topic) !== true,
  };
}

/** What is paused after a turn. */
export function turnedPauses({ flow, topics }: Pauses, { to, topics: named }: Turn): Pauses {
  if (named === undefined) return { flow: to === 'pause', topics };
  const others = [...topics].filter((topic) => !named.includes(topic));
  return { flow, topics: new Set(to === 'pause' ? [...others, ...named] : others) };
}
