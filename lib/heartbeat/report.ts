import type { MetricValues } from '../telemetry/emit.ts';
import type { Sighting } from './watch.ts';

/** Below what one embedded metric line takes of a metric (100): a full one would go out unfinished. */
const valuesOfLine = 50;

/** What a sighting tells, in lines that are not too long. */
export function metricsOf({ latenciesMs, ageMs }: Sighting): MetricValues[] {
  const lineCount = Math.ceil(latenciesMs.length / valuesOfLine);
  const lines = Array.from({ length: lineCount }, (_, line) => ({
    HeartbeatLatency: latenciesMs.slice(line * valuesOfLine, (line + 1) * valuesOfLine),
  }));
  return ageMs === undefined ? lines : [{ HeartbeatAge: ageMs }, ...lines];
}
