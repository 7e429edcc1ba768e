import type { Metrics } from '@aws-lambda-powertools/metrics';
import { metrics as registry } from '../telemetry/metrics.ts';
import type { Sighting } from './watch.ts';

/** Below what one embedded metric line takes of a metric (100): a full one would go out unfinished. */
const valuesOfLine = 50;

/** @param topic the upstream name */
export function reportSighting(
  metrics: Metrics,
  topic: string,
  { latenciesMs, ageMs }: Sighting,
): void {
  const lines = Math.max(1, Math.ceil(latenciesMs.length / valuesOfLine));
  for (let line = 0; line < lines; line += 1) {
    metrics.addDimension('Topic', topic);
    if (line === 0 && ageMs !== undefined) {
      metrics.addMetric('HeartbeatAge', registry.HeartbeatAge.unit, ageMs);
    }
    const start = line * valuesOfLine;
    for (const latencyMs of latenciesMs.slice(start, start + valuesOfLine)) {
      metrics.addMetric('HeartbeatLatency', registry.HeartbeatLatency.unit, latencyMs);
    }
    metrics.publishStoredMetrics();
  }
}
