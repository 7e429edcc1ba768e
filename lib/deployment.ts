/** What of a flow is deployed: decided here for the stack and for the laptop; pure. */
import { writeEnvironment } from './config/environment.ts';
import { flowSettings } from './config/flow-settings.ts';
import type { Configuration, Flow } from './config/model.ts';
import { discoverySettings, writeDiscoveryEnvironment } from './discovery/settings.ts';

export type FunctionName = keyof Flow['functions'];
export type ScheduledFunctionName = Exclude<FunctionName, 'replicate'>;

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

export function functionLimits(flow: Flow, name: FunctionName): FunctionLimits {
  const { memorySizeMb, timeoutSeconds } = flow.functions[name];
  return { memorySizeMb, timeoutMs: timeoutSeconds * 1000 };
}

/**
 * What a function is told of its flow; no secret is in it, but where this machine runs it itself.
 *
 * @param stackTopics those whose mappings a stack has
 */
export function functionEnvironment(
  configuration: Configuration,
  flow: Flow,
  name: FunctionName,
  stackTopics?: readonly string[],
  write: typeof writeEnvironment = writeEnvironment,
): Record<string, string> {
  const environment = write(flowSettings(configuration, flow));
  if (name !== 'discover') return environment;
  const settings = discoverySettings(
    configuration,
    flow,
    functionName(flow, 'replicate'),
    stackTopics,
  );
  return { ...environment, ...writeDiscoveryEnvironment(settings) };
}
