/** The final mode of group offset sync: what a cutover waits for before consumers move over. */
import { setTimeout as delay } from 'node:timers/promises';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaGroups } from '../kafka/ports.ts';
import { type FinalRules, type FinalVerdict, finalVerdict, planFinal } from './final-plan.ts';
import { syncGroups } from './group-sync.ts';
import { type AbsentGroup, absentGroups, type GroupSync } from './group-sync-plan.ts';
import type { FlowPositions } from './positions.ts';

export interface FinalSyncOptions extends FinalRules {
  /** Reads what is committed on the source anew, and the map after it. */
  findPositions(): Promise<FlowPositions>;
  /** The groups of the target. */
  target: KafkaGroups;
  /** Only these groups; without it every group that the positions name. */
  groups?: readonly string[];
  /** How long it waits for what is missing. */
  timeoutMs: number;
  /** Between two looks. */
  pollIntervalMs?: number;
  /** Looks once, and moves nothing. */
  dryRun?: boolean;
  /** Ends it in order: what has just been moved is still read back. */
  signal?: AbortSignal;
  /** After each look. */
  onRound?: (result: FinalSyncResult) => void;
}

export interface FinalGroup extends GroupSync {
  verdict: FinalVerdict;
}

export interface FinalSyncResult {
  /** There are groups, each is `done`, and none is absent or hidden behind a failure. */
  isDone: boolean;
  groups: readonly FinalGroup[];
  /** Asked for, or seen in an earlier look and not done: where they stood is not known. */
  absent: readonly AbsentGroup[];
  /** Of brokers and partitions, on either side, in the last look. */
  failures: readonly MirrorlessError[];
}

/**
 * Looks again and again, until each group stands on the target at exactly the offset where it stands
 * on the source, or time is over. In each look, a group without members on the source and with an
 * exact position in every partition is committed, whole, in one request; the next look, which reads
 * both clusters anew, is what verifies it. A group that was found `done` is left alone from then on,
 * so its consumers may be started while others are still waited for.
 *
 * Ends early where waiting cannot help any group that is left. Rejects where the first look fails.
 */
export async function syncGroupsFinally(options: FinalSyncOptions): Promise<FinalSyncResult> {
  const { timeoutMs, pollIntervalMs = 1000, dryRun = false, signal, onRound } = options;
  const endsAt = Date.now() + timeoutMs;
  const isOver = (): boolean => signal?.aborted === true || Date.now() >= endsAt;
  const rounds = new FinalRounds(options);
  for (let count = 0; ; count += 1) {
    // The first look may move groups however long it takes.
    const mayMove = (): boolean => !dryRun && (count === 0 ? !signal?.aborted : !isOver());
    const isLast = !mayMove();
    const result = await rounds.next(mayMove);
    onRound?.(result);
    if (isLast || isSettled(result)) return result;
    if (rounds.haveMoved) continue;
    if (isOver()) return result;
    const waitMs = Math.min(pollIntervalMs, endsAt - Date.now());
    await delay(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

function isSettled({ isDone, groups, failures }: FinalSyncResult): boolean {
  const isAtItsEnd = ({ verdict }: FinalGroup): boolean =>
    verdict === 'done' || verdict === 'blocked';
  return isDone || (failures.length === 0 && groups.every(isAtItsEnd));
}

/** Remembers which groups were seen, and which are done. */
class FinalRounds {
  readonly #options: FinalSyncOptions;
  readonly #seen: Set<string>;
  readonly #done = new Map<string, FinalGroup>();
  #last: FinalSyncResult | undefined;
  /** Whether the last look has moved something, which is to be read back at once. */
  haveMoved = false;

  constructor(options: FinalSyncOptions) {
    this.#options = options;
    this.#seen = new Set(options.groups);
  }

  /**
   * One look; where the source or its map fails after the first, what was known before it.
   *
   * @param mayMove asked when everything was read
   */
  async next(mayMove: () => boolean): Promise<FinalSyncResult> {
    try {
      this.#last = await this.#look(mayMove);
    } catch (error) {
      const failure = toMirrorlessError(error);
      if (this.#last === undefined || !failure.retriable) throw failure;
      this.haveMoved = false;
      this.#last = { ...this.#last, isDone: false, failures: [failure] };
    }
    return this.#last;
  }

  async #look(mayMove: () => boolean): Promise<FinalSyncResult> {
    const { findPositions, target, groups: wanted } = this.#options;
    const found = await findPositions();
    const positions = found.groups.filter(({ group }) => this.#isWanted(group));
    const dryRun = !mayMove();
    const restrict = (planned: GroupSync) => planFinal(planned, this.#options);
    const synced = await syncGroups({ positions, target, dryRun, restrict });
    const known = new Map(this.#done);
    for (const sync of synced.groups) {
      const group = { ...sync, verdict: finalVerdict(sync) };
      known.set(sync.group, group);
      this.#seen.add(sync.group);
      if (group.verdict === 'done') this.#done.set(sync.group, group);
    }
    this.haveMoved = synced.groups.some(({ partitions }) =>
      partitions.some(({ outcome }) => outcome === 'moved'),
    );
    const missing = [...this.#seen].filter((group) => !this.#done.has(group));
    const isComplete = wanted !== undefined || found.failures.length === 0;
    return {
      isDone: isComplete && this.#seen.size > 0 && this.#done.size === this.#seen.size,
      groups: [...this.#seen].flatMap((group) => known.get(group) ?? []),
      absent: absentGroups(missing, found),
      failures: [...found.failures, ...synced.failures],
    };
  }

  #isWanted(group: string): boolean {
    const { groups: wanted } = this.#options;
    return (wanted === undefined || wanted.includes(group)) && !this.#done.has(group);
  }
}
