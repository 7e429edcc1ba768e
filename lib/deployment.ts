/** What of a flow is deployed: decided here for the stack and for the laptop; pure. */
import { writeEnvironment } from './config/environment.ts';
import { flowSettings } from './config/flow-settings.ts';
import type { Configuration, Flow } from './config/model.ts';
import { discoverySettings, writeDiscoveryEnvironment } from './discovery/settings.ts';

export type ScheduledFunctionName = 'checkpoint' | 'discover' | 'heartbeat';
export type FunctionName = 'replicate' | ScheduledFunctionName;

/** Of a flow that is enabled, one that copies; and what runs on a schedule. */
export function functionsOf(flow: Flow): FunctionName[] {
  return [...(flow.enabled ? (['replicate'] as const) : []), ...scheduledFunctions(flow)];
}

/**
 * What runs once a minute, never twice at a time. A flow that mirrors nothing has nothing to
 * discover, no lag and no groups to translate.
 */
export function scheduledFunctions(flow: Flow): ScheduledFunctionName[] {
  const { enabled, heartbeats } = flow;
  return [
    ...(enabled ? (['discover', 'checkpoint'] as const) : []),
    ...(heartbeats.enabled ? (['heartbeat'] as const) : []),
  ];
}

export function functionName(
  { source, target }: Pick<Flow, 'source' | 'target'>,
  name: FunctionName,
): string {
  return `mirrorless-${source}-${target}-${name}`;
}

export interface FunctionLimits {
  memorySizeMb: number;
  timeoutMs: number;
}

/**
 * Heartbeats end with their minute, so that the next invocation goes on at once. Checkpoints of many
 * groups may take longer than that, and so do mappings of a thousand new topics at the pace of
 * Lambda's API: the next invocation waits.
 */
const scheduledLimits: Record<ScheduledFunctionName, FunctionLimits> = {
  checkpoint: { memorySizeMb: 256, timeoutMs: 120_000 },
  discover: { memorySizeMb: 256, timeoutMs: 600_000 },
  heartbeat: { memorySizeMb: 128, timeoutMs: 60_000 },
};

export function functionLimits(flow: Flow, name: FunctionName): FunctionLimits {
  if (name !== 'replicate') return scheduledLimits[name];
  const { memorySizeMb, timeoutSeconds } = flow.function;
  return { memorySizeMb, timeoutMs: timeoutSeconds * 1000 };
}

/** What a function is told of its flow; no secret is in it. */
export function functionEnvironment(
  configuration: Configuration,
  flow: Flow,
  name: FunctionName,
): Record<string, string> {
  const environment = writeEnvironment(flowSettings(configuration, flow));
  if (name !== 'discover') return environment;
  const settings = discoverySettings(configuration, flow, functionName(flow, 'replicate'));
  return { ...environment, ...writeDiscoveryEnvironment(settings) };
}
