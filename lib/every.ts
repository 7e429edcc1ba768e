/**
 * The loop inside one invocation of a scheduled function. The schedule has no steps below a minute,
 * so a shorter interval is kept here, and of a longer one most invocations have nothing to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MirrorlessError } from './errors.ts';

/** How often the schedule invokes. */
export const schedulePeriodMs = 60_000;

export interface RoundsOptions {
  intervalMs: number;
  /** From `scheduledAt`. */
  scheduledAtMs: number | undefined;
  /** Of the invocation. */
  remainingMs(): number;
  /** A round is begun only where so much time remains for it. */
  roundMs: number;
  /** Of one round; the rounds go on. */
  onFailure(error: unknown): void;
  clock?: Clock;
}

/** Epoch milliseconds. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/**
 * Calls `round` at once and then at a fixed rate until the schedule invokes again: a round that
 * takes long makes the missed ones fall out, none is made up for. Invoked by hand, without a
 * scheduled time, it is exactly one round. Throws the last failure where every round failed.
 */
export async function every(options: RoundsOptions, round: () => Promise<unknown>): Promise<void> {
  const { intervalMs, scheduledAtMs, clock = systemClock } = options;
  if (!isDue(intervalMs, scheduledAtMs)) return;
  const startedAt = clock.now();
  const lastsMs = scheduledAtMs === undefined ? 1 : schedulePeriodMs;
  let hasSucceeded = false;
  let failure: unknown;
  for (let elapsedMs = 0; elapsedMs < lastsMs; ) {
    try {
      await round();
      hasSucceeded = true;
    } catch (error) {
      failure = error;
      options.onFailure(error);
    }
    elapsedMs = nextRound(clock.now() - startedAt, intervalMs);
    const waitMs = startedAt + elapsedMs - clock.now();
    if (elapsedMs >= lastsMs || waitMs + options.roundMs > options.remainingMs()) break;
    await clock.sleep(waitMs);
  }
  if (!hasSucceeded) throw failure;
}

export interface Scheduled<Duty> {
  duty: Duty;
  enabled: boolean;
  intervalMs: number;
}

/** What is due at the same time is done in one round. */
export function schedulesOf<Duty>(
  all: readonly Scheduled<Duty>[],
): { intervalMs: number; duties: ReadonlySet<Duty> }[] {
  const enabled = all.filter((each) => each.enabled);
  return [...Map.groupBy(enabled, ({ intervalMs }) => intervalMs)].map(([intervalMs, some]) => ({
    intervalMs,
    duties: new Set(some.map(({ duty }) => duty)),
  }));
}

/** A schedule of the configuration, as `schedulesOf` takes it. */
export function scheduled<Duty>(
  duty: Duty,
  { enabled, intervalSeconds }: { enabled: boolean; intervalSeconds: number },
): Scheduled<Duty> {
  return { duty, enabled, intervalMs: intervalSeconds * 1000 };
}

/**
 * Whether this minute's invocation has work: always for what runs at least once a minute. Longer
 * intervals are counted on the clock, so that nothing need be remembered between invocations.
 */
export function isDue(intervalMs: number, scheduledAtMs: number | undefined): boolean {
  if (scheduledAtMs === undefined || intervalMs <= schedulePeriodMs) return true;
  const minuteMs = Math.floor(scheduledAtMs / schedulePeriodMs) * schedulePeriodMs;
  const begun = (atMs: number): number => Math.floor(atMs / intervalMs);
  return begun(minuteMs) > begun(minuteMs - schedulePeriodMs);
}

/**
 * When the schedule meant the invocation to be, epoch milliseconds: the event's `time`, as
 * EventBridge writes it. Undefined for an event without one: somebody invoked by hand.
 */
export function scheduledAt(event: unknown): number | undefined {
  const time = typeof event === 'object' && event !== null && 'time' in event ? event.time : null;
  if (time === null) return undefined;
  const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new MirrorlessError('EVENT_MALFORMED', 'The event’s `time` is not a date.');
}

/** The first multiple of the interval after so much time. */
function nextRound(elapsedMs: number, intervalMs: number): number {
  return (Math.floor(elapsedMs / intervalMs) + 1) * intervalMs;
}

const systemClock: Clock = { now: Date.now, sleep };
