import { setTimeout as delay } from 'node:timers/promises';
import { toMirrorlessError } from '../errors.ts';
import type { Io } from './command.ts';
import { LiveBlock } from './render/live.ts';

/** How one look at something is taken, shown, and known to be the last. */
export interface Look<T> {
  take(): Promise<T>;
  render(result: T): readonly string[];
  /** True where nothing more is waited for; without it, Ctrl-C ends the watch. */
  isLast?(result: T): boolean;
}

export interface WatchOptions {
  io: Io;
  /** Ends a watch after the look that is under way. */
  signal: AbortSignal;
  watch?: boolean;
  /** Between two looks. */
  intervalMs?: number;
}

const watchIntervalMs = 2000;

/**
 * Takes one look, or with `watch` look after look until the last, which it returns; meanwhile a
 * terminal on standard error shows the newest. While watching, failures that may pass are said.
 */
export async function watched<T>(
  look: Look<T>,
  { io, signal, watch = false, intervalMs = watchIntervalMs }: WatchOptions,
): Promise<T> {
  let result = await look.take();
  const isOver = (): boolean => signal.aborted || look.isLast?.(result) === true;
  if (!watch) return result;
  const live = new LiveBlock(io.stderr);
  try {
    while (!isOver()) {
      live.draw(fitted(look.render(result), live.rows));
      await delay(intervalMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) result = await again(look, live, result);
    }
    return result;
  } finally {
    live.clear();
  }
}

async function again<T>(look: Look<T>, live: LiveBlock, result: T): Promise<T> {
  try {
    return await look.take();
  } catch (error) {
    const known = toMirrorlessError(error);
    if (!known.retriable) throw known;
    live.say(known.message);
    return result;
  }
}

function fitted(lines: readonly string[], rows: number): readonly string[] {
  const room = Math.max(3, rows - 2);
  if (lines.length <= room) return lines;
  return [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more`];
}
