/**
 * Every state that discovery detects: what is the matter, and what to do about it. Where `isHalting`
 * the topic is not read on: its records would go on a map that speaks of other ones. Where `isLoss`
 * records were lost, or would be if the flow went on by itself.
 */
export const detectedStates = {
  'source-deleted': {
    meaning: 'the source topic is gone, or may not be seen any more',
    remedy: 'nothing if it was deleted on purpose; else grant Describe on the topic',
    isHalting: false,
    isLoss: false,
  },
  'source-recreated': {
    meaning: 'the source topic was deleted and created again: its offsets begin anew',
    remedy: 'see that the old records are on the target, then `mirrorless topics restart`',
    isHalting: true,
    isLoss: true,
  },
  'source-truncated': {
    meaning: 'the source deleted records before they were replicated: they are lost',
    remedy: 'read the lost range elsewhere; raise the source’s retention above the flow’s lag',
    isHalting: false,
    isLoss: true,
  },
  'source-rewound': {
    meaning: 'the source ends before what was replicated from it: records of its own are lost',
    remedy: 'get what the source lost from the target, then `mirrorless topics restart`',
    isHalting: false,
    isLoss: true,
  },
  'target-deleted': {
    meaning: 'the remote topic is gone with what was replicated, or may not be seen any more',
    remedy: 'grant Describe, or `mirrorless topics restart`: it is not created by itself',
    isHalting: false,
    isLoss: true,
  },
  'target-recreated': {
    meaning: 'the remote topic was deleted and created again: what was replicated is gone',
    remedy: '`mirrorless topics restart`, from earliest, or from progress as it is now',
    isHalting: true,
    isLoss: true,
  },
  'target-truncated': {
    meaning: 'the remote topic ends before what it had acknowledged',
    remedy: 'find out what the target lost, then `mirrorless topics restart`',
    isHalting: false,
    isLoss: true,
  },
  'partitions-beyond-source': {
    meaning: 'the remote topic has more partitions than its source: records keep their partition',
    remedy: 'give the source as many, if consumers of the remote topic rely on keys',
    isHalting: false,
    isLoss: false,
  },
} as const;

export type DetectedStateName = keyof typeof detectedStates;

export interface DetectedState {
  state: DetectedStateName;
  /** The upstream name. */
  topic: string;
  /** Absent where the state is one of the whole topic. */
  partition?: number;
  /** A sentence with names and offsets, without its full stop. */
  what: string;
}

/** Topics that may not be read on, and why: half a sentence. */
export function haltedTopics(states: readonly DetectedState[]): ReadonlyMap<string, string> {
  const halting = states.filter(({ state }) => detectedStates[state].isHalting);
  return new Map(halting.map(({ topic, state }) => [topic, `the topic is ${state}`]));
}
