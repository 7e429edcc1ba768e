import type { ScheduledFunctionName } from '../deployment.ts';
import { readMetricLine } from './metric-line.ts';

/** What the scheduled functions of a flow have told by their metrics; absent until they have. */
export interface SeenSigns {
  heartbeat?: {
    /** From the emission of a heartbeat on the source to its arrival on the target; the newest. */
    latencyMs?: number;
    /** At most so old is the newest heartbeat of the source that the target holds. */
    ageMs: number;
  };
  /** Since positions of groups were last published. */
  checkpointAgeMs?: number;
}

/** The heartbeats of the source itself; those that it has copied have longer names. */
const heartbeatsTopic = 'heartbeats';

/** Listens to what the scheduled functions of a flow print. */
export class FlowSigns {
  #latencyMs: number | undefined;
  #newestHeartbeatAt: number | undefined;
  #checkpointAt: number | undefined;

  /** @param at when it was printed, epoch milliseconds */
  hear(name: ScheduledFunctionName, line: string, at: number): void {
    const metrics = readMetricLine(line);
    if (metrics === undefined) return;
    if (metrics.values('CheckpointCount').length > 0) this.#checkpointAt = at;
    if (name !== 'heartbeat' || metrics.topic !== heartbeatsTopic) return;
    const ageMs = metrics.values('HeartbeatAge').at(-1);
    if (ageMs !== undefined) this.#newestHeartbeatAt = at - ageMs;
    this.#latencyMs = metrics.values('HeartbeatLatency').at(-1) ?? this.#latencyMs;
  }

  seen(at: number): SeenSigns {
    const latencyMs = this.#latencyMs;
    return {
      ...(this.#newestHeartbeatAt === undefined
        ? {}
        : {
            heartbeat: {
              ageMs: Math.max(0, at - this.#newestHeartbeatAt),
              ...(latencyMs === undefined ? {} : { latencyMs }),
            },
          }),
      ...(this.#checkpointAt === undefined ? {} : { checkpointAgeMs: at - this.#checkpointAt }),
    };
  }
}
