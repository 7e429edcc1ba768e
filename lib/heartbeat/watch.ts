import { setTimeout as pause } from 'node:timers/promises';
import type { Deadline } from '../deadline.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { newestHeartbeat, nextHeartbeats } from './remote-heartbeats.ts';

/** What was seen of one topic with heartbeats since the last sighting of it. */
export interface Sighting {
  /** The name on the target. */
  topic: string;
  /** From each heartbeat's emission to its arrival on the target, of those that came meanwhile. */
  latenciesMs: readonly number[];
  /** Of the newest heartbeat that the target holds; undefined where it holds none. */
  ageMs: number | undefined;
}

export interface WatchOptions {
  topic: string;
  /** Not shared: a broker answers the requests of a connection in order, and ours wait there. */
  target: KafkaDataPlane;
  /** True to tell what is there and end; else it goes on until the deadline. */
  isOnce: boolean;
  deadline: Deadline;
  onSighting(sighting: Sighting): void;
  onFailure(error: unknown): void;
}

const longestWaitMs = 500;
const sightingIntervalMs = 10_000;
const failurePauseMs = 1000;
/** For the answer to the last question. */
const answerMs = 250;

/**
 * Watches heartbeats arrive. Those that were there at the beginning have an age, but when they came
 * nobody saw. A failure is told, and the topic looked at anew. Never rejects.
 */
export async function watchHeartbeats(options: WatchOptions): Promise<void> {
  const { deadline, isOnce } = options;
  const watched = new WatchedTopic(options);
  do {
    try {
      await watched.look();
    } catch (error) {
      options.onFailure(error);
      if (!isOnce) await pause(Math.min(failurePauseMs, timeLeftMs(deadline)));
    }
  } while (!isOnce && timeLeftMs(deadline) > 0);
  watched.tell();
}

function timeLeftMs(deadline: Deadline): number {
  return Math.max(0, deadline.remainingMs() - answerMs);
}

class WatchedTopic {
  readonly #options: WatchOptions;
  /** The offset of the next heartbeat; undefined while it is not known. */
  #next: bigint | undefined;
  #newestMs: number | undefined;
  #latenciesMs: number[] = [];
  #hasNews = false;
  #toldAt = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { topic, target, deadline } = this.#options;
    const from = this.#next;
    // What goes wrong may be that the topic was made anew: then the offset means nothing.
    this.#next = undefined;
    if (from === undefined) {
      const { newestMs, end } = await newestHeartbeat(target, topic, deadline);
      this.#newestMs = newestMs;
      this.#next = end;
    } else {
      const maxWaitMs = Math.min(longestWaitMs, timeLeftMs(deadline));
      const next = { topic, from, maxWaitMs };
      const { timestampsMs, end } = await nextHeartbeats(target, next, deadline);
      const seenAtMs = Date.now();
      // The clock of the emitter may be ahead of ours.
      this.#latenciesMs.push(...timestampsMs.map((atMs) => Math.max(0, seenAtMs - atMs)));
      this.#newestMs = Math.max(this.#newestMs ?? 0, ...timestampsMs) || undefined;
      this.#next = end;
    }
    this.#hasNews = true;
    if (Date.now() - this.#toldAt >= sightingIntervalMs) this.tell();
  }

  /** What was not told yet. */
  tell(): void {
    if (!this.#hasNews) return;
    const { topic, onSighting } = this.#options;
    this.#toldAt = Date.now();
    const newestMs = this.#newestMs;
    const ageMs = newestMs === undefined ? undefined : Math.max(0, this.#toldAt - newestMs);
    onSighting({ topic, latenciesMs: this.#latenciesMs, ageMs });
    this.#latenciesMs = [];
    this.#hasNews = false;
  }
}
